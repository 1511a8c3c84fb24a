//! What a child process may touch: it decodes what a stranger's browser has sent, in a decoder of a million lines.
//!
//! Files: what it needs to run, and the folders that it is given (Landlock, landlock(7)); so not the keys, the store or
//! another case. Network: none, not even a socket (seccomp, seccomp(2)); nor a look into other processes. Both hold for
//! whatever it starts, and neither needs a privilege. A kernel without Landlock (before 5.13) confines the sockets only.

use crate::evidence::error::EvidenceError;
use landlock::{
    ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr,
    path_beneath_rules,
};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use std::io;
use std::path::{Path, PathBuf};

/// The newest rights that are asked for; a kernel that knows fewer takes those.
const RIGHTS: ABI = ABI::V6;
/// What a program of the system reads: itself, its libraries, fonts, the number of processors.
const SYSTEM: &[&str] = &[
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/opt",
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/fonts",
    "/sys/devices/system/cpu",
    "/dev/urandom",
];
/// System calls that are refused: sockets, other ways to the same, and what reaches into other processes or the kernel.
const REFUSED: &[libc::c_long] = &[
    libc::SYS_socket,
    libc::SYS_io_uring_setup,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
];
/// The x32 calls of x86_64 pass as the same architecture, with this bit in their numbers.
const X32: libc::c_long = 0x4000_0000;

/// Made before the fork: between it and the exec nothing may allocate.
pub(super) struct Sandbox {
    files: Option<RulesetCreated>,
    calls: BpfProgram,
}

impl Sandbox {
    /// For a process that reads what is below `reads` and writes below `writes`.
    pub(super) fn new(reads: &[&Path], writes: &Path) -> Result<Self, EvidenceError> {
        let cannot = |why: String| EvidenceError::Ffmpeg(format!("it cannot be confined ({why})"));
        let programs = std::env::var_os("PATH").unwrap_or_default();
        let programs: Vec<PathBuf> = std::env::split_paths(&programs)
            .filter(|path| path.is_absolute() && path.parent().is_some())
            .collect();
        let files = || {
            Ruleset::default()
                .set_compatibility(CompatLevel::BestEffort)
                .handle_access(AccessFs::from_all(RIGHTS))?
                .create()?
                .add_rules(path_beneath_rules(SYSTEM, AccessFs::from_read(RIGHTS)))?
                .add_rules(path_beneath_rules(programs, AccessFs::from_read(RIGHTS)))?
                .add_rules(path_beneath_rules(["/dev/null"], AccessFs::from_all(RIGHTS)))?
                .add_rules(path_beneath_rules(reads, AccessFs::ReadFile | AccessFs::ReadDir))?
                .add_rules(path_beneath_rules([writes], AccessFs::from_all(RIGHTS)))
        };
        let files = files().map_err(|e: landlock::RulesetError| cannot(e.to_string()))?;
        let architecture = std::env::consts::ARCH
            .try_into()
            .map_err(|e: seccompiler::BackendError| cannot(e.to_string()))?;
        let rules = REFUSED
            .iter()
            .flat_map(|call| [*call, call | X32])
            .map(|call| (call, Vec::new()))
            .collect();
        let refuse = SeccompAction::Errno(libc::EPERM as u32);
        let calls = SeccompFilter::new(rules, SeccompAction::Allow, refuse, architecture)
            .and_then(BpfProgram::try_from)
            .map_err(|e| cannot(e.to_string()))?;
        Ok(Self {
            files: Some(files),
            calls,
        })
    }

    /// Confines the calling thread, and for good. To be called once, between fork and exec: makes system calls only.
    pub(super) fn enter(&mut self) -> io::Result<()> {
        if let Some(files) = self.files.take() {
            files
                .restrict_self()
                .map_err(|_| io::Error::from(io::ErrorKind::PermissionDenied))?;
        }
        seccompiler::apply_filter(&self.calls).map_err(|_| io::Error::from(io::ErrorKind::PermissionDenied))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    /// Runs a script in a sandbox that reads `reads` and writes `writes`; true if it succeeds.
    fn may(script: &str, reads: &Path, writes: &Path) -> bool {
        let mut sandbox = Sandbox::new(&[reads], writes).unwrap();
        let mut command = Command::new("bash");
        command.args(["-c", script]).current_dir(writes);
        // SAFETY: `enter` makes system calls only.
        unsafe { command.pre_exec(move || sandbox.enter()) };
        command.output().unwrap().status.success()
    }

    #[test]
    fn a_child_reads_and_writes_what_it_is_given_and_nothing_else() {
        let all = tempfile::tempdir().unwrap();
        let [reads, writes, keys] = ["sealed", "workshop", "keys"].map(|name| all.path().join(name));
        for folder in [&reads, &writes, &keys] {
            std::fs::create_dir(folder).unwrap();
            std::fs::write(folder.join("file"), "here").unwrap();
        }
        let may = |script: &str| may(script, &reads, &writes);
        assert!(may("true"));
        assert!(may("[ $(< ../sealed/file) = here ]"));
        assert!(!may("echo x >> ../sealed/file"));
        assert!(!may("rm ../sealed/file"));
        assert!(may("echo x > new && mv new newer && rm newer file"));
        assert!(!may("[ $(< ../keys/file) = here ]"));
        assert!(!may("ls ../keys"));
        assert!(!may("ln -s ../keys/file link && [ $(< link) = here ]"));
        assert!(!may("echo x > ../keys/new"));
        assert!(!may("[ -n \"$(< /etc/passwd)\" ]"));
        // Nor the memory and the environment of whoever started it.
        assert!(!may("head -c 1 /proc/$PPID/environ"));
        assert_eq!(std::fs::read_to_string(keys.join("file")).unwrap(), "here");
    }

    #[test]
    fn a_child_has_no_network() {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let connect = format!(
            "exec 3<>/dev/tcp/127.0.0.1/{}",
            listener.local_addr().unwrap().port()
        );
        // Unconfined it comes through, so the sandbox is what stops it.
        assert!(
            Command::new("bash")
                .args(["-c", &connect])
                .status()
                .unwrap()
                .success()
        );
        assert!(!may(&connect, folder.path(), folder.path()));
        let udp = connect.replace("/tcp/", "/udp/");
        assert!(!may(&udp, folder.path(), folder.path()));
    }
}
