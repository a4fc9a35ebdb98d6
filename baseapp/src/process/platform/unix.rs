//! Unix: Linux, macOS and the BSDs.

use std::{
    ffi::OsString,
    fs::DirBuilder,
    io,
    os::{
        fd::AsFd,
        unix::fs::{DirBuilderExt as _, MetadataExt as _},
    },
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

use rustix::process::{Pid, Signal};
use tokio::{net::unix::pipe, signal::unix::SignalKind};

/// The program that runs now, also if its file was replaced meanwhile.
pub(crate) fn own_program() -> io::Result<PathBuf> {
    if cfg!(any(target_os = "linux", target_os = "android")) {
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    std::env::current_exe()
}

/// Gives the command the name under which this program was called, and a
/// process group of its own: a Ctrl-C in the terminal is for main alone, and
/// what the worker itself starts can be found when it has died.
pub(crate) fn prepare_command(command: &mut Command, own_name: Option<OsString>) {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0);
    if let Some(name) = own_name {
        command.arg0(name);
    }
}

/// The resident memory of a process, in bytes; `None` where nobody tells.
pub(crate) fn resident_memory(pid: u32) -> Option<u64> {
    // Linux: sizes in pages, the second one is what is resident.
    let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

/// The process is stopped by a signal. By a debugger does not count: somebody
/// looks after it. False where nobody tells.
pub(crate) fn is_stopped(pid: u32) -> bool {
    // Linux.
    let stat = std::fs::read(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| state_in(&stat) == Some(b'T'))
}

/// What stands behind the name, which is in parentheses and may hold any
/// characters, these too: the last one is its end.
fn state_in(stat: &[u8]) -> Option<u8> {
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    match stat.get(end + 1..)? {
        [b' ', state, ..] => Some(*state),
        _ => None,
    }
}

/// How many processes the system has killed for want of memory since it runs.
/// `None` where it does not tell.
pub(crate) fn oom_kills() -> Option<u64> {
    // Linux.
    let counters = std::fs::read_to_string("/proc/vmstat").ok()?;
    let counter = counters
        .lines()
        .find_map(|line| line.strip_prefix("oom_kill "))?;
    counter.trim().parse().ok()
}

/// Makes sure that this process may open so many descriptors, as far as the
/// system lets it; not more, because limits are the user's.
pub(crate) fn want_descriptors(count: u64) {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let Some(current) = limit.current.filter(|current| *current < count) else {
        return;
    };
    let wanted = limit.maximum.map_or(count, |maximum| maximum.min(count));
    if wanted > current {
        let raised = rustix::process::Rlimit {
            current: Some(wanted),
            ..limit
        };
        // Refused: who needs them will say what it could not open.
        let _ = rustix::process::setrlimit(rustix::process::Resource::Nofile, raised);
    }
}

/// A directory for everybody's files that is in memory, has room for twice so many bytes,
/// and from which nobody takes what this user has there.
pub(crate) fn memory_dir(bytes: u64) -> Option<&'static Path> {
    /// The last user of the system's own. What any other has there is removed when he logs
    /// out for the last time, if the system is run by systemd (`RemoveIPC=` of
    /// `logind.conf(5)`): also under a service that goes on.
    const LAST_OF_SYSTEM: u32 = 999;

    let path = Path::new("/dev/shm");
    if cfg!(not(target_os = "linux")) || rustix::process::geteuid().as_raw() > LAST_OF_SYSTEM {
        return None;
    }
    let room = rustix::fs::statvfs(path).ok()?;
    let free = room.f_bavail.saturating_mul(room.f_frsize);
    (free >= bytes.saturating_mul(2)).then_some(path)
}

/// Makes a directory that only this user may enter; an error if it is there.
pub(crate) fn make_private_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// A directory, no link to one, of this user, into which nobody else may.
pub(crate) fn is_private_dir(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|found| {
        let own = found.uid() == rustix::process::geteuid().as_raw();
        found.is_dir() && own && found.mode() & 0o077 == 0
    })
}

/// Makes this process one that does not outlive its parent. False if the
/// parent is gone already.
pub(crate) fn die_with_parent(parent: u32) -> bool {
    #[cfg(target_os = "linux")]
    {
        // Best effort: the end of stdin tells the same, a little later.
        let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
    }
    rustix::process::getppid().is_some_and(|pid| pid.as_raw_pid().unsigned_abs() == parent)
}

/// Names this thread, and with it the process, in `ps` and `top`.
pub(crate) fn name_process(name: &str) {
    #[cfg(target_os = "linux")]
    {
        let short: Vec<u8> = name.bytes().take(15).collect();
        if let Ok(name) = std::ffi::CString::new(short) {
            let _ = rustix::thread::set_name(&name);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = name;
}

/// Ends this process and all that it has started, at once.
pub(crate) fn die() -> ! {
    let me = rustix::process::getpid();
    if rustix::process::getpgrp() == me {
        let _ = rustix::process::kill_process_group(me, Signal::KILL);
    }
    let _ = rustix::process::kill_process(me, Signal::KILL);
    std::process::abort()
}

/// Waits until what holds the other end of stdin is gone.
pub(crate) async fn stdin_ended() {
    let Ok(stdin) = io::stdin().as_fd().try_clone_to_owned() else {
        return forever().await;
    };
    let Ok(stdin) = pipe::Receiver::from_owned_fd(stdin) else {
        return forever().await;
    };
    let mut byte = [0];
    while stdin.readable().await.is_ok() {
        match stdin.try_read(&mut byte) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

/// Not started through a pipe: nothing to learn from stdin.
async fn forever() {
    std::future::pending().await
}

/// Takes no notice of Ctrl-C any more. Must be called within a runtime.
pub(crate) fn ignore_interrupts() {
    // The listener may go: the handler stays and does nothing.
    let _ = tokio::signal::unix::signal(SignalKind::interrupt());
}

/// The signals that ask a program to stop, and their numbers.
#[derive(Debug)]
pub(crate) struct StopSignals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl StopSignals {
    /// Begins to take the signals. Must be called within a runtime.
    pub(crate) fn new() -> io::Result<StopSignals> {
        Ok(StopSignals {
            interrupt: tokio::signal::unix::signal(SignalKind::interrupt())?,
            terminate: tokio::signal::unix::signal(SignalKind::terminate())?,
        })
    }

    /// The number of the next one.
    pub(crate) async fn next(&mut self) -> i32 {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::INT.as_raw(),
            _ = self.terminate.recv() => Signal::TERM.as_raw(),
        }
    }
}

fn to_pid(pid: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(pid).ok()?)
}

/// Asks a process to end. It must not have been waited for, so that the
/// number is still its own.
pub(crate) fn terminate(pid: u32) {
    if let Some(pid) = to_pid(pid) {
        let _ = rustix::process::kill_process(pid, Signal::TERM);
    }
}

/// Ends what a process has started, which has ended and was waited for: what is left
/// of its group. The number of a group that has members is given to no process; if it is
/// that of a process, the group had none, and the number is somebody else's by now.
pub(crate) fn end_orphans(pid: u32) {
    if let Some(pid) = to_pid(pid)
        && rustix::process::test_kill_process(pid).is_err()
    {
        let _ = rustix::process::kill_process_group(pid, Signal::KILL); // as a rule, there is none
    }
}

/// Sends a datagram to a socket: by its path, or on Linux, if it begins with `@`, by its name.
pub(crate) fn send_datagram(to: &std::ffi::OsStr, bytes: &[u8]) -> io::Result<()> {
    use std::os::unix::{ffi::OsStrExt as _, net};

    let socket = net::UnixDatagram::unbound()?;
    // A manager that does not read must not hold up the program.
    socket.set_nonblocking(true)?;
    #[cfg(target_os = "linux")]
    if let Some(name) = to.as_bytes().strip_prefix(b"@") {
        use std::os::linux::net::SocketAddrExt as _;
        let address = net::SocketAddr::from_abstract_name(name)?;
        return socket.send_to_addr(bytes, &address).map(drop);
    }
    socket.send_to(bytes, Path::new(to)).map(drop)
}

/// Ends a process and what it has started, at once. It must not have been
/// waited for.
pub(crate) fn kill_group(pid: u32) {
    if let Some(pid) = to_pid(pid) {
        let _ = rustix::process::kill_process_group(pid, Signal::KILL);
        let _ = rustix::process::kill_process(pid, Signal::KILL);
    }
}

/// The signal that ended a process.
pub(crate) fn ended_by_signal(status: ExitStatus) -> Option<String> {
    use std::os::unix::process::ExitStatusExt as _;
    let number = status.signal()?;
    let name = signal_name(number);
    let core = if status.core_dumped() {
        ", core dumped"
    } else {
        ""
    };
    Some(format!("signal {number}{name}{core}"))
}

fn signal_name(number: i32) -> &'static str {
    const NAMES: &[(Signal, &str)] = &[
        (Signal::HUP, " (SIGHUP)"),
        (Signal::INT, " (SIGINT)"),
        (Signal::QUIT, " (SIGQUIT)"),
        (Signal::ILL, " (SIGILL)"),
        (Signal::ABORT, " (SIGABRT)"),
        (Signal::BUS, " (SIGBUS)"),
        (Signal::FPE, " (SIGFPE)"),
        (Signal::KILL, " (SIGKILL)"),
        (Signal::SEGV, " (SIGSEGV)"),
        (Signal::PIPE, " (SIGPIPE)"),
        (Signal::TERM, " (SIGTERM)"),
        (Signal::XCPU, " (SIGXCPU)"),
        (Signal::XFSZ, " (SIGXFSZ)"),
        (Signal::SYS, " (SIGSYS)"),
    ];
    let known = NAMES.iter().find(|(signal, _)| signal.as_raw() == number);
    known.map_or("", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_found_behind_any_name() {
        for (stat, state) in [
            (&b"12 (worker) T 1 12"[..], Some(b'T')),
            (b"12 (a b) S (c) t 1 12", Some(b't')),
            (b"12 () T (\xff)) R 1", Some(b'R')),
            (b"12 (worker)", None),
            (b"12 (worker) ", None),
            (b"", None),
        ] {
            assert_eq!(state_in(stat), state);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_stopped_process_is_told_from_one_that_waits() -> io::Result<()> {
        let mut child = Command::new("sleep").arg("60").spawn()?;
        let pid = child.id();
        let signal_and_wait = |signal, stopped| {
            if let Some(pid) = to_pid(pid) {
                rustix::process::kill_process(pid, signal)?;
            }
            let begin = std::time::Instant::now();
            while is_stopped(pid) != stopped && begin.elapsed().as_secs() < 10 {
                std::thread::yield_now();
            }
            io::Result::Ok(is_stopped(pid))
        };
        let before = is_stopped(pid);
        let stopped = signal_and_wait(Signal::STOP, true);
        let after = signal_and_wait(Signal::CONT, false);
        child.kill()?;
        child.wait()?;
        assert!(!before && stopped? && !after?);
        assert!(!is_stopped(0));
        Ok(())
    }
}
