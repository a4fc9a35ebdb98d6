//! What a worker's process must know to begin: sent down its stdin, never as
//! arguments or environment, which others may read.

use std::{io::Read, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    id::{Incarnation, RunId, Token, WorkerId},
    wire::control::Endpoint,
    wire::{
        codec::{self, CodecError},
        encoded::Encoded,
        frame::MAX_PAYLOAD,
        hello::{Build, Refusal, check_build},
        link_options::LinkOptions,
    },
};

/// First bytes: so that garbage on stdin is called garbage.
const MAGIC: [u8; 8] = *b"baseapp\x01";

/// See the [module](self).
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Bootstrap {
    pub(crate) build: Build,
    pub(crate) run: RunId,
    pub(crate) id: WorkerId,
    pub(crate) incarnation: Incarnation,
    pub(crate) name: String,
    /// The pool that it is of.
    pub(crate) pool: Option<u16>,
    /// The worker's type.
    pub(crate) worker: String,
    /// Its encoded init value.
    pub(crate) init: Encoded,
    /// Where the hub listens, and what to tell it.
    pub(crate) hub: Endpoint,
    pub(crate) token: Token,
    /// Where the worker is to listen.
    pub(crate) socket: PathBuf,
    /// The worker's black box.
    pub(crate) black_box: PathBuf,
    /// The process that must live for this one to live.
    pub(crate) parent: u32,
    /// What holds for its links.
    pub(crate) link_options: LinkOptions,
}

/// Why a process that was started as a worker cannot begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BootstrapError {
    #[error(
        "its standard input does not hold what a worker begins with; a worker is started by its app, not by hand"
    )]
    NotABootstrap,
    #[error("its standard input ended too early: has the app that started it died?")]
    Truncated(#[source] std::io::Error),
    #[error("what it was sent to begin with cannot be decoded")]
    Garbled(#[source] CodecError),
    #[error("it cannot work with the app that started it: {0}")]
    Refused(#[from] Refusal),
}

impl Bootstrap {
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, CodecError> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&[0; 4]);
        codec::encode_into(self, &mut bytes, MAX_PAYLOAD)?;
        let length = u32::try_from(bytes.len() - MAGIC.len() - 4).unwrap_or(u32::MAX);
        bytes[MAGIC.len()..MAGIC.len() + 4].copy_from_slice(&length.to_le_bytes());
        Ok(bytes)
    }

    /// Reads from a pipe that goes on afterwards: no byte too many.
    pub(crate) fn read(mut from: impl Read, ours: Build) -> Result<Bootstrap, BootstrapError> {
        let mut head = [0; MAGIC.len() + 4];
        from.read_exact(&mut head)
            .map_err(BootstrapError::Truncated)?;
        let (magic, length) = head.split_at(MAGIC.len());
        let length = length
            .try_into()
            .map(u32::from_le_bytes)
            .unwrap_or(u32::MAX) as usize;
        if magic != MAGIC || length > MAX_PAYLOAD {
            return Err(BootstrapError::NotABootstrap);
        }
        let mut bytes = Vec::new();
        from.take(length as u64)
            .read_to_end(&mut bytes)
            .map_err(BootstrapError::Truncated)?;
        if bytes.len() < length {
            return Err(BootstrapError::Truncated(
                std::io::ErrorKind::UnexpectedEof.into(),
            ));
        }
        let bootstrap: Bootstrap = codec::decode(&bytes).map_err(BootstrapError::Garbled)?;
        check_build(bootstrap.build, ours)?;
        Ok(bootstrap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILD: Build = Build {
        protocol: 1,
        build: 2,
        routes: 3,
    };

    fn bootstrap() -> std::io::Result<Bootstrap> {
        Ok(Bootstrap {
            build: BUILD,
            run: RunId(7),
            id: WorkerId(1),
            incarnation: Incarnation::FIRST,
            name: "printer".into(),
            pool: None,
            worker: "app::Printer".into(),
            init: Encoded([1, 2, 3].into()),
            hub: Endpoint::Memory(1),
            token: Token::random()?,
            black_box: PathBuf::from("/tmp/x/b1"),
            socket: "/run/x".into(),
            parent: 1,
            link_options: LinkOptions::PLAIN,
        })
    }

    #[test]
    fn it_is_read_to_its_last_byte_and_no_further() -> Result<(), Box<dyn std::error::Error>> {
        let mut bytes = bootstrap()?.to_bytes()?;
        bytes.extend_from_slice(b"rest");
        let mut from = &bytes[..];
        let read = Bootstrap::read(&mut from, BUILD)?;
        assert_eq!(
            (read.name.as_str(), &*read.init.0),
            ("printer", &[1, 2, 3][..])
        );
        assert_eq!(from, b"rest");
        Ok(())
    }

    #[test]
    fn garbage_early_ends_and_other_builds_are_told_apart() -> Result<(), Box<dyn std::error::Error>>
    {
        let bytes = bootstrap()?.to_bytes()?;
        let garbage = Bootstrap::read(&b"Lorem ipsum dolor"[..], BUILD);
        assert!(matches!(garbage, Err(BootstrapError::NotABootstrap)));
        for cut in [0, 5, 20, bytes.len() - 1] {
            let cut = Bootstrap::read(&bytes[..cut], BUILD);
            assert!(matches!(cut, Err(BootstrapError::Truncated(_))));
        }
        let other = Bootstrap::read(&bytes[..], Build { build: 9, ..BUILD });
        assert!(matches!(other, Err(BootstrapError::Refused(_))));
        let mut garbled = bytes.clone();
        garbled[12] = 0xff;
        assert!(Bootstrap::read(&garbled[..], BUILD).is_err());
        Ok(())
    }
}
