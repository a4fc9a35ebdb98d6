//! Which worker handles which message: [`Handler`], and what a method returns.

use std::{future::Future, pin::Pin, time::Duration};

use super::{Context, Worker};
use crate::{error::BoxError, message::Message, routes::RouteCell};

/// The worker handles messages of type `M`.
///
/// Do not implement this by hand: mark a method with
/// [`#[handler(M)]`](macro@crate::handler) in a `#[worker] impl` block.
#[diagnostic::on_unimplemented(
    message = "the worker `{Self}` has no handler for `{M}`",
    label = "`{Self}` does not handle `{M}`",
    note = "add a method marked `#[handler({M})]` to a `#[worker] impl {Self}` block, or send to another worker"
)]
pub trait Handler<M: Message>: Worker {
    /// How long the method may take; as the worker's `hang` says if there is none.
    #[doc(hidden)]
    const TIMEOUT: Option<Duration> = None;

    /// Whether the method may return something that is still to be awaited.
    #[doc(hidden)]
    const AWAITS: bool = true;

    /// Where this pair of worker and message stands in the routing table.
    #[doc(hidden)]
    fn route() -> &'static RouteCell;

    /// Calls the method.
    #[doc(hidden)]
    fn call<'a>(&'a mut self, message: M, cx: &'a Context<Self>) -> Called<'a, M::Reply>;
}

/// A method of a worker that has been called: done, or still to be awaited.
#[doc(hidden)]
#[allow(
    missing_debug_implementations,
    reason = "holds a future; never seen by users"
)]
pub enum Called<'a, R> {
    Done(Result<R, BoxError>),
    Later(Pin<Box<dyn Future<Output = Result<R, BoxError>> + 'a>>),
}

impl<'a, R> Called<'a, R> {
    /// What a sync method returned.
    pub fn sync(returned: impl IntoReply<R>) -> Self {
        Called::Done(returned.into_reply())
    }

    /// What an async method returned.
    pub fn future<F>(future: F) -> Self
    where
        F: Future + 'a,
        F::Output: IntoReply<R>,
    {
        Called::Later(Box::pin(async move { future.await.into_reply() }))
    }

    /// The value itself.
    pub fn value(value: R) -> Self {
        Called::Done(Ok(value))
    }

    pub(crate) async fn finish(self) -> Result<R, BoxError> {
        match self {
            Called::Done(result) => result,
            Called::Later(future) => future.await,
        }
    }
}

/// What a method of a worker may return where `R` is wanted: `R`, or
/// `Result<R, E>` with any error that can be told as text.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "this method returns `{Self}`, but `{R}` is wanted here",
    label = "returns `{Self}`",
    note = "return `{R}`, or a `Result<{R}, E>` whose error is a `std::error::Error` or a string; for a handler the reply type is declared by `#[message(reply = Type)]`"
)]
pub trait IntoReply<R> {
    fn into_reply(self) -> Result<R, BoxError>;
}

#[diagnostic::do_not_recommend]
impl<R> IntoReply<R> for R {
    fn into_reply(self) -> Result<R, BoxError> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<R, E: Into<BoxError>> IntoReply<R> for Result<R, E> {
    fn into_reply(self) -> Result<R, BoxError> {
        self.map_err(Into::into)
    }
}

/// Keeps the compiler from taking what a method returns for what is wanted,
/// because there seems to be no choice: it would then report mismatched types
/// deep inside of generated code instead of the text above.
#[doc(hidden)]
#[allow(missing_debug_implementations, reason = "has no values")]
pub struct Undecided<T>(std::marker::PhantomData<T>, std::convert::Infallible);

#[diagnostic::do_not_recommend]
impl<T> IntoReply<Undecided<T>> for T {
    fn into_reply(self) -> Result<Undecided<T>, BoxError> {
        Err(BoxError::from("never wanted"))
    }
}

/// The parameter of a method has the type that its attribute declares.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the method takes `{Self}`, but its attribute declares `{Declared}`",
    label = "should be `{Declared}`",
    note = "the type of the parameter and the type in the attribute must be the same"
)]
pub trait Takes<Declared>: Sized {
    /// The same value.
    fn take(declared: Declared) -> Self;
}

impl<T> Takes<T> for T {
    fn take(declared: T) -> T {
        declared
    }
}

/// Gives a `#[local]` field its first value; the name is what the compiler
/// quotes when there is no `Default`.
#[doc(hidden)]
pub fn a_local_field_starts_from_default<T: Default>() -> T {
    T::default()
}

/// A reply that nobody waits for.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a message with the reply `{Self}` cannot be subscribed to",
    label = "this message has a reply",
    note = "`publish` goes to many workers and waits for none of them; remove `subscribe`, or declare the message without `reply = {Self}`"
)]
pub trait OneWay {}
impl OneWay for () {}

/// A published message has no reply. Checked by generated code.
#[doc(hidden)]
pub const fn subscribes<M: Message>()
where
    M::Reply: OneWay,
{
}
