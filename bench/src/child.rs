//! The contenders' other process: this binary, run again with an argument.
//!
//! baseapp starts its workers itself; this is for everyone else.

use std::ffi::OsStr;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::contender::{
    Wait, bare, dispatcher, iceoryx2, ipc_channel, raw, ring, tarpc, tokio, zmq,
};

/// The first argument of every child.
const MARK: &str = "contender-child";

/// What a child does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    /// Answers bytes on its standard streams.
    Bare,
    /// Serves a raw local socket.
    Raw,
    /// Serves an ipc-channel.
    IpcChannel,
    /// Does tasks that come over a raw local socket.
    Dispatched,
    /// Serves queues in shared memory, and sleeps when it waits.
    Ring,
    /// The same, and spins before it sleeps.
    RingSpin,
    /// Serves iceoryx2's services, and spins.
    Iceoryx2,
    /// The same, and waits for events.
    Iceoryx2Events,
    /// Serves tarpc.
    Tarpc,
    /// Serves a socket of libzmq.
    Zmq,
    /// Serves a socket with tokio.
    Tokio,
}

impl Role {
    const ALL: [Self; 11] = [
        Self::Bare,
        Self::Raw,
        Self::IpcChannel,
        Self::Dispatched,
        Self::Ring,
        Self::RingSpin,
        Self::Iceoryx2,
        Self::Iceoryx2Events,
        Self::Tarpc,
        Self::Zmq,
        Self::Tokio,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Raw => "raw",
            Self::IpcChannel => "ipc-channel",
            Self::Dispatched => "dispatched",
            Self::Ring => "ring",
            Self::RingSpin => "ring-spin",
            Self::Iceoryx2 => "iceoryx2",
            Self::Iceoryx2Events => "iceoryx2-events",
            Self::Tarpc => "tarpc",
            Self::Zmq => "zeromq",
            Self::Tokio => "tokio",
        }
    }
}

/// A child process, killed when it is dropped.
///
/// When the benchmark is killed and nothing is dropped, a child ends because its
/// link does, and on Linux even if it hangs.
#[derive(Debug)]
pub(crate) struct Peer {
    child: Child,
}

impl Peer {
    /// Starts a child that meets us at `place`, which its role understands.
    pub(crate) fn spawn(role: Role, place: impl AsRef<OsStr>) -> Result<Self> {
        Self::start(role, place.as_ref(), Stdio::null(), Stdio::null())
    }

    /// Starts a child whose standard streams are pipes to us.
    pub(crate) fn spawn_piped(role: Role) -> Result<Self> {
        Self::start(role, OsStr::new("-"), Stdio::piped(), Stdio::piped())
    }

    fn start(role: Role, place: &OsStr, stdin: Stdio, stdout: Stdio) -> Result<Self> {
        let binary = std::env::current_exe().context("finding this binary")?;
        let mut command = Command::new(binary);
        command
            .args([OsStr::new(MARK), OsStr::new(role.name()), place])
            .stdin(stdin)
            .stdout(stdout);
        Self::run(&mut command, role.name())
    }

    /// Starts another program, called `name` in errors.
    pub(crate) fn run(command: &mut Command, name: &str) -> Result<Self> {
        let child = command
            .spawn()
            .with_context(|| format!("starting the {name} child"))?;
        Ok(Self { child })
    }

    /// The child's process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The pipes to a child that was started with them.
    pub(crate) fn pipes(&mut self) -> Result<(&mut ChildStdin, &mut ChildStdout)> {
        self.child
            .stdin
            .as_mut()
            .zip(self.child.stdout.as_mut())
            .context("the child was started without pipes")
    }

    /// Waits for the child to end by itself; its link must be closed already.
    pub(crate) fn join(mut self) -> Result<()> {
        // `wait` also closes our end of the child's standard input.
        let status = self.child.wait().context("waiting for the child")?;
        ensure!(status.success(), "the child ended with {status}");
        Ok(())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Both fail harmlessly when the child has ended and was waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Does the child's work if this process is one; `None` in the benchmark itself.
pub(crate) fn divert() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != MARK {
        return None;
    }
    let role = arguments.next().unwrap_or_default();
    let place = arguments.next().unwrap_or_default();
    Some(match run(&role, &place) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: the {} child: {error:#}", role.display());
            ExitCode::FAILURE
        }
    })
}

fn run(role: &OsStr, place: &OsStr) -> Result<()> {
    die_with_parent()?;
    match Role::ALL.into_iter().find(|known| role == known.name()) {
        Some(Role::Bare) => bare::serve(),
        Some(Role::Raw) => raw::serve(place.as_ref()),
        Some(Role::IpcChannel) => ipc_channel::serve(place),
        Some(Role::Dispatched) => dispatcher::serve(place.as_ref()),
        Some(Role::Ring) => ring::serve_waiting(place, Wait::Sleep),
        Some(Role::RingSpin) => ring::serve_waiting(place, Wait::Spin),
        Some(Role::Iceoryx2) => iceoryx2::serve_waiting(place, Wait::Spin),
        Some(Role::Iceoryx2Events) => iceoryx2::serve_waiting(place, Wait::Sleep),
        Some(Role::Tarpc) => tarpc::serve(place),
        Some(Role::Zmq) => zmq::serve(place),
        Some(Role::Tokio) => tokio::serve(place.as_ref()),
        None => bail!("no such role"),
    }
}

/// Has the system kill this process when its parent ends.
#[cfg(target_os = "linux")]
fn die_with_parent() -> Result<()> {
    use rustix::process::{Signal, set_parent_process_death_signal};
    set_parent_process_death_signal(Some(Signal::KILL)).context("asking to die with the parent")
}

/// Elsewhere the end of the link must do.
#[cfg(not(target_os = "linux"))]
fn die_with_parent() -> Result<()> {
    Ok(())
}
