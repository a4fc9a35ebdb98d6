//! What travels: [`Message`], implemented by [`#[message]`](macro@crate::message).

use serde::{Serialize, de::DeserializeOwned};

use crate::task::{Key, TaskDefaults};

/// A value that travels between workers.
///
/// Do not implement this by hand: put [`#[message]`](macro@crate::message) on a
/// struct or an enum, which also derives serde for it.
///
/// ```
/// use baseapp::prelude::*;
///
/// /// How many lines were printed so far?
/// #[message(reply = u64)]
/// struct Count;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a message",
    label = "not a message",
    note = "put `#[message]`, or `#[message(reply = Type)]`, on the declaration of `{Self}`"
)]
pub trait Message: Data + Send + 'static {
    /// What a handler of this message gives back; `()` unless the message is
    /// declared with `#[message(reply = Type)]`.
    type Reply: Data + Send + 'static;

    /// How a task that is made from it is tried.
    #[doc(hidden)]
    const TASK: TaskDefaults = TaskDefaults::NEW;

    /// It may be delivered again if its worker died with it in hand.
    #[doc(hidden)]
    const IDEMPOTENT: bool = false;

    /// What makes it the same as another, for `#[message(unique = ..)]`.
    #[doc(hidden)]
    fn unique_key(&self) -> Option<Key> {
        None
    }
}

/// A value that can be sent to another process.
///
/// Every type has it that can be serialized and deserialized by serde: most
/// types of the standard library, and what is declared with
/// [`#[data]`](macro@crate::data), [`#[message]`](macro@crate::message) or by
/// hand with serde's derives.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent to another process",
    label = "cannot be sent",
    note = "put `#[data]` on the declaration of `{Self}`; if it is from another crate, look for a `serde` feature there",
    note = "a field of a worker need not be sent: mark it `#[local]`, and it starts from `Default`"
)]
pub trait Data: Serialize + DeserializeOwned + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + 'static> Data for T {}

/// Checked by generated code at the type of a field.
#[doc(hidden)]
#[derive(Debug)]
pub struct Sent<T: Data>(std::marker::PhantomData<T>);

impl<T: Data> Sent<T> {
    /// The check itself.
    pub const NEW: Self = Sent(std::marker::PhantomData);
}
