//! FFmpeg as a child process that cannot take more than it is given.

use super::sandbox::Sandbox;
use crate::evidence::error::EvidenceError;
use std::collections::VecDeque;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

/// Address space in bytes.
const MEMORY_MAX: u64 = 4 << 30;
/// Processor seconds: for the start, and for each second of media.
const CPU_SECONDS: (u64, u64) = (300, 40);
/// Bytes of a file: for the start, and for each second of media.
const FILE_BYTES: (u64, u64) = (64 << 20, 2 << 20);
/// Lines of FFmpeg's own messages that an error quotes.
const MESSAGES_MAX: usize = 5;
/// Longest line that is read, in bytes.
const LINE_BYTES_MAX: usize = 4096;

/// Runs FFmpeg in `folder`, where it may write; it reads what is below `reads`. Tells `observe` how many milliseconds of
/// the output are written. Ends the process when it is called off.
pub(super) async fn run(
    folder: &Path,
    reads: &[&Path],
    arguments: &[String],
    media_ms: u64,
    cancel: &CancellationToken,
    observe: impl Fn(u64),
) -> Result<(), EvidenceError> {
    let seconds = media_ms / 1000 + 1;
    let limits = [
        (libc::RLIMIT_AS, MEMORY_MAX),
        (
            libc::RLIMIT_CPU,
            CPU_SECONDS.0 + CPU_SECONDS.1.saturating_mul(seconds),
        ),
        (
            libc::RLIMIT_FSIZE,
            FILE_BYTES.0 + FILE_BYTES.1.saturating_mul(seconds),
        ),
        (libc::RLIMIT_CORE, 0),
        (libc::RLIMIT_NOFILE, 1024),
    ];
    let mut sandbox = Sandbox::new(reads, folder)?;
    let mut command = Command::new("ffmpeg");
    command
        .args([
            "-hide_banner",
            "-nostdin",
            "-nostats",
            "-loglevel",
            "error",
            "-progress",
            "pipe:1",
        ])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    // SAFETY: between fork and exec only async-signal-safe calls may be made; setrlimit, setpriority and those of the
    // sandbox are such, and nothing here allocates or locks.
    unsafe {
        command.pre_exec(move || {
            for (resource, max) in limits {
                let limit = libc::rlimit {
                    rlim_cur: max,
                    rlim_max: max,
                };
                if libc::setrlimit(resource, &limit) != 0 {
                    return Err(std::io::Error::last_os_error());
                }
            }
            // The hearings come first. That the system refuses this is no reason to make no copy.
            libc::setpriority(libc::PRIO_PROCESS, 0, 10);
            sandbox.enter()
        });
    }
    let mut child = command
        .spawn()
        .map_err(|e| EvidenceError::Ffmpeg(format!("cannot be started ({e}); is it installed?")))?;
    let gone = || EvidenceError::Ffmpeg("its output cannot be read".into());
    let progress = child.stdout.take().ok_or_else(gone)?;
    let messages = child.stderr.take().ok_or_else(gone)?;

    let mut last: VecDeque<String> = VecDeque::with_capacity(MESSAGES_MAX);
    let work = async {
        let followed = each_line(progress, |line| {
            if let Some(us) = line
                .strip_prefix("out_time_us=")
                .and_then(|us| us.parse::<u64>().ok())
            {
                observe(us / 1000);
            }
        });
        let heard = each_line(messages, |line| {
            if last.len() == MESSAGES_MAX {
                last.pop_front();
            }
            last.push_back(line.to_string());
        });
        let (followed, heard) = tokio::join!(followed, heard);
        followed.and(heard)?;
        child.wait().await
    };
    let ended = tokio::select! {
        ended = work => Some(ended),
        () = cancel.cancelled() => None,
    };
    match ended {
        Some(Ok(status)) if status.success() => Ok(()),
        Some(Ok(status)) => {
            let messages = Vec::from(last).join("; ");
            Err(EvidenceError::Ffmpeg(format!("{status}: {messages}")))
        }
        Some(Err(why)) => Err(EvidenceError::Ffmpeg(why.to_string())),
        None => {
            // Waits until it is gone, so that nobody writes into the folder any more.
            child
                .kill()
                .await
                .map_err(|e| EvidenceError::Ffmpeg(format!("cannot be ended: {e}")))?;
            Err(EvidenceError::Cancelled)
        }
    }
}

/// Hands over each line, cut to a bounded length.
async fn each_line(from: impl AsyncRead + Unpin, mut each: impl FnMut(&str)) -> std::io::Result<()> {
    let mut from = BufReader::new(from);
    let mut line: Vec<u8> = Vec::new();
    loop {
        let piece = from.fill_buf().await?;
        if piece.is_empty() {
            break;
        }
        let (taken, ended) = match piece.iter().position(|b| *b == b'\n') {
            Some(at) => (at + 1, true),
            None => (piece.len(), false),
        };
        let room = LINE_BYTES_MAX.saturating_sub(line.len());
        line.extend(piece.iter().take(taken.min(room)));
        from.consume(taken);
        if ended {
            each(String::from_utf8_lossy(&line).trim_end());
            line.clear();
        }
    }
    if !line.is_empty() {
        each(String::from_utf8_lossy(&line).trim_end());
    }
    Ok(())
}
