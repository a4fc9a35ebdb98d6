//! From what the user said to the [model](crate::model), or to errors that say
//! what to write instead.

mod declaration;
mod entry;
mod methods;
mod signature;
mod unique;

pub(crate) use declaration::{declaration, locals, message, sent, state};
pub(crate) use entry::entry;
pub(crate) use methods::methods;
