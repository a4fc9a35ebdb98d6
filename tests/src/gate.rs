//! [`Gate`]: where a handler waits until its test lets it go on, and tells it
//! something. A socket, so that it works across processes.

use std::{
    io::{self, Read as _, Write as _},
    os::unix::net::UnixStream as StdStream,
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{UnixListener, UnixStream},
};

/// The test's side of a gate.
#[derive(Debug)]
pub struct Gate {
    _dir: TempDir,
    path: String,
    listener: UnixListener,
}

/// A handler that waits, until this is dropped.
#[derive(Debug)]
pub struct Held(UnixStream);

impl Gate {
    /// A gate. Must be called within a runtime.
    ///
    /// # Errors
    /// When the system refuses a socket.
    pub fn new() -> io::Result<Gate> {
        let dir = tempfile::Builder::new().prefix("gate-").tempdir()?;
        let path = dir.path().join("g");
        let listener = UnixListener::bind(&path)?;
        let path = path.to_string_lossy().into_owned();
        Ok(Gate {
            _dir: dir,
            path,
            listener,
        })
    }

    /// What handlers are given to find it.
    #[must_use]
    pub fn path(&self) -> String {
        self.path.clone()
    }

    /// Waits for the next handler to come.
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn entered(&self) -> io::Result<Held> {
        Ok(Held(self.listener.accept().await?.0))
    }

    /// Waits for the next handler that [leaves a word](leave_word).
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn word(&self) -> io::Result<String> {
        let mut held = self.entered().await?;
        let mut word = String::new();
        held.0.read_to_string(&mut word).await?;
        Ok(word)
    }
}

impl Held {
    /// Lets the handler go on.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn release(mut self) -> io::Result<()> {
        self.0.write_all(b"go").await
    }
}

/// In a handler: blocks the thread at the gate until the test opens it.
///
/// # Errors
/// When there is no such gate.
pub fn pass(path: &str) -> io::Result<()> {
    let mut stream = StdStream::connect(path)?;
    let mut end = [0; 2];
    // Opened by a word, or by the end of the test's side.
    let _ = stream.read(&mut end)?;
    Ok(())
}

/// In an async handler: waits at the gate until the test opens it.
///
/// # Errors
/// When there is no such gate.
pub async fn pass_async(path: &str) -> io::Result<()> {
    let mut stream = UnixStream::connect(path).await?;
    let mut end = [0; 2];
    let _ = stream.read(&mut end).await?;
    Ok(())
}

/// In any method of a worker: tells the test something, without waiting.
///
/// # Errors
/// When there is no such gate.
pub fn leave_word(path: &str, word: &str) -> io::Result<()> {
    StdStream::connect(path)?.write_all(word.as_bytes())
}
