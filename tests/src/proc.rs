//! What `/proc` says about processes.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

pub use rustix::process::Signal;

/// Sends a signal.
///
/// # Errors
/// When there is no such process.
pub fn signal(pid: u32, signal: Signal) -> io::Result<()> {
    let pid = i32::try_from(pid)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    let pid = pid.ok_or(io::ErrorKind::InvalidInput)?;
    Ok(rustix::process::kill_process(pid, signal)?)
}

/// Kills a process.
///
/// # Errors
/// When there is no such process.
pub fn kill(pid: u32) -> io::Result<()> {
    signal(pid, Signal::KILL)
}

/// Stops a process, and waits until it stands still. The signal alone tells one of its
/// threads, and the others may go on for a moment.
///
/// # Errors
/// When there is no such process, or it goes on.
pub fn stop(pid: u32) -> io::Result<()> {
    signal(pid, Signal::STOP)?;
    let end = Instant::now() + Duration::from_secs(10);
    while !stands_still(pid) {
        if Instant::now() >= end {
            return Err(io::ErrorKind::TimedOut.into());
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// Every thread of a process is stopped.
fn stands_still(pid: u32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return false;
    };
    threads.flatten().all(|thread| {
        let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        // The name in brackets may hold anything.
        stat.rsplit_once(") ")
            .is_some_and(|(_, rest)| rest.starts_with(['T', 't']))
    })
}

/// State letter and parent of a process.
fn stat(pid: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

/// All processes.
fn all() -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

/// The children of a process, also dead ones that nobody has waited for.
#[must_use]
pub fn children(parent: u32) -> Vec<u32> {
    let mut pids = all();
    pids.retain(|pid| stat(*pid).is_some_and(|(_, of)| of == parent));
    pids
}

/// The arguments of a process.
#[must_use]
pub fn arguments(pid: u32) -> Vec<String> {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0)
        .filter(|arg| !arg.is_empty())
        .map(|arg| String::from_utf8_lossy(arg).into_owned())
        .collect()
}

/// The environment of a process, as it was started, sorted: whoever starts it may have
/// ordered it anew.
#[must_use]
pub fn environment(pid: u32) -> Vec<String> {
    let bytes = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let variables = bytes.split(|byte| *byte == 0);
    let mut variables: Vec<String> = variables
        .map(|variable| String::from_utf8_lossy(variable).into_owned())
        .collect();
    variables.sort();
    variables
}

/// A process runs no more.
#[must_use]
pub fn is_gone(pid: u32) -> bool {
    stat(pid).is_none_or(|(state, _)| state == 'Z')
}

/// Waits until processes run no more; those that do after `limit`.
#[must_use]
pub fn wait_gone(pids: &[u32], limit: Duration) -> Vec<u32> {
    let end = Instant::now() + limit;
    loop {
        let left: Vec<u32> = pids.iter().copied().filter(|pid| !is_gone(*pid)).collect();
        if left.is_empty() || Instant::now() >= end {
            return left;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Resident memory of a process, in bytes, but for what it shares with others: of that,
/// as much is used as was ever used of a link, and no more than all of it.
#[must_use]
pub fn memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    };
    let [all, shared] = ["VmRSS:", "RssShmem:"].map(|name| kib(name).unwrap_or(0));
    all.saturating_sub(shared) * 1024
}

/// How many links of a process travel through shared memory.
#[must_use]
pub fn lanes(pid: u32) -> usize {
    mapped(pid, "memfd:baseapp")
}

/// How many buffers of blobs a process has mapped.
#[must_use]
pub fn blobs(pid: u32) -> usize {
    mapped(pid, "memfd:blob.baseapp")
}

fn mapped(pid: u32, file: &str) -> usize {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
    maps.lines().filter(|line| line.contains(file)).count()
}

/// Number of descriptors that a process has open.
#[must_use]
pub fn descriptors(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}

/// The processes whose environment names that directory for their sockets: a
/// fixture's, and all that it has started.
#[must_use]
pub fn of_program_in(dir: &Path) -> Vec<u32> {
    let variable = format!("XDG_RUNTIME_DIR={}", dir.display());
    let of_it = |pid: &u32| environment(*pid).contains(&variable);
    all().into_iter().filter(of_it).collect()
}

/// Number of threads of a process.
#[must_use]
pub fn threads(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count)
}

/// Files of the sockets on which a process listens or is connected.
#[must_use]
pub fn listening(pid: u32) -> Vec<PathBuf> {
    let Ok(fds) = fs::read_dir(format!("/proc/{pid}/fd")) else {
        return Vec::new();
    };
    let links = fds.flatten().filter_map(|fd| fs::read_link(fd.path()).ok());
    let inodes: Vec<String> = links
        .filter_map(|link| {
            let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
            Some(inode.to_owned())
        })
        .collect();
    let table = fs::read_to_string("/proc/net/unix").unwrap_or_default();
    let paths = table.lines().filter_map(|line| {
        let mut fields = line.split_whitespace().skip(6);
        let (inode, path) = (fields.next()?, fields.next()?);
        let listens = inodes.iter().any(|own| own == inode) && path.starts_with('/');
        listens.then(|| PathBuf::from(path))
    });
    paths.collect()
}

/// The permission bits of a file.
///
/// # Errors
/// When it is not there.
pub fn mode(path: &Path) -> io::Result<u32> {
    Ok(fs::symlink_metadata(path)?.permissions().mode() & 0o7777)
}
