//! The calls by which a process changes the disk, one of which can be made to fail.
//!
//! A function of the C library that the program itself defines is the one that all of it calls: the standard library, and
//! SQLite. Nothing else changes: what is not chosen to fail goes to the C library. Only calls on files below a folder of the
//! test's own are counted, so that tests beside it in the same process feel nothing.

use std::ffi::{CStr, OsStr, c_char, c_int, c_uint, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How the chosen call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is done, and the disk is said to be full.
    Refused,
    /// It is done, and an error of the disk is reported all the same. A write writes half of its bytes.
    CarriedOut,
}

/// Whose files are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// All but those of the database.
    Folders,
    /// Those of the database.
    Database,
}

struct Plan {
    below: PathBuf,
    files: Files,
    fault: Fault,
    /// Calls until the one that fails; that one is 0.
    left: usize,
    fired: Option<String>,
}

static PLAN: Mutex<Option<Plan>> = Mutex::new(None);

fn plan() -> MutexGuard<'static, Option<Plan>> {
    PLAN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has the `nth` change (from 0) to `files` below `below` fail. One at a time in a process.
pub fn fail(below: &Path, files: Files, fault: Fault, nth: usize) {
    let before = plan().replace(Plan {
        below: below.to_path_buf(),
        files,
        fault,
        left: nth,
        fired: None,
    });
    assert!(before.is_none(), "one at a time");
}

/// Ends it, and says which call failed; none where there were not that many.
pub fn end() -> Option<String> {
    plan().take().expect("it was begun").fired
}

/// The fault of this call, if it is the chosen one.
fn chosen(call: &str, path: &Path) -> Option<Fault> {
    let mut plan = plan();
    let plan = plan.as_mut()?;
    if plan.fired.is_some() {
        return None;
    }
    let relative = path.strip_prefix(&plan.below).ok()?;
    let of_database = relative.to_string_lossy().starts_with("oyer.sqlite");
    if of_database != (plan.files == Files::Database) {
        return None;
    }
    if plan.left > 0 {
        plan.left -= 1;
        return None;
    }
    plan.fired = Some(format!("{call} {}", relative.display()));
    Some(plan.fault)
}

/// # Safety
/// `path` is null or a string that ends.
unsafe fn by_path(call: &str, path: *const c_char) -> Option<Fault> {
    if path.is_null() {
        return None;
    }
    // SAFETY: by the caller.
    let bytes = unsafe { CStr::from_ptr(path) }.to_bytes();
    chosen(call, Path::new(OsStr::from_bytes(bytes)))
}

/// A name in a folder that is open, or a path.
///
/// # Safety
/// `path` is null or a string that ends.
unsafe fn by_name(call: &str, folder: c_int, path: *const c_char) -> Option<Fault> {
    if path.is_null() || plan().is_none() {
        return None;
    }
    // SAFETY: by the caller.
    let name = Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(path) }.to_bytes()));
    match std::fs::read_link(format!("/proc/self/fd/{folder}")) {
        Ok(folder) => chosen(call, &folder.join(name)),
        Err(_) => chosen(call, name),
    }
}

fn by_file(call: &str, file: c_int) -> Option<Fault> {
    if plan().is_none() {
        return None;
    }
    chosen(call, &std::fs::read_link(format!("/proc/self/fd/{file}")).ok()?)
}

unsafe fn fails(errno: c_int) {
    // SAFETY: glibc's own place for it, of this thread.
    unsafe { *libc::__errno_location() = errno };
}

/// Defines a function of the C library: the call goes there, unless it is chosen to fail.
macro_rules! interposed {
    ($name:ident, $fault:expr, ($($arg:ident: $kind:ty),*) -> $result:ty, $half:expr) => {
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name($($arg: $kind),*) -> $result {
            static REAL: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
            let real = *REAL.get_or_init(|| {
                // SAFETY: a name that ends.
                let found = unsafe { libc::dlsym(libc::RTLD_NEXT, concat!(stringify!($name), "\0").as_ptr().cast()) };
                assert!(!found.is_null());
                found as usize
            });
            // SAFETY: it is the C library's function of this name, which has this signature.
            let real: unsafe extern "C" fn($($kind),*) -> $result = unsafe { std::mem::transmute(real) };
            // SAFETY: what the caller of the C library's function owes is owed here.
            #[allow(unused_unsafe)]
            let fault: Option<Fault> = unsafe { $fault };
            match fault {
                // SAFETY: as above.
                None => unsafe { real($($arg),*) },
                Some(Fault::Refused) => {
                    // SAFETY: of this thread.
                    unsafe { fails(libc::ENOSPC) };
                    -1
                }
                Some(Fault::CarriedOut) => {
                    let half: fn(unsafe extern "C" fn($($kind),*) -> $result, $($kind),*) = $half;
                    half(real, $($arg),*);
                    // SAFETY: of this thread.
                    unsafe { fails(libc::EIO) };
                    -1
                }
            }
        }
    };
}

interposed!(write, by_file("write", file), (file: c_int, bytes: *const c_void, len: usize) -> isize,
    |real, file, bytes, len| { unsafe { real(file, bytes, len / 2) }; });
interposed!(pwrite64, by_file("write", file), (file: c_int, bytes: *const c_void, len: usize, at: i64) -> isize,
    |real, file, bytes, len, at| { unsafe { real(file, bytes, len / 2, at) }; });
interposed!(fsync, by_file("fsync", file), (file: c_int) -> c_int, |real, file| { unsafe { real(file) }; });
interposed!(fdatasync, by_file("fdatasync", file), (file: c_int) -> c_int, |real, file| { unsafe { real(file) }; });
interposed!(ftruncate64, by_file("truncate", file), (file: c_int, len: i64) -> c_int,
    |real, file, len| { unsafe { real(file, len) }; });
interposed!(fchmod, by_file("chmod", file), (file: c_int, mode: c_uint) -> c_int,
    |real, file, mode| { unsafe { real(file, mode) }; });
interposed!(chmod, by_path("chmod", path), (path: *const c_char, mode: c_uint) -> c_int,
    |real, path, mode| { unsafe { real(path, mode) }; });
interposed!(mkdir, by_path("mkdir", path), (path: *const c_char, mode: c_uint) -> c_int,
    |real, path, mode| { unsafe { real(path, mode) }; });
interposed!(rmdir, by_path("rmdir", path), (path: *const c_char) -> c_int,
    |real, path| { unsafe { real(path) }; });
interposed!(unlink, by_path("unlink", path), (path: *const c_char) -> c_int,
    |real, path| { unsafe { real(path) }; });
interposed!(unlinkat, by_name("unlink", folder, path), (folder: c_int, path: *const c_char, flags: c_int) -> c_int,
    |real, folder, path, flags| { unsafe { real(folder, path, flags) }; });
interposed!(rename, by_path("rename", from), (from: *const c_char, to: *const c_char) -> c_int,
    |real, from, to| { unsafe { real(from, to) }; });
interposed!(copy_file_range, by_file("copy", to),
    (from: c_int, from_at: *mut i64, to: c_int, to_at: *mut i64, len: usize, flags: c_uint) -> isize,
    |real, from, from_at, to, to_at, len, flags| { unsafe { real(from, from_at, to, to_at, len / 2, flags) }; });
// A file that is made; the third argument is one of the variable ones, which come in the same registers here.
interposed!(open64, if flags & libc::O_CREAT != 0 { by_path("create", path) } else { None },
(path: *const c_char, flags: c_int, mode: c_uint) -> c_int,
|real, path, flags, mode| {
    let made = unsafe { real(path, flags, mode) };
    if made >= 0 {
        // Whoever is told of a failure does not close it.
        unsafe { libc::close(made) };
    }
});
