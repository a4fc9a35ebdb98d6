//! Lists of bytes in one piece: serde takes a `Vec<u8>` byte by byte, which is ten times
//! slower. What is encoded is the same either way.
//!
//! Fields are dealt with by the macros; here it is what is encoded as a whole. Which of
//! the ways is gone is known when a program is compiled.

use std::any::Any;

use serde::{Serialize, de::DeserializeOwned};
use serde_bytes::{ByteBuf, Bytes};

use super::{CodecError, decode, encode_into};

/// The same as [`encode_into`].
#[inline]
pub(crate) fn encode_any_into<T: Serialize + 'static>(
    value: &T,
    out: &mut Vec<u8>,
    max: usize,
) -> Result<(), CodecError> {
    match (value as &dyn Any).downcast_ref::<Vec<u8>>() {
        Some(bytes) => encode_into(Bytes::new(bytes), out, max),
        None => encode_into(value, out, max),
    }
}

/// The same as [`decode`].
#[inline]
pub(crate) fn decode_any<T: DeserializeOwned + 'static>(bytes: &[u8]) -> Result<T, CodecError> {
    let mut value: Option<T> = None;
    if let Some(list) = (&mut value as &mut dyn Any).downcast_mut::<Option<Vec<u8>>>() {
        *list = Some(decode::<ByteBuf>(bytes)?.into_vec());
    }
    value.map_or_else(|| decode(bytes), Ok)
}
