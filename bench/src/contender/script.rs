//! Peers in other languages: a program that is told on its standard input what
//! to do, keeps the time itself, and answers each command with a line of numbers.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::{Link, Tasks};
use crate::child::Peer;
use crate::work::{Done, Work};

/// The interpreters, wherever the path has them.
const PYTHON: &str = "python3";
const ERLANG: &str = "erl";

/// A file that a script needs, and what it says.
type File = (&'static str, &'static str);

const MESSAGES: File = ("messages.py", include_str!("../../python/messages.py"));
const TASKS: File = ("tasks.py", include_str!("../../python/tasks.py"));
const CELERY_TASKS: File = (
    "celery_tasks.py",
    include_str!("../../python/celery_tasks.py"),
);
const ERLANG_MESSAGES: File = ("messages.erl", include_str!("../../erlang/messages.erl"));

/// What Erlang does first: it compiles the module and hands it to itself.
const ERLANG_START: &str = r#"
    {ok, messages, Code} = compile:file("messages.erl", [binary, report]),
    {module, messages} = code:load_binary(messages, "messages.erl", Code),
    messages:main(Code).
"#;

/// A running script.
#[derive(Debug)]
pub(crate) struct Script {
    peer: Peer,
    /// Killed when all is over.
    helper: Option<Peer>,
    /// Where its files are: some read them again.
    _directory: TempDir,
}

/// Why there is no Python here, if there is none.
pub(crate) fn python_absence() -> Option<&'static str> {
    let is_new = "import sys; sys.exit(sys.version_info < (3, 10))";
    (!runs(PYTHON, &["-c", is_new])).then_some("no python3 of at least 3.10 runs here")
}

/// Why there is no Celery here, if there is none.
pub(crate) fn celery_absence() -> Option<&'static str> {
    let has_celery = |python| runs(python, &["-c", "import celery, redis"]);
    if !runs("redis-server", &["--version"]) {
        Some("no redis-server runs here")
    } else if !celery_python().is_some_and(has_celery) {
        Some("no Python here has celery and redis")
    } else {
        None
    }
}

/// Why there is no Erlang here, if there is none.
pub(crate) fn erlang_absence() -> Option<&'static str> {
    (!runs(ERLANG, &["-version"])).then_some("no erl runs here")
}

/// Whether a program does, with such arguments.
fn runs(program: impl AsRef<OsStr>, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).output();
    output.is_ok_and(|output| output.status.success())
}

/// The Python of the environment that `cargo xtask bench` makes for Celery.
fn celery_python() -> Option<PathBuf> {
    let binary = std::env::current_exe().ok()?;
    let target = binary.parent()?.parent()?;
    Some(target.join("celery/bin/python3"))
}

impl Script {
    /// Starts Python with a script that moves messages by what is named.
    pub(crate) fn python_messages(by: &str) -> Result<Self> {
        Self::start(&[MESSAGES], |directory| {
            let mut command = Command::new(PYTHON);
            command.arg(directory.join(MESSAGES.0)).arg(by);
            command
        })
    }

    /// Starts Python with a script that has tasks done by whom is named.
    pub(crate) fn python_tasks(by: &str) -> Result<Self> {
        Self::start(&[TASKS], |directory| {
            let mut command = Command::new(PYTHON);
            command.arg(directory.join(TASKS.0)).arg(by);
            command
        })
    }

    /// Starts Celery, with a Redis server of its own.
    pub(crate) fn celery_tasks() -> Result<Self> {
        let python = celery_python().context("finding Celery's Python")?;
        Self::start(&[TASKS, CELERY_TASKS], |directory| {
            let mut command = Command::new(python);
            command.arg(directory.join(TASKS.0)).arg("celery");
            command
        })
    }

    /// Starts two Erlang nodes, and the port mapper by which they meet.
    pub(crate) fn erlang() -> Result<Self> {
        // Free a moment ago, which must do.
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .context("finding a free port")?
            .port()
            .to_string();
        let environment = [("ERL_EPMD_PORT", &*port), ("ERL_EPMD_ADDRESS", "127.0.0.1")];
        let mapper = Peer::run(Command::new("epmd").envs(environment), "epmd")?;
        let mut script = Self::start(&[ERLANG_MESSAGES], |directory| {
            let mut command = Command::new(ERLANG);
            command
                .args(["-noshell", "-start_epmd", "false", "-setcookie", "bench"])
                .args(["-name", "bench@127.0.0.1", "-eval", ERLANG_START])
                .envs(environment)
                .current_dir(directory);
            command
        })?;
        script.helper = Some(mapper);
        Ok(script)
    }

    fn start(files: &[File], command: impl FnOnce(&Path) -> Command) -> Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("bench-")
            .tempdir()
            .context("making a directory for a script")?;
        for (name, text) in files {
            std::fs::write(directory.path().join(name), text).context("writing a script")?;
        }
        let mut command = command(directory.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        Ok(Self {
            peer: Peer::run(&mut command, "script")?,
            helper: None,
            _directory: directory,
        })
    }

    /// Round trips for as long as `lasting`: microseconds of p50, p99 and p99.9.
    pub(crate) fn ask(&mut self, lasting: Duration) -> Result<Vec<f64>> {
        let nanos: [u64; 3] = self.command(&format!("ask {}", lasting.as_secs_f64()))?;
        Ok(nanos.map(|nanos| nanos as f64 / 1e3).to_vec())
    }

    /// Messages one way for as long as `lasting`: how many, and how long it took.
    pub(crate) fn send(&mut self, size: u64, lasting: Duration) -> Result<(u64, Duration)> {
        let command = format!("send {size} {}", lasting.as_secs_f64());
        let [count, nanos] = self.command(&command)?;
        Ok((count, Duration::from_nanos(nanos)))
    }

    fn command<const N: usize>(&mut self, command: &str) -> Result<[u64; N]> {
        let (stdin, stdout) = self.peer.pipes()?;
        writeln!(stdin, "{command}").context("writing to the script")?;
        let mut line = String::new();
        // The answer is one line: nothing is lost with the reader.
        let read = BufReader::new(stdout).read_line(&mut line);
        ensure!(
            read.context("reading from the script")? > 0,
            "the script has ended"
        );
        parse(&line).with_context(|| format!("the script says {line:?}"))
    }
}

impl Link for Script {
    async fn close(self) -> Result<()> {
        self.peer.join()?;
        drop(self.helper);
        Ok(())
    }
}

impl Tasks for Script {
    async fn tasks(&mut self, work: Work, lasting: Duration) -> Result<Done> {
        let name = match work {
            Work::Nothing => "nothing",
            Work::Burn => "burn",
        };
        let [tasks, elapsed, burned] =
            self.command(&format!("{name} {}", lasting.as_secs_f64()))?;
        Ok(Done {
            tasks,
            elapsed: Duration::from_nanos(elapsed),
            burned: Duration::from_nanos(burned),
        })
    }
}

/// Reads so many numbers, and no more.
fn parse<const N: usize>(line: &str) -> Result<[u64; N]> {
    let numbers: Result<Vec<u64>, _> = line.split_whitespace().map(str::parse).collect();
    let numbers = numbers.context("what is no number")?;
    numbers
        .try_into()
        .map_err(|numbers: Vec<u64>| anyhow::anyhow!("{} numbers, not {N}", numbers.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_answer_is_read() -> Result<()> {
        assert_eq!(parse("64 3000 7\n")?, [64, 3000, 7]);
        for wrong in ["", "64 3000", "64 3000 7 1", "64 -1 7"] {
            assert!(parse::<3>(wrong).is_err(), "{wrong:?}");
        }
        Ok(())
    }
}
