//! What the bytes on the wire mean: frames, the hello, values.

pub(crate) mod blobs;
pub(crate) mod body;
mod budget;
pub(crate) mod codec;
pub(crate) mod control;
pub(crate) mod encoded;
pub(crate) mod frame;
pub(crate) mod hello;
mod kind;
pub(crate) mod link_options;
pub(crate) mod roster;
