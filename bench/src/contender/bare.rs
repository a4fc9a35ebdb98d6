//! `bare`: the least that a second process can cost. It knows no messages: it
//! answers one byte with one byte, on pipes.

use std::io::{self, Read, Write};

use anyhow::{Context, Result, ensure};

use crate::child::{Peer, Role};

/// Starts the child and returns when it has handled its first byte.
pub(crate) fn start() -> Result<Peer> {
    ready(begin()?)
}

/// Starts the child.
pub(crate) fn begin() -> Result<Peer> {
    let mut peer = Peer::spawn_piped(Role::Bare)?;
    let (stdin, _) = peer.pipes()?;
    stdin.write_all(&[1]).context("writing to the child")?;
    Ok(peer)
}

/// Waits until a child that was begun has handled its first byte.
pub(crate) fn ready(mut peer: Peer) -> Result<Peer> {
    let (_, stdout) = peer.pipes()?;
    let mut answer = [0];
    stdout
        .read_exact(&mut answer)
        .context("reading from the child")?;
    ensure!(answer == [2], "the child answered {answer:?}");
    Ok(peer)
}

/// The child: answers every byte with the next one, until the pipe closes.
pub(crate) fn serve() -> Result<()> {
    let mut byte = [0];
    loop {
        match io::stdin().read_exact(&mut byte) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error).context("reading a byte"),
        }
        let mut stdout = io::stdout();
        stdout
            .write_all(&[byte[0].wrapping_add(1)])
            .and_then(|()| stdout.flush())
            .context("writing a byte")?;
    }
}
