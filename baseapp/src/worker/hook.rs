//! What a worker does besides handling messages: start and stop, timers,
//! background work, a loop of its own, and messages that came back.

use std::{any::Any, time::Duration};

use super::{Called, Context, Inbox};
use crate::{error::BoxError, message::Message, wire::body::Body};

/// When an [`#[action]`](macro@crate::action) wants to run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Again {
    /// As soon as the messages that have arrived are handled.
    Now,
    /// After this time.
    After(Duration),
    /// After the next message was handled.
    AfterMessage,
    /// Never: the work is done.
    Never,
}

type Call<W, R> = for<'a> fn(&'a mut W, &'a Context<W>) -> Called<'a, R>;
pub(super) type RunCall<W> =
    for<'a> fn(&'a mut W, &'a mut Inbox<W>, &'a Context<W>) -> Called<'a, ()>;
type Returned<W> =
    Box<dyn for<'a> Fn(&'a mut W, Body<'_>, &'a Context<W>) -> Called<'a, ()> + Send + Sync>;

/// Decodes a message that came back, and calls the method for it.
#[doc(hidden)]
#[allow(
    missing_debug_implementations,
    reason = "holds a function; never seen by users"
)]
pub struct TakeBack<W>(pub(super) Returned<W>);

/// A method of a worker that is not a handler.
#[doc(hidden)]
#[allow(
    missing_debug_implementations,
    reason = "holds functions; never seen by users"
)]
pub enum Hook<W> {
    Start(Call<W, ()>),
    Stop(Call<W, ()>),
    Every(Duration, Call<W, ()>),
    After(Duration, Call<W, ()>),
    Action(Call<W, Again>),
    Run(RunCall<W>),
    Undelivered(fn() -> &'static str, TakeBack<W>),
}

/// A [`Hook`] whose worker type is not known: what the registry keeps.
#[doc(hidden)]
#[derive(Debug)]
pub struct ErasedHook {
    hook: Box<dyn Any + Send>,
    /// A `#[run]` method, of which a worker may have one.
    pub(crate) is_run: bool,
}

impl ErasedHook {
    /// The hook, if it is one of `W`.
    pub(crate) fn of<W: 'static>(self) -> Option<Hook<W>> {
        self.hook.downcast().ok().map(|hook| *hook)
    }
}

impl<W: 'static> Hook<W> {
    /// `#[start]`
    pub fn start(call: Call<W, ()>) -> Self {
        Hook::Start(call)
    }

    /// `#[stop]`
    pub fn stop(call: Call<W, ()>) -> Self {
        Hook::Stop(call)
    }

    /// `#[every("..")]`
    pub fn every(nanos: u64, call: Call<W, ()>) -> Self {
        Hook::Every(Duration::from_nanos(nanos), call)
    }

    /// `#[after("..")]`
    pub fn after(nanos: u64, call: Call<W, ()>) -> Self {
        Hook::After(Duration::from_nanos(nanos), call)
    }

    /// `#[action]`
    pub fn action(call: Call<W, Again>) -> Self {
        Hook::Action(call)
    }

    /// `#[run]`
    pub fn run(call: RunCall<W>) -> Self {
        Hook::Run(call)
    }

    /// `#[undelivered(M)]`
    pub fn undelivered<M: Message>(
        call: for<'a> fn(&'a mut W, M, &'a Context<W>) -> Called<'a, ()>,
    ) -> Self {
        Hook::Undelivered(
            std::any::type_name::<M>,
            TakeBack(Box::new(move |worker, payload, cx| {
                match payload.decode::<M>() {
                    Ok(message) => call(worker, message, cx),
                    Err(error) => Called::Done(Err(BoxError::from(error))),
                }
            })),
        )
    }

    /// Forgets the worker type.
    pub fn erase(self) -> ErasedHook {
        let is_run = matches!(self, Hook::Run(_));
        ErasedHook {
            hook: Box::new(self),
            is_run,
        }
    }
}
