//! `python-pool`: what a Python program does with its standard library, in a
//! subprocess that keeps the time itself.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::{Link, Tasks};
use crate::child::Peer;
use crate::work::{Done, Work};

/// The interpreter, wherever the path has it.
const PYTHON: &str = "python3";

/// What it runs.
const SCRIPT: &str = include_str!("pool.py");

/// A Python process with a pool of two more.
#[derive(Debug)]
pub(crate) struct PythonPool {
    peer: Peer,
    /// Where the script is: where Python does not fork, workers read it again.
    _directory: TempDir,
}

impl PythonPool {
    /// Why there is no such contender here, if there is none.
    pub(crate) fn absence() -> Option<&'static str> {
        let version = Command::new(PYTHON).arg("--version").output();
        let runs = version.is_ok_and(|output| output.status.success());
        (!runs).then_some("no python3 runs here")
    }

    /// Starts the process; its pool starts by itself.
    pub(crate) fn open() -> Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("bench-")
            .tempdir()
            .context("making a directory for the script")?;
        let script = directory.path().join("pool.py");
        std::fs::write(&script, SCRIPT).context("writing the script")?;
        let mut command = Command::new(PYTHON);
        command
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        Ok(Self {
            peer: Peer::run(&mut command, PYTHON)?,
            _directory: directory,
        })
    }
}

impl Link for PythonPool {
    async fn close(self) -> Result<()> {
        self.peer.join()
    }
}

impl Tasks for PythonPool {
    async fn tasks(&mut self, work: Work, lasting: Duration) -> Result<Done> {
        let name = match work {
            Work::Nothing => "nothing",
            Work::Burn => "burn",
        };
        let (stdin, stdout) = self.peer.pipes()?;
        writeln!(stdin, "{name} {}", lasting.as_secs_f64()).context("writing to the script")?;
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

/// Reads tasks, nanoseconds, nanoseconds burned.
fn parse(line: &str) -> Result<Done> {
    let mut numbers = line.split_whitespace().map(str::parse::<u64>);
    let mut next = || numbers.next().context("a number is missing");
    let done = Done {
        tasks: next()??,
        elapsed: Duration::from_nanos(next()??),
        burned: Duration::from_nanos(next()??),
    };
    ensure!(numbers.next().is_none(), "a number too many");
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_answer_is_read() -> Result<()> {
        let done = Done {
            tasks: 64,
            elapsed: Duration::from_micros(3),
            burned: Duration::from_nanos(7),
        };
        assert_eq!(parse("64 3000 7\n")?, done);
        for wrong in ["", "64 3000", "64 3000 7 1", "64 -1 7"] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
        Ok(())
    }
}
