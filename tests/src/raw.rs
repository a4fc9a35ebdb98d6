//! The frame format spoken by hand, for connections that lie.

/// Kind of a hello.
pub const HELLO: u8 = 8;

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
