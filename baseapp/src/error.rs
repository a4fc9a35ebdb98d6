//! [`Error`]: any error, for programs that only pass it on.

use std::{
    error::Error as StdError,
    fmt::{self, Debug, Display, Formatter},
};

/// Any error that may cross a thread.
pub(crate) type BoxError = Box<dyn StdError + Send + Sync + 'static>;

/// The result of a `main`, an `#[init]` or any method that passes errors on.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Any error.
///
/// Every error type converts into it by `?`. It prints as its message followed
/// by its causes, also by `{:?}`, because that is what a `main` that returns it
/// shows to the user. To look inside, use [`downcast_ref`](Error::downcast_ref).
pub struct Error(BoxError);

impl Error {
    /// An error that says `message`.
    pub fn msg(message: impl Into<String>) -> Self {
        Error(BoxError::from(message.into()))
    }

    /// The error itself, if it is an `E`.
    #[must_use]
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref()
    }

    /// The error as a trait object.
    #[must_use]
    pub fn as_dyn(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &*self.0
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        Error(Box::new(error))
    }
}

impl From<Error> for Box<dyn StdError + Send + Sync + 'static> {
    fn from(error: Error) -> Self {
        error.0
    }
}

impl From<Error> for Box<dyn StdError + 'static> {
    fn from(error: Error) -> Self {
        error.0
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

impl Debug for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&with_causes(&*self.0))
    }
}

/// The text of an error and of its causes, each said once.
pub(crate) fn with_causes(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_tells_the_causes_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot start")]
        struct Outer(#[source] std::io::Error);

        let error = Error::from(Outer(std::io::Error::other("disk full")));
        assert_eq!(format!("{error:?}"), "cannot start: disk full");
        assert_eq!(error.to_string(), "cannot start");
        assert!(error.downcast_ref::<Outer>().is_some());
    }
}
