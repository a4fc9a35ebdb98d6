//! An example that runs: what it prints, and what it leaves behind.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::Result;

/// How long an example may run.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running example. Killed, with its workers, when dropped.
pub(crate) struct Example {
    child: Child,
    /// Where it may put its sockets, and what nothing else has in its
    /// environment.
    dir: TempDir,
    lines: Receiver<Line>,
    out: String,
    err: String,
    deadline: Instant,
}

/// How an example has ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

enum Line {
    Out(String),
    Err(String),
}

/// The file of an example. `cargo test` builds it before it runs this test, but
/// `cargo test NAME` does not.
pub(crate) fn program(name: &str) -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    let target = test.parent().and_then(Path::parent);
    let program = target.ok_or("no target")?.join("examples").join(name);
    if is_up_to_date(&program) {
        return Ok(program);
    }
    let path = program.display();
    Err(format!("{path} is missing or old: run `cargo build -p examples --examples`").into())
}

/// It is there, and no older than what Cargo says that it was made from.
fn is_up_to_date(program: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
    let Ok(sources) = fs::read_to_string(program.with_extension("d")) else {
        return false;
    };
    let mut sources = sources.split_whitespace().skip(1);
    let made = modified(program);
    made.is_some() && sources.all(|source| modified(Path::new(source)) <= made)
}

/// Starts an example.
pub(crate) fn start(name: &str, args: &[&str]) -> Result<Example> {
    let mut command = Command::new(program(name)?);
    command.args(args);
    Example::start(command)
}

/// Runs an example that ends by itself.
pub(crate) fn run(name: &str, args: &[&str]) -> Result<Ended> {
    start(name, args)?.ended()
}

impl Example {
    pub(crate) fn start(command: Command) -> Result<Example> {
        Example::start_in(tempfile::tempdir()?, command)
    }

    /// Starts it where another one has put its sockets before.
    pub(crate) fn start_in(dir: TempDir, mut command: Command) -> Result<Example> {
        // Whoever the example runs as may put its sockets there.
        make_public(dir.path())?;
        let mut child = command
            .env("XDG_RUNTIME_DIR", dir.path())
            .env("TMPDIR", dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (sender, lines) = channel();
        if let Some(out) = child.stdout.take() {
            pass_on(out, sender.clone(), Line::Out);
        }
        if let Some(err) = child.stderr.take() {
            pass_on(err, sender, Line::Err);
        }
        Ok(Example {
            child,
            dir,
            lines,
            out: String::new(),
            err: String::new(),
            deadline: Instant::now() + PATIENCE,
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it, and not its workers, a signal.
    pub(crate) fn signal(&self, signal: Signal) -> Result {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    /// Waits until it has printed `text`.
    pub(crate) fn printed(&mut self, text: &str) -> Result {
        self.printed_times(1, text)
    }

    /// Waits until it has printed `text` so often.
    pub(crate) fn printed_times(&mut self, times: usize, text: &str) -> Result {
        while self.out.matches(text).count() + self.err.matches(text).count() < times {
            if !self.read_line()? {
                let (out, err) = (&self.out, &self.err);
                return Err(format!("ended without `{text}`:\n{out}\nstderr:\n{err}").into());
            }
        }
        Ok(())
    }

    /// Waits until it, and whoever else writes to its stdout or stderr, has
    /// ended. An error if it has left something behind.
    pub(crate) fn ended(mut self) -> Result<Ended> {
        while self.read_line()? {}
        let status = self.child.wait()?;
        let (out, err) = (std::mem::take(&mut self.out), std::mem::take(&mut self.err));
        let processes = processes_with(self.dir.path())?;
        if !processes.is_empty() {
            return Err(format!("left {processes:?}:\n{out}\nstderr:\n{err}").into());
        }
        if let Some(entry) = fs::read_dir(self.dir.path())?.next() {
            let path = entry?.path();
            return Err(format!("left {}:\n{out}\nstderr:\n{err}", path.display()).into());
        }
        Ok(Ended { status, out, err })
    }

    /// Kills it, and not its workers, and waits until they have ended, too. What
    /// it has left where its sockets are is for the next one there to remove.
    pub(crate) fn killed(mut self) -> Result<TempDir> {
        self.signal(Signal::KILL)?;
        while self.read_line()? {}
        self.child.wait()?;
        let processes = processes_with(self.dir.path())?;
        if !processes.is_empty() {
            return Err(format!("left {processes:?}").into());
        }
        Ok(std::mem::replace(&mut self.dir, tempfile::tempdir()?))
    }

    /// Takes the next line. False if there are no more.
    fn read_line(&mut self) -> Result<bool> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        match self.lines.recv_timeout(left) {
            Ok(Line::Out(line)) => self.out.push_str(&line),
            Ok(Line::Err(line)) => self.err.push_str(&line),
            Err(RecvTimeoutError::Timeout) => {
                let (out, err) = (&self.out, &self.err);
                let text = format!("still runs after {PATIENCE:?}:\n{out}\nstderr:\n{err}");
                return Err(text.into());
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(false),
        }
        Ok(true)
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        // Has no effect if it was waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// What it has printed, if it has ended well, without a complaint.
    pub(crate) fn well(self) -> Result<String> {
        let Ended { status, out, err } = self;
        if status.success() && err.is_empty() {
            return Ok(out);
        }
        Err(format!("{status}:\n{out}\nstderr:\n{err}").into())
    }
}

/// Sends lines until there are no more.
fn pass_on(from: impl Read + Send + 'static, to: Sender<Line>, line: fn(String) -> Line) {
    let mut from = BufReader::new(from);
    thread::spawn(move || {
        let mut bytes = Vec::new();
        while matches!(from.read_until(b'\n', &mut bytes), Ok(1..)) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if to.send(line(text)).is_err() {
                return;
            }
            bytes.clear();
        }
    });
}

pub(crate) fn make_public(path: &Path) -> Result {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::set_permissions(
        path,
        fs::Permissions::from_mode(0o777),
    )?)
}

/// The processes that have `dir` in their environment.
fn processes_with(dir: &Path) -> Result<Vec<String>> {
    let needle = dir.as_os_str().as_encoded_bytes();
    processes_where(|process| {
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        environment.windows(needle.len()).any(|part| part == needle)
    })
}

/// The process of a worker, by its name and the process that has started it.
pub(crate) fn worker(of: u32, name: &str) -> Result<Pid> {
    let parent = format!("PPid:\t{of}\n");
    let found = processes_where(|process| {
        let status = fs::read_to_string(process.join("status")).unwrap_or_default();
        let arguments = fs::read_to_string(process.join("cmdline")).unwrap_or_default();
        status.contains(&parent) && arguments.split('\0').any(|argument| argument == name)
    })?;
    let pid = found.first().ok_or("no such worker")?.parse()?;
    Pid::from_raw(pid).ok_or_else(|| "not a process".into())
}

/// The numbers of some processes. None where there is no `/proc`.
fn processes_where(wanted: impl Fn(&Path) -> bool) -> Result<Vec<String>> {
    let mut found = Vec::new();
    if !cfg!(target_os = "linux") {
        return Ok(found);
    }
    for process in fs::read_dir("/proc")? {
        let process = process?;
        let name = process.file_name().to_string_lossy().into_owned();
        if name.parse::<u32>().is_ok() && wanted(&process.path()) {
            found.push(name);
        }
    }
    Ok(found)
}
