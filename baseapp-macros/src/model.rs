//! What is known about an item once it has been checked. Code is generated
//! from these types alone.

use proc_macro2::Span;
use syn::{Attribute, Ident, ItemFn, Member, Type};

use crate::paths::Ends;

/// A type that is declared with `#[message]`.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) ident: Ident,
    /// `()` if there is none.
    pub(crate) reply: Option<Type>,
    /// Handling it twice does no more than handling it once.
    pub(crate) idempotent: bool,
    pub(crate) task: Task,
}

/// What is said of the tasks that are made from a message. The library knows
/// the rest.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) attempts: Option<u32>,
    /// Nanoseconds.
    pub(crate) timeout: Option<u64>,
    pub(crate) backoff: Option<Backoff>,
    pub(crate) priority: Option<u8>,
    pub(crate) unique: Option<Unique>,
}

/// Nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    pub(crate) first: u64,
    pub(crate) longest: u64,
}

/// What two tasks have in common that are the same.
#[derive(Debug)]
pub(crate) enum Unique {
    /// The whole message.
    Whole,
    /// Fields of it, at least one.
    Fields(Vec<Member>),
}

/// A struct that is declared with `#[worker]`.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) ident: Ident,
    /// The struct itself if there is none.
    pub(crate) init: Option<Type>,
    /// How long what it has done may not be kept, in nanoseconds.
    pub(crate) checkpoint: Option<u64>,
    pub(crate) supervision: Supervision,
}

/// What is said of how a worker is looked after. The library knows the rest.
#[derive(Debug)]
pub(crate) struct Supervision {
    pub(crate) restart: Option<Restart>,
    pub(crate) intensity: Option<Intensity>,
    pub(crate) backoff: Option<Backoff>,
    /// Nanoseconds.
    pub(crate) hang: Option<u64>,
    /// Nanoseconds.
    pub(crate) grace: Option<u64>,
    /// Nanoseconds.
    pub(crate) spin: Option<u64>,
}

/// When a worker is started again.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Restart {
    Permanent,
    Transient,
    Temporary,
}

impl Restart {
    pub(crate) const ALL: [Restart; 3] =
        [Restart::Permanent, Restart::Transient, Restart::Temporary];

    /// As users write it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Restart::Permanent => "permanent",
            Restart::Transient => "transient",
            Restart::Temporary => "temporary",
        }
    }
}

/// How many deaths are made good, within how many nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Intensity {
    pub(crate) deaths: u32,
    pub(crate) within: u64,
}

/// An impl block that is marked with `#[worker]`.
#[derive(Debug)]
pub(crate) struct Methods {
    pub(crate) worker: Type,
    pub(crate) methods: Vec<Method>,
}

/// A method that the library calls.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) ident: Ident,
    /// The `#[cfg(..)]` of the method, which generated code repeats.
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) role: Role,
    /// Nothing if the signature is wrong. That has been reported; a stub is
    /// generated, so that callers see no further errors.
    pub(crate) call: Option<Call>,
}

/// When a method is called.
#[derive(Debug)]
pub(crate) enum Role {
    Handler(Handler),
    Init,
    Hook(Hook),
}

impl Role {
    /// The message that the method is called with.
    pub(crate) fn message(&self) -> Option<&Type> {
        match self {
            Role::Handler(handler) => Some(&handler.message),
            Role::Hook(Hook::Undelivered(message)) => Some(message),
            Role::Init | Role::Hook(_) => None,
        }
    }
}

/// `#[handler(Msg)]`
#[derive(Debug)]
pub(crate) struct Handler {
    pub(crate) message: Box<Type>,
    /// Where the word `subscribe` stands.
    pub(crate) subscribe: Option<Span>,
    /// Nanoseconds.
    pub(crate) timeout: Option<u64>,
}

/// What a worker does besides handling messages.
#[derive(Debug)]
pub(crate) enum Hook {
    Start,
    Stop,
    /// Nanoseconds.
    Every(u64),
    /// Nanoseconds.
    After(u64),
    Action,
    Run,
    Undelivered(Box<Type>),
}

/// How a method is called.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) is_async: bool,
    /// The type of the parameter for the message or the init value, if there
    /// is such a parameter.
    pub(crate) payload: Option<Type>,
    /// The type of the parameter for the context, if there is one.
    pub(crate) context: Option<Ends>,
    /// The return type, or the method's name if it returns nothing.
    pub(crate) returns: Ends,
}

/// A function that is marked with `#[baseapp::main]` or `#[baseapp::test]`.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) kind: EntryKind,
    pub(crate) function: ItemFn,
    /// The signature is right; if not, that has been reported and the function
    /// is kept, but never called.
    pub(crate) callable: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    Main,
    Test,
}

impl EntryKind {
    /// The attribute, with the path that it is written with.
    pub(crate) fn path(self) -> &'static str {
        match self {
            EntryKind::Main => "baseapp::main",
            EntryKind::Test => "baseapp::test",
        }
    }
}
