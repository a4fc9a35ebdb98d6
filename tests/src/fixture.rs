//! [`Fixture`]: a program of its own, whose main may be killed and signalled.

use std::{
    fs,
    io::{self, BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::{Mutex, PoisonError},
    thread::JoinHandle,
};

use tempfile::TempDir;

use crate::proc;

/// The fixture programs that run.
static RUNNING: Mutex<Vec<u32>> = Mutex::new(Vec::new());

fn running() -> std::sync::MutexGuard<'static, Vec<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kills the fixture programs of this process, which is about to end.
pub(crate) fn kill_all() {
    for pid in running().iter() {
        let _ = proc::kill(*pid);
    }
}

/// A fixture program that runs. Dropping it kills it.
#[derive(Debug)]
pub struct Fixture {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: Option<JoinHandle<String>>,
    dir: TempDir,
}

/// How a fixture program ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// What it wrote to stdout and was not read as a [line](Fixture::line).
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Fixture {
    /// Starts a program, with a directory of its own for its sockets.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(program: &str, arguments: &[&str]) -> io::Result<Fixture> {
        Fixture::start_with(program, arguments, |_| {})
    }

    /// Starts a program whose command was changed.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start_with(
        program: &str,
        arguments: &[&str],
        change: impl FnOnce(&mut Command),
    ) -> io::Result<Fixture> {
        let dir = tempfile::Builder::new().prefix("fx-").tempdir()?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env("XDG_RUNTIME_DIR", dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        change(&mut command);
        let mut child = command.spawn()?;
        running().push(child.id());
        let stdout = BufReader::new(child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
        let mut stderr = child.stderr.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let stderr = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stderr.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        Ok(Fixture {
            child,
            stdout,
            stderr: Some(stderr),
            dir,
        })
    }

    /// The process id of its main.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where its run directory is.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The process ids of its workers.
    #[must_use]
    pub fn workers(&self) -> Vec<u32> {
        proc::children(self.pid())
    }

    /// Waits for the next line on its stdout.
    ///
    /// # Errors
    /// When it ends before it writes one.
    pub fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.stdout.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line.trim_end().to_owned()),
        }
    }

    /// Waits for a line on its stdout, skipping others.
    ///
    /// # Errors
    /// When it ends before it writes that.
    pub fn wait_for(&mut self, text: &str) -> io::Result<()> {
        while self.line()? != text {}
        Ok(())
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// When it is gone.
    pub fn signal(&self, signal: proc::Signal) -> io::Result<()> {
        proc::signal(self.pid(), signal)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn wait(&mut self) -> io::Result<Ended> {
        let mut stdout = Vec::new();
        self.stdout.read_to_end(&mut stdout)?;
        let status = self.reap()?;
        let stderr = self.stderr.take().map(JoinHandle::join);
        Ok(Ended {
            status,
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: stderr.and_then(Result::ok).unwrap_or_default(),
        })
    }

    fn reap(&mut self) -> io::Result<ExitStatus> {
        let pid = self.pid();
        // Not killed by its number from here on: that may become another's.
        running().retain(|running| *running != pid);
        self.child.wait()
    }

    /// What it has left in the directory for its sockets.
    ///
    /// # Errors
    /// When that cannot be read.
    pub fn files_left(&self) -> io::Result<Vec<String>> {
        let entries = fs::read_dir(self.dir.path())?;
        entries
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.reap();
    }
}
