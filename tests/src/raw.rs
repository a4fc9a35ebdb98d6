//! The frame format spoken by hand, for connections that lie.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Kind of a hello.
pub const HELLO: u8 = 8;
/// Kind of the answer that lets a connection in.
pub const WELCOME: u8 = 9;
/// Kind of the answer that does not.
pub const REFUSED: u8 = 10;

/// Length of what every frame begins with.
pub const HEADER: usize = 16;

/// A frame whose length may be a lie.
#[must_use]
pub fn frame(length: u32, kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend_from_slice(&[kind, 0, 0, 0]);
    bytes.extend_from_slice(&[0; 8]);
    bytes.extend_from_slice(payload);
    bytes
}

/// An honest frame.
#[must_use]
pub fn whole(kind: u8, payload: &[u8]) -> Vec<u8> {
    frame(
        u32::try_from(payload.len()).unwrap_or(u32::MAX),
        kind,
        payload,
    )
}

/// The next frame, as it is.
///
/// # Errors
/// When the other end goes before it has written one.
pub async fn read(mut from: impl AsyncRead + Unpin) -> io::Result<Vec<u8>> {
    let length = from.read_u32_le().await?;
    let mut frame = length.to_le_bytes().to_vec();
    let rest = HEADER as u64 - 4 + u64::from(length);
    let read = from.take(rest).read_to_end(&mut frame).await?;
    if read as u64 == rest {
        Ok(frame)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// The kind of a whole frame.
#[must_use]
pub fn kind(frame: &[u8]) -> u8 {
    frame[4]
}

/// The payload of a whole frame without optional fields.
#[must_use]
pub fn payload(frame: &[u8]) -> &[u8] {
    &frame[HEADER..]
}
