//! `#[worker(checkpoint = "1s")]`

use syn::LitStr;

use super::{
    Arg, Args,
    time::{longer, quoted},
};
use crate::errors::Errors;

const CHECKPOINT: Arg = Arg::tokens("checkpoint", "checkpoint = \"1s\"");

/// The argument that [`checkpoint`] takes.
pub(crate) const CHECKPOINTS: [Arg; 1] = [CHECKPOINT];

/// What the user said of checkpoints.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    /// Nanoseconds, longer than zero.
    pub(crate) period: u64,
    /// Where that is said.
    pub(crate) at: LitStr,
}

/// Parses the argument.
pub(crate) fn checkpoint(args: &mut Args, errors: &mut Errors) -> Option<Checkpoint> {
    let at = quoted(CHECKPOINT, args, errors)?;
    let zero = "`checkpoint` is longer than zero; to keep the state with each message of a type, \
                call `cx.checkpoint()` in its handler";
    let period = longer(&at, zero, errors)?;
    Some(Checkpoint { period, at })
}
