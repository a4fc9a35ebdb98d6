//! How an ask can end without its reply.

use std::{
    error::Error,
    fmt::{self, Debug, Display, Formatter},
    time::Duration,
};

use super::SendError;

/// How an ask can end without its reply.
#[non_exhaustive]
pub enum AskError<M> {
    /// The message never left this process: it is safe to ask again.
    NotDelivered(SendError<M>),
    /// The handler returned an error.
    Handler {
        /// The worker's name.
        to: String,
        /// The text of the error.
        text: String,
    },
    /// No reply came in time. The handler may have run, or may run still; its
    /// late reply is dropped.
    Timeout {
        /// The worker's name.
        to: String,
        /// How long was waited.
        after: Duration,
    },
    /// The worker ended, or the link to it broke, before it replied: the
    /// handler may have run.
    Interrupted {
        /// The worker's name.
        to: String,
        /// How it ended.
        how: String,
    },
    /// The worker waits, directly or through others, for the asker.
    Cycle {
        /// Who asks whom, from and to the worker that would wait for itself.
        path: Vec<String>,
    },
    /// The message or its reply could not be decoded.
    Codec {
        /// The worker's name.
        to: String,
        /// What is wrong with it.
        text: String,
    },
}

impl<M> Display for AskError<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            AskError::NotDelivered(error) => Display::fmt(error, f),
            AskError::Handler { to, text } => write!(f, "`{to}` answered with an error: {text}"),
            AskError::Timeout { to, after } => write!(f, "`{to}` did not answer within {after:?}"),
            AskError::Interrupted { to, how } => {
                write!(f, "`{to}` ended before it answered: {how}")
            }
            AskError::Cycle { path } => {
                write!(f, "this ask would wait for itself: {}", path.join(" asks "))
            }
            AskError::Codec { to, text } => {
                write!(
                    f,
                    "`{to}` and this process do not understand each other: {text}"
                )
            }
        }
    }
}

/// Does not ask the message to be `Debug`.
impl<M> Debug for AskError<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl<M> Error for AskError<M> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            AskError::NotDelivered(error) => error.source(),
            _ => None,
        }
    }
}
