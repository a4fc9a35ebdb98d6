//! Local sockets: Unix-domain sockets by file path.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

use std::{
    io,
    path::{Path, PathBuf},
    task::{Context, Poll, ready},
};

use bytes::BytesMut;
use interprocess::{
    ConnectWaitMode,
    local_socket::{
        ConnectOptions, GenericFilePath, ListenerOptions, ToFsName,
        tokio::{Listener as Socket, Stream as Connection},
        traits::{StreamCommon as _, tokio::Listener as _},
    },
};

use super::{Peer, Wire};

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
        self.socket.accept().await.map(Stream)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // It may be gone with the run directory already.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A connected socket.
#[derive(Debug)]
pub(crate) struct Stream(Connection);

impl Stream {
    pub(super) async fn connect(path: &Path) -> io::Result<Stream> {
        let name = path.to_fs_name::<GenericFilePath>()?;
        // Deferred would return before the queue of the listener has room.
        let wait = ConnectWaitMode::Unbounded;
        ConnectOptions::new()
            .name(name)
            .wait_mode(wait)
            .connect_tokio()
            .await
            .map(Stream)
    }
}

impl Wire for Stream {
    fn poll_read(&self, cx: &mut Context<'_>, into: &mut BytesMut) -> Poll<io::Result<usize>> {
        platform::poll_read(&self.0, cx, into)
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        platform::try_write(&self.0, bytes)
    }

    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        platform::poll_write(&self.0, cx, bytes)
    }

    fn peer(&self) -> io::Result<Peer> {
        let creds = self.0.peer_creds()?;
        Ok(Peer {
            pid: creds.pid().and_then(|pid| u32::try_from(pid).ok()),
            uid: platform::uid(&creds),
        })
    }

    fn close(&self) {
        platform::close(&self.0);
    }
}

#[cfg(not(unix))]
use other as platform;
#[cfg(unix)]
use unix as platform;

pub(super) use platform::own_uid;
