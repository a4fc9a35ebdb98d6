//! What the benches of `bench/micro` call: parts of a message's way, each set up
//! apart and run alone. Not public.

mod credit;
mod dispatch;

pub use self::{credit::Window, dispatch::Dispatching};
use crate::{
    message::Data,
    wire::{
        codec::{self, CodecError},
        frame::MAX_PAYLOAD,
    },
};

/// Encodes a value in place of what `out` held, whose memory is used again as that of
/// a link is.
///
/// # Errors
/// When it cannot travel.
#[inline]
pub fn encode<T: Data>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
    out.clear();
    codec::encode_into(value, out, MAX_PAYLOAD)
}

/// The value that all of `bytes` stand for.
///
/// # Errors
/// When they stand for none.
#[inline]
pub fn decode<T: Data>(bytes: &[u8]) -> Result<T, CodecError> {
    codec::decode(bytes)
}
