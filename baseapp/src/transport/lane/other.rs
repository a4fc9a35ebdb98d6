//! Where no lanes are made: connections stay on their sockets.

/// Memory for a lane: there is none.
#[derive(Debug)]
pub(crate) enum Offer {}

impl Offer {
    pub(crate) fn into_mapped(self) -> Mapped {
        match self {}
    }
}

/// The memory of a lane, mapped: there is none.
#[derive(Debug)]
pub(crate) enum Mapped {}
