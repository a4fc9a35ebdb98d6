//! The run directory: where the sockets of one run are. For this user only,
//! made anew for each run, and removed with it; what dead runs have left is
//! reaped by the next.
//!
//! It is made in `$XDG_RUNTIME_DIR` if that is there, or else in `$TMPDIR`. If neither
//! says where, it is made in memory, where the system has a directory for that, leaves
//! alone what we have there, and has room: what is in it is worth nothing after the run,
//! and a disk makes a start slower by a seventh. Else it is made where temporary files
//! are.
//!
//! A run holds a lock on a file in its directory for as long as it lives,
//! which the system releases however it ends. A directory gets its name only
//! when the lock is held, so a directory with that name and no lock is dead.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use super::platform;
use crate::{id::Token, report};

const LOCK: &str = "lock";

/// Longest time that a directory may be without its name.
const UNNAMED: Duration = Duration::from_secs(60);

/// Longest path of a socket, in bytes: `sun_path` holds 104 to 108.
const MAX_PATH: usize = 100;

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct RunDir {
    path: PathBuf,
    /// Held for as long as the run lives.
    lock: Option<File>,
}

/// Why there is no run directory.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunDirError {
    /// The directory cannot be made.
    #[error("cannot make a directory for sockets in {}", base.display())]
    Io {
        /// Where it was to be.
        base: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The paths of sockets would be too long for the system.
    #[error("{} is too long for the paths of sockets: set TMPDIR or XDG_RUNTIME_DIR to a shorter one", base.display())]
    TooLong {
        /// Where it was to be.
        base: PathBuf,
    },
}

impl RunDir {
    /// Makes the directory of this run, and reaps those of dead ones. So many bytes
    /// will be in it.
    pub(crate) fn create(bytes: u64) -> Result<RunDir, RunDirError> {
        let set = ["XDG_RUNTIME_DIR", "TMPDIR"].map(std::env::var_os);
        let [runtime, temporary] = set.map(|dir| dir.map(PathBuf::from));
        let wanted = runtime
            .filter(|dir| dir.is_dir())
            .or(temporary.filter(|dir| !dir.as_os_str().is_empty()));
        if wanted.is_none()
            && let Some(memory) = platform::memory_dir(bytes)
            && let Ok(Some(made)) = RunDir::create_in(memory)
        {
            return Ok(made);
        }
        let base = wanted.unwrap_or_else(std::env::temp_dir);
        let made = RunDir::create_in(&base);
        made.map_err(|source| RunDirError::Io {
            base: base.clone(),
            source,
        })?
        .ok_or(RunDirError::TooLong { base })
    }

    fn create_in(base: &Path) -> io::Result<Option<RunDir>> {
        reap(base);
        let name = format!("{}{}", prefix(), tag()?);
        let path = base.join(&name);
        if path.join("w4294967295").as_os_str().len() > MAX_PATH {
            return Ok(None);
        }
        let unnamed = base.join(format!(".{name}"));
        platform::make_private_dir(&unnamed)?;
        match lock_and_name(&unnamed, &path) {
            Ok(lock) => Ok(Some(RunDir {
                path,
                lock: Some(lock),
            })),
            Err(error) => {
                // Without descriptors, of which there may be none; the first
                // error says more.
                let _ = fs::remove_file(unnamed.join(LOCK));
                let _ = fs::remove_dir(&unnamed);
                Err(error)
            }
        }
    }

    /// Where the hub listens.
    pub(crate) fn hub_socket(&self) -> PathBuf {
        self.path.join("hub")
    }

    /// Where a worker listens.
    pub(crate) fn worker_socket(&self, id: u32, incarnation: u32) -> PathBuf {
        self.of_worker('w', id, incarnation)
    }

    /// A worker's black box.
    pub(crate) fn black_box(&self, id: u32, incarnation: u32) -> PathBuf {
        self.of_worker('b', id, incarnation)
    }

    fn of_worker(&self, what: char, id: u32, incarnation: u32) -> PathBuf {
        match incarnation {
            1 => self.path.join(format!("{what}{id}")),
            later => self.path.join(format!("{what}{id}.{later}")),
        }
    }
}

fn lock_and_name(unnamed: &Path, path: &Path) -> io::Result<File> {
    let lock = File::create_new(unnamed.join(LOCK))?;
    lock.try_lock()?;
    fs::rename(unnamed, path)?;
    Ok(lock)
}

impl Drop for RunDir {
    fn drop(&mut self) {
        // Its descriptor may be the one that removing needs. Without the lock
        // another run may be the one that removes.
        drop(self.lock.take());
        if let Err(error) = fs::remove_dir_all(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            let path = self.path.display();
            report::warn(&format!("cannot remove the run directory {path}: {error}"));
        }
    }
}

/// What the directories of this user's runs begin with.
fn prefix() -> String {
    format!("baseapp-{}-", crate::transport::own_uid().unwrap_or(0))
}

/// Short, and not to be guessed by who would squat on it.
fn tag() -> io::Result<String> {
    Ok(format!("{:x}", Token::random()?.short()))
}

/// Removes what dead runs of this user have left. Whatever cannot be removed
/// is left for the next run.
fn reap(base: &Path) {
    let Ok(entries) = fs::read_dir(base) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let path = entry.path();
        let is_ours = |name: &str| name.starts_with(&prefix()) && platform::is_private_dir(&path);
        let dead = match name.strip_prefix('.') {
            Some(unnamed) => is_ours(unnamed) && is_old(&path),
            None => is_ours(name) && is_dead(&path),
        };
        if dead {
            let _ = fs::remove_dir_all(path);
        }
    }
}

/// A directory that never got its name: its run ended within the moment that
/// this takes, or is within it now.
fn is_old(unnamed: &Path) -> bool {
    let modified = fs::symlink_metadata(unnamed).and_then(|found| found.modified());
    modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > UNNAMED))
}

fn is_dead(run: &Path) -> bool {
    match File::open(run.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_ok(),
        // Half removed by another reaper.
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_untouched_while_it_lives_and_reaped_when_it_is_dead() -> io::Result<()> {
        let base = std::env::temp_dir().join(format!("ba-test-{}", tag()?));
        fs::create_dir(&base)?;
        let live = RunDir::create_in(&base)?.ok_or(io::ErrorKind::InvalidFilename)?;
        let dead = base.join(format!("{}dead", prefix()));
        platform::make_private_dir(&dead)?;
        File::create(dead.join(LOCK))?;
        File::create(dead.join("w1"))?;

        let other = RunDir::create_in(&base)?.ok_or(io::ErrorKind::InvalidFilename)?;
        assert!(!dead.exists(), "the dead run is reaped");
        assert!(live.path.exists() && other.path.exists());
        let path = live.path.clone();
        drop(live);
        assert!(!path.exists(), "a run takes its directory with it");
        drop(other);
        assert_eq!(fs::read_dir(&base)?.count(), 0);
        fs::remove_dir(&base)
    }

    #[cfg(unix)]
    #[test]
    fn what_others_have_put_there_is_not_looked_into() -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let base = std::env::temp_dir().join(format!("ba-test-{}", tag()?));
        fs::create_dir(&base)?;
        // A directory that others may enter is none of ours; to open its lock would wait
        // for ever.
        let other = base.join(format!("{}other", prefix()));
        fs::create_dir(&other)?;
        fs::set_permissions(&other, fs::Permissions::from_mode(0o777))?;
        let fifo = std::process::Command::new("mkfifo")
            .arg(other.join(LOCK))
            .status()?;
        assert!(fifo.success());
        reap(&base);
        assert!(other.exists());
        fs::remove_dir_all(&base)
    }

    #[test]
    fn a_base_that_is_too_long_is_named() -> io::Result<()> {
        let base = std::env::temp_dir().join("x".repeat(120));
        assert!(RunDir::create_in(&base)?.is_none());
        Ok(())
    }
}
