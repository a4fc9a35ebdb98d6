//! Where no lanes are made: connections stay on their sockets.

/// A lane as who connects has made it: there is none.
#[derive(Debug)]
pub(crate) enum Offer {}

impl Offer {
    pub(crate) fn into_prepared(self) -> Prepared {
        match self {}
    }
}

/// What one end of a lane needs to begin: there is none.
#[derive(Debug)]
pub(crate) enum Prepared {}
