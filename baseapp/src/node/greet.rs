//! The door: who connects says hello, and is let in or told why not.

use std::{io, time::Duration};

use super::connect::{read_frame, write_frame};
use crate::{
    link::Reader,
    transport::{self, Peer, Prepared, Wire},
    wire::{
        codec,
        frame::{Kind, MAX_FRAME, MAX_HELLO},
        hello::{Build, Hello, Refusal, Welcome},
    },
};

/// A connection that has not said hello after this time is closed.
pub(crate) const HELLO_TIMEOUT: Duration = Duration::from_secs(1);

/// Connections that may be about to say hello at a time.
pub(crate) const MAX_GREETING: usize = 32;

/// How long to rest when the system has no descriptor left for a connection:
/// nothing tells when there is one again.
pub(crate) const REST: Duration = Duration::from_millis(50);

/// Hears the hello and answers it, in time. `admit` looks who it is. `None` if
/// the guest is not let in.
pub(crate) async fn greet<T>(
    wire: &dyn Wire,
    build: Build,
    lanes: bool,
    admit: impl AsyncFnOnce(&Hello, Peer) -> Result<T, Refusal>,
) -> Option<Greeted<T>> {
    let greeted = greet_without_limit(wire, build, lanes, admit);
    let greeted = tokio::time::timeout(HELLO_TIMEOUT, greeted);
    greeted.await.ok().flatten()
}

/// Somebody who was let in.
#[derive(Debug)]
pub(crate) struct Greeted<T> {
    pub(crate) guest: T,
    pub(crate) reader: Reader,
    /// What follows travels through it, if it is there.
    pub(crate) lane: Option<Prepared>,
}

async fn greet_without_limit<T>(
    wire: &dyn Wire,
    build: Build,
    lanes: bool,
    admit: impl AsyncFnOnce(&Hello, Peer) -> Result<T, Refusal>,
) -> Option<Greeted<T>> {
    let system = wire.peer().ok()?;
    if system.uid != transport::own_uid() {
        return None; // another user gets no answer
    }
    let mut reader = Reader::new(MAX_HELLO);
    let frame = read_frame(wire, &mut reader).await.ok()?;
    if frame.header.kind != Kind::Hello {
        return None;
    }
    let admitted = match Hello::read(&frame.body, build).ok()? {
        Ok(hello) => admit(&hello, system).await.map(|guest| (hello, guest)),
        Err(refusal) => Err(refusal),
    };
    match admitted {
        Ok((hello, guest)) => {
            let wanted = hello.lane && lanes;
            // What is not wanted is not kept.
            let lane = wire.take_offer().filter(|_| wanted);
            let welcome = Welcome {
                lane: lane.is_some(),
            };
            let payload = codec::encode(&welcome, MAX_HELLO).ok()?;
            write_frame(wire, Kind::Welcome, &payload).await.ok()?;
            reader.allow(MAX_FRAME);
            Some(Greeted {
                guest,
                reader,
                lane,
            })
        }
        Err(refusal) => {
            let payload = codec::encode(&refusal, MAX_HELLO).ok()?;
            write_frame(wire, Kind::Refused, &payload).await.ok()?;
            None
        }
    }
}

/// The connection comes from the process that the hub has announced.
pub(crate) fn check_process(announced: u32, system: Peer) -> Result<(), Refusal> {
    match system.pid {
        Some(pid) if pid != announced => Err(Refusal::Process),
        _ => Ok(()),
    }
}

/// Whether accepting failed for want of something of ours.
pub(crate) fn is_ours(error: &io::Error) -> bool {
    !matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
            | io::ErrorKind::NotConnected
    )
}
