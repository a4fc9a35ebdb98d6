//! Local sockets: Unix-domain sockets by file path.

#[cfg(target_os = "linux")]
mod along;
#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

use std::{
    io,
    path::{Path, PathBuf},
};

use interprocess::{
    ConnectWaitMode,
    local_socket::{
        ConnectOptions, GenericFilePath, ListenerOptions, ToFsName,
        tokio::{Listener as Socket, Stream as Connection},
        traits::{StreamCommon as _, tokio::Listener as _},
    },
};

use super::Peer;
#[cfg(target_os = "linux")]
pub(super) use unix::watch;

/// A listening socket. Its file goes with it.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: Socket,
    path: PathBuf,
}

impl Listener {
    /// Never overwrites a file: a name that is taken is an error. The file is
    /// removed by us, not by the socket, because the path may by then belong to
    /// someone else.
    pub(super) fn bind(path: PathBuf) -> io::Result<Listener> {
        let name = path.as_path().to_fs_name::<GenericFilePath>()?;
        let options = ListenerOptions::new()
            .name(name)
            .try_overwrite(false)
            .reclaim_name(false);
        let socket = platform::for_this_user_only(options).create_tokio()?;
        Ok(Listener { socket, path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) async fn accept(&self) -> io::Result<Stream> {
        Stream::new(self.socket.accept().await?)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // It may be gone with the run directory already.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(not(unix))]
use other as platform;
#[cfg(unix)]
use unix as platform;

pub(super) use platform::{Stream, own_uid};

impl Stream {
    /// Connects. Must be called within a runtime.
    pub(super) async fn connect(path: &Path) -> io::Result<Stream> {
        let name = path.to_fs_name::<GenericFilePath>()?;
        // Deferred would return before the queue of the listener has room.
        let wait = ConnectWaitMode::Unbounded;
        let connection = ConnectOptions::new()
            .name(name)
            .wait_mode(wait)
            .connect_tokio()
            .await?;
        Stream::new(connection)
    }
}

/// What the system says of who is at the other end.
fn peer_of(connection: &Connection) -> io::Result<Peer> {
    let creds = connection.peer_creds()?;
    let pid = creds.pid().and_then(|pid| u32::try_from(pid).ok());
    Ok(Peer {
        pid,
        uid: platform::uid(&creds),
    })
}
