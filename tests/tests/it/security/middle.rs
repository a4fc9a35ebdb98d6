//! [`Middle`]: a man in the middle of two workers.
//!
//! The test takes the place of a worker's socket. Only the same user can do
//! that, and the same user is no boundary: it could as well trace the
//! processes. What it learns is of little use all the same.

use std::{fs, io, path::PathBuf};

use baseapp::Result;
use tests::{Test, proc, raw};
use tokio::net::{UnixListener, UnixStream};

/// Stands between a worker's socket and who connects to it.
pub(super) struct Middle {
    listener: UnixListener,
    path: PathBuf,
    /// Where the worker's own socket is meanwhile.
    pub(super) real: PathBuf,
}

impl Middle {
    pub(super) fn before(test: &Test, worker: &str) -> Result<Middle> {
        let pid = test.worker(worker).unwrap_or_default();
        let path = proc::listening(pid).into_iter().next();
        let path = path.ok_or_else(|| baseapp::Error::msg("it does not listen"))?;
        let real = path.with_extension("real");
        fs::rename(&path, &real)?;
        let listener = UnixListener::bind(&path)?;
        Ok(Middle {
            listener,
            path,
            real,
        })
    }

    /// Who connects next, and its hello.
    pub(super) async fn record(&self) -> io::Result<(UnixStream, Vec<u8>)> {
        let (mut guest, _) = self.listener.accept().await?;
        let hello = raw::read(&mut guest).await?;
        assert_eq!(raw::kind(&hello), raw::HELLO);
        Ok((guest, hello))
    }

    /// Steps out of the way.
    pub(super) fn leave(self) -> io::Result<()> {
        fs::rename(&self.real, &self.path)
    }
}
