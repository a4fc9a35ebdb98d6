//! What owns a process: [`Worker`], and how its state reaches that process.

use std::time::Duration;

use super::{Called, Context};
use crate::{message::Data, supervision::Supervision};

/// State plus handlers, one message at a time, in a process of its own.
///
/// Do not implement this by hand: put [`#[worker]`](macro@crate::worker) on the
/// struct and on its impl blocks.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a worker",
    label = "not a worker",
    note = "put `#[worker]` on the declaration of the struct `{Self}`, not only on its impl block"
)]
pub trait Worker: Sized + 'static {
    /// What is sent to the process to make the worker there: the struct
    /// itself, or `T` for `#[worker(init = T)]`.
    type Init: Data + 'static;

    /// How it is looked after, as far as its declaration says.
    #[doc(hidden)]
    const SUPERVISION: Supervision = Supervision::new();

    /// How long what it has done may not be kept; as long as it likes if there is none.
    #[doc(hidden)]
    const CHECKPOINT: Option<Duration> = None;

    /// Makes the worker, in its process.
    #[doc(hidden)]
    fn build<'a>(init: Self::Init, cx: &'a Context<Self>) -> Called<'a, Self>;

    /// What its next life could start from, if that is the struct itself.
    #[doc(hidden)]
    fn as_init(&self) -> Option<&Self::Init> {
        None
    }
}

/// A value from which a worker `W` can be made: what `App::worker` takes.
///
/// Implemented by [`#[worker]`](macro@crate::worker): for the struct itself, or
/// for `T` when the worker is declared with `#[worker(init = T)]`.
#[diagnostic::on_unimplemented(
    message = "no worker starts from `{Self}`",
    label = "not the state of a worker",
    note = "a worker starts from its own struct, marked `#[worker]`, or from `T` if it is marked `#[worker(init = T)]`"
)]
pub trait Init<W: Worker>: Into<<W as Worker>::Init> {}

/// Implemented by the `#[init]` method of a worker.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the worker `{Self}` has no `#[init]` method",
    label = "declared with `init = ..`, but nothing makes it",
    note = "add to a `#[worker] impl {Self}` block: `#[init] fn init(config: Config) -> baseapp::Result<Self>`"
)]
pub trait Build: Worker {
    fn build<'a>(init: Self::Init, cx: &'a Context<Self>) -> Called<'a, Self>;
}

/// Implemented for a struct that is declared with `#[worker(init = T)]`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`#[init]` on `{Self}`, which starts from its own state",
    label = "this worker is declared without `init = ..`",
    note = "declare the struct with `#[worker(init = Config)]`, or remove the `#[init]` method"
)]
pub trait DeclaresInit: Worker {
    /// `T`, which is [`Worker::Init`].
    type Value;
}
