//! [`encode_into`] and [`decode`]: values to bytes and back.
//!
//! Postcard lives in this module and in [`budget`](super::budget), nowhere
//! else. What it can and cannot carry is therefore decided here, and its types
//! never reach the public interface: [`CodecError`] keeps their text.

mod appender;
mod bytes;
mod error;
pub mod field;
#[cfg(test)]
mod tests;

use serde::{Serialize, de::DeserializeOwned};

use self::appender::Appender;
pub(crate) use self::bytes::{decode_any, encode_any_into};
pub use self::error::CodecError;
use super::budget::Budgeted;
use crate::blob::attached;

/// Appends `value` to `out`, as at most `max` bytes.
///
/// On any error, and when the value's `Serialize` panics, `out` is as before.
#[inline]
pub(crate) fn encode_into<T>(value: &T, out: &mut Vec<u8>, max: usize) -> Result<(), CodecError>
where
    T: Serialize + ?Sized,
{
    let mut serializer = postcard::Serializer {
        output: Appender::new(out, max),
    };
    let result = value.serialize(&mut serializer);
    let output = serializer.output;

    // The appender knows better than the result: postcard reports a full
    // buffer in several ways, and a careless `Serialize` may drop the error.
    if output.is_full() || output.room() < attached::bytes() {
        return Err(CodecError::TooLarge { max });
    }
    result.map_err(CodecError::from_encoding)?;
    output.commit();
    Ok(())
}

/// The bytes of `value`, at most `max` of them.
#[inline]
pub(crate) fn encode<T>(value: &T, max: usize) -> Result<Vec<u8>, CodecError>
where
    T: Serialize + ?Sized,
{
    let mut out = Vec::with_capacity(max.min(64));
    encode_into(value, &mut out, max)?;
    Ok(out)
}

/// The two values that all of `bytes` stand for; the second one, which is of a
/// type that the first one may deny, only if `fits` says so of the first.
pub(crate) fn decode_pair<A: DeserializeOwned, B: DeserializeOwned>(
    bytes: &[u8],
    fits: impl FnOnce(&A) -> bool,
) -> Result<(A, Option<B>), CodecError> {
    let mut deserializer = Budgeted::new(bytes);
    let first = A::deserialize(&mut deserializer)?;
    if !fits(&first) {
        return Ok((first, None));
    }
    let second = B::deserialize(&mut deserializer)?;
    match deserializer.remaining()? {
        0 => Ok((first, Some(second))),
        count => Err(CodecError::TrailingBytes { count }),
    }
}

/// The value that all of `bytes` stand for.
///
/// The bytes may come from a hostile peer: see [`budget`](super::budget) for
/// what bounds their cost.
#[inline]
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    let mut deserializer = Budgeted::new(bytes);
    let value = T::deserialize(&mut deserializer)?;
    match deserializer.remaining()? {
        0 => Ok(value),
        count => Err(CodecError::TrailingBytes { count }),
    }
}
