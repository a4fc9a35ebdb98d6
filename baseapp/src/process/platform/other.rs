//! Systems without Unix signals and process groups. Workers end with main by
//! the end of their stdin alone.

use std::{
    ffi::OsString,
    io::{self, Read as _},
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

pub(crate) fn own_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

pub(crate) fn prepare_command(_command: &mut Command, _own_name: Option<OsString>) {}

/// The resident memory of a process, in bytes; `None` where nobody tells.
pub(crate) fn resident_memory(_: u32) -> Option<u64> {
    None
}

/// Nobody stops processes here, or tells.
pub(crate) fn is_stopped(_pid: u32) -> bool {
    false
}

pub(crate) fn want_descriptors(_count: u64) {}

/// The system has none.
pub(crate) fn memory_dir(_bytes: u64) -> Option<&'static Path> {
    None
}

pub(crate) fn make_private_dir(path: &Path) -> io::Result<()> {
    std::fs::create_dir(path)
}

pub(crate) fn is_private_dir(path: &Path) -> bool {
    path.is_dir()
}

pub(crate) fn die_with_parent(_parent: u32) -> bool {
    true
}

pub(crate) fn name_process(_name: &str) {}

pub(crate) fn die() -> ! {
    std::process::abort()
}

pub(crate) async fn stdin_ended() {
    let (ended, waiting) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut byte = [0];
        while matches!(io::stdin().read(&mut byte), Ok(1)) {}
        let _ = ended.send(());
    });
    let _ = waiting.await;
}

pub(crate) fn ignore_interrupts() {
    tokio::spawn(async { while tokio::signal::ctrl_c().await.is_ok() {} });
}

#[derive(Debug)]
pub(crate) struct StopSignals;

impl StopSignals {
    pub(crate) fn new() -> io::Result<StopSignals> {
        Ok(StopSignals)
    }

    pub(crate) async fn next(&mut self) -> i32 {
        let _ = tokio::signal::ctrl_c().await;
        2
    }
}

/// There is no polite way.
pub(crate) fn terminate(_pid: u32) {}

/// The caller holds the process and ends it.
pub(crate) fn kill_group(_pid: u32) {}

pub(crate) fn ended_by_signal(_status: ExitStatus) -> Option<String> {
    None
}

/// How many processes the system has killed for want of memory: it does not tell.
pub(crate) fn oom_kills() -> Option<u64> {
    None
}

/// Ends what a process has started: nobody tells what that is.
pub(crate) fn end_orphans(_pid: u32) {}

/// Sends a datagram: there is nothing to be told here.
pub(crate) fn send_datagram(_to: &std::ffi::OsStr, _bytes: &[u8]) -> io::Result<()> {
    Ok(())
}
