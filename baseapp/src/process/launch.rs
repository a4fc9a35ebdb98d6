//! Starting a worker's process: this program again, with a marker as argument
//! and the bootstrap down its stdin.

use std::{
    ffi::OsString,
    io,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::Arc,
};

use tokio::{
    io::AsyncWriteExt as _,
    process::{Child, Command},
};

use crate::death::Cause;

use super::{
    notify, platform,
    stderr::{LastLines, pass_through, relay_stdout},
};

/// The argument by which a process knows that it is a worker. Not a secret: it
/// shows in `ps` what the process is.
pub(crate) const MARKER: &str = "baseapp-worker";

/// How to run this program again.
#[derive(Clone, Debug)]
pub(crate) enum Program {
    /// A program whose `main` is `#[baseapp::main]`.
    Main,
    /// A test binary: the harness must be led to the test of that name, whose
    /// `#[baseapp::test]` takes over.
    Test(&'static str),
}

impl Program {
    fn arguments(&self, name: &str) -> Vec<String> {
        match self {
            Program::Main => vec![MARKER.into(), name.into()],
            // The harness takes the marker for another test to select.
            Program::Test(test) => {
                let harness = [
                    "--exact",
                    "--nocapture",
                    "--include-ignored",
                    "--test-threads=1",
                ];
                let selected = [*test, MARKER, name];
                harness
                    .into_iter()
                    .chain(selected)
                    .map(String::from)
                    .collect()
            }
        }
    }
}

/// A process that runs.
#[derive(Debug)]
pub(crate) struct Launch {
    pub(crate) child: Child,
    pub(crate) pid: u32,
    pub(crate) last_lines: LastLines,
    /// Keeps stdin open: its end tells the worker that main is gone.
    pub(crate) stdin: tokio::process::ChildStdin,
    /// Ends when all that the process wrote is passed on.
    pub(crate) output: tokio::task::JoinHandle<()>,
}

impl Launch {
    /// Starts a worker's process. Must be called within a runtime, by a thread
    /// that lives as long as the app: the death of a thread is the death of
    /// the parent, as the system sees it.
    pub(crate) fn start(program: &Program, name: &Arc<str>) -> io::Result<Launch> {
        let path: PathBuf = platform::own_program()?;
        let mut command = std::process::Command::new(path);
        let own_name: Option<OsString> = std::env::args_os().next();
        platform::prepare_command(&mut command, own_name);
        command
            .args(program.arguments(name))
            .stdin(Stdio::piped())
            .stderr(Stdio::piped());
        for variable in notify::VARIABLES {
            command.env_remove(variable);
        }
        if let Program::Test(_) = program {
            command.stdout(Stdio::piped());
        }
        let mut child = Command::from(command).kill_on_drop(true).spawn()?;
        let gone = || io::Error::other("the process ended as it was started");
        let pid = child.id().ok_or_else(gone)?;
        let stdin = child.stdin.take().ok_or_else(gone)?;
        let last_lines = LastLines::default();
        let stderr = child.stderr.take().ok_or_else(gone)?;
        let stderr = pass_through(Arc::clone(name), stderr, last_lines.clone());
        let stdout = child.stdout.take();
        let output = tokio::spawn(async {
            match stdout {
                Some(stdout) => drop(tokio::join!(stderr, relay_stdout(stdout))),
                None => stderr.await,
            }
        });
        Ok(Launch {
            child,
            pid,
            last_lines,
            stdin,
            output,
        })
    }

    /// Waits for the end of the process, and ends what it has started.
    pub(crate) async fn end_of(child: &mut Child, pid: u32) -> io::Result<ExitStatus> {
        let ended = child.wait().await;
        platform::end_orphans(pid);
        ended
    }

    /// Sends the bootstrap.
    pub(crate) async fn send(
        stdin: &mut tokio::process::ChildStdin,
        bootstrap: &[u8],
    ) -> io::Result<()> {
        stdin.write_all(bootstrap).await?;
        stdin.flush().await
    }
}

/// How a process ended.
pub(crate) fn how_it_ended(status: ExitStatus) -> Cause {
    match (status.code(), platform::ended_by_signal(status)) {
        (_, Some(signal)) => Cause::Signal(signal),
        (Some(code), None) => Cause::Exit(code),
        (None, None) => Cause::Other("ended".to_owned()),
    }
}
