//! The first frames of a connection: who I am, and whether we speak the same.

use serde::{Deserialize, Serialize};

use super::codec::{self, CodecError};
use crate::id::{Token, WorkerId};

/// Version of everything that travels. Raised by any change of a frame.
pub(crate) const PROTOCOL: u16 = 4;

/// What both ends must share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Build {
    /// [`PROTOCOL`].
    pub(crate) protocol: u16,
    /// Hash of what was compiled: handlers, their places in the source, sizes.
    pub(crate) build: u64,
    /// Hash of the routing table: routes may travel as indices.
    pub(crate) routes: u64,
}

/// First frame of who connects.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Hello {
    pub(crate) build: Build,
    /// Proves who connects; given by the hub, used once.
    pub(crate) token: Token,
    /// Who connects. Believed only if the token is theirs.
    pub(crate) from: WorkerId,
    /// Shared memory comes along, for all that follows.
    pub(crate) lane: bool,
}

/// First frame of who was connected to, if the other one is let in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Welcome {
    /// The shared memory is taken: what follows travels through it.
    pub(crate) lane: bool,
}

impl Hello {
    /// Reads a hello as far as it can be understood: of another build, only that it is
    /// one.
    pub(crate) fn read(bytes: &[u8], ours: Build) -> Result<Result<Hello, Refusal>, CodecError> {
        let fits = |theirs: &Build| check_build(ours, *theirs).is_ok();
        let (build, rest) = codec::decode_pair::<Build, (Token, WorkerId, bool)>(bytes, fits)?;
        let hello = rest.map(|(token, from, lane)| Hello {
            build,
            token,
            from,
            lane,
        });
        Ok(match (hello, check_build(ours, build)) {
            (Some(hello), Ok(())) => Ok(hello),
            (_, Err(refusal)) => Err(refusal),
            (None, Ok(())) => Err(Refusal::Build), // it fits, and was read
        })
    }
}

/// Why a hello was refused. The text that users see in errors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Refusal {
    /// The other end speaks another version of the protocol.
    #[error("protocol version {theirs} where {ours} is spoken")]
    Protocol {
        /// The version of the end that refuses.
        ours: u16,
        /// The version of the end that connected.
        theirs: u16,
    },
    /// The other end is another build of the program.
    #[error("another build of the program: was the binary replaced while it ran?")]
    Build,
    /// The token is unknown, or was used before.
    #[error("an unknown token")]
    Token,
    /// The connecting process is not the one the token was made for.
    #[error("a process that was not started by this app")]
    Process,
    /// Too many connections have not said who they are.
    #[error("too many connections that have not said hello")]
    Busy,
}

/// Compares what both ends were built from.
pub(crate) fn check_build(ours: Build, theirs: Build) -> Result<(), Refusal> {
    if ours.protocol != theirs.protocol {
        Err(Refusal::Protocol {
            ours: ours.protocol,
            theirs: theirs.protocol,
        })
    } else if ours != theirs {
        Err(Refusal::Build)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_names_the_first_difference() {
        let ours = Build {
            protocol: 1,
            build: 2,
            routes: 3,
        };
        assert_eq!(check_build(ours, ours), Ok(()));
        let theirs = Build {
            protocol: 9,
            ..ours
        };
        assert_eq!(
            check_build(ours, theirs),
            Err(Refusal::Protocol { ours: 1, theirs: 9 })
        );
        assert_eq!(
            check_build(ours, Build { build: 9, ..ours }),
            Err(Refusal::Build)
        );
        assert_eq!(
            check_build(ours, Build { routes: 9, ..ours }),
            Err(Refusal::Build)
        );
    }
}
