//! What a handler may say of its task instead of a reply: that it is not to be
//! tried again, or not now. Anything else that it returns as an error is tried
//! again.

use std::{
    error::Error as StdError,
    fmt::{self, Display, Formatter},
    time::Duration,
};

use crate::{
    error::{BoxError, with_causes},
    task::Outcome,
};

#[derive(Debug)]
pub(super) enum Verdict {
    Reject(BoxError),
    Snooze(Duration),
}

impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Reject(why) => Display::fmt(why, f),
            Verdict::Snooze(span) => write!(f, "not now, but in {span:?}"),
        }
    }
}

impl StdError for Verdict {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Verdict::Reject(why) => why.source(),
            Verdict::Snooze(_) => None,
        }
    }
}

/// What becomes of a task whose handler returned this error.
pub(super) fn outcome(error: &BoxError) -> Outcome {
    match error.downcast_ref::<Verdict>() {
        Some(Verdict::Reject(_)) => Outcome::Rejected(with_causes(&**error)),
        Some(Verdict::Snooze(span)) => Outcome::Snoozed(*span),
        None => Outcome::Failed(with_causes(&**error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn an_error_is_tried_again_unless_it_says_otherwise() {
        let outcome = |error: Error| outcome(&BoxError::from(error));
        assert_eq!(
            outcome(Error::msg("busy")),
            Outcome::Failed("busy".to_owned())
        );
        let reject = Verdict::Reject("no image".into());
        assert_eq!(
            outcome(Error::from(reject)),
            Outcome::Rejected("no image".to_owned())
        );
        let snooze = Verdict::Snooze(Duration::from_secs(3));
        assert_eq!(
            outcome(Error::from(snooze)),
            Outcome::Snoozed(Duration::from_secs(3))
        );
    }
}
