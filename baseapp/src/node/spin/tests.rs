//! Looking at wires of which it is known when something comes.

use std::{
    io,
    sync::atomic::{AtomicU32, Ordering},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::BytesMut;

use super::{super::fixture, *};
use crate::{
    id::{Incarnation, WorkerId},
    link::{Link, Reader},
    transport::{Peer, Wire},
    wire::{
        frame::{Header, Kind, MAX_FRAME, write_bytes},
        link_options::LinkOptions,
    },
};

/// A message is there when it is read for the third time.
#[derive(Debug)]
struct Third {
    looks: Looks,
    reads: AtomicU32,
}

impl Wire for Third {
    fn poll_read(&self, _: &mut Context<'_>, _: &mut BytesMut) -> Poll<io::Result<usize>> {
        Poll::Pending
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn poll_write(&self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.try_write(bytes))
    }

    fn peer(&self) -> io::Result<Peer> {
        Ok(Peer::default())
    }

    fn close(&self) {}

    fn looks(&self) -> Looks {
        self.looks
    }

    fn may_have_more(&self) -> bool {
        true
    }

    fn try_read(&self, into: &mut BytesMut) -> io::Result<usize> {
        if self.reads.fetch_add(1, Ordering::Relaxed) != 2 {
            return Ok(0);
        }
        let mut frame = Vec::new();
        write_bytes(&mut frame, Header::new(Kind::Message, 0, 0), b"!");
        into.extend_from_slice(&frame);
        Ok(frame.len())
    }
}

/// Whether a node that has slept for short times finds the message, and how often it
/// has read for that.
fn found(looks: Looks, mut looking: Looking) -> io::Result<(bool, u32)> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let link_options = LinkOptions {
        lanes: true,
        spin: Duration::from_secs(60),
    };
    let _entered = runtime.enter();
    let node = fixture::node_without_routes(runtime.handle(), link_options);
    node.begin_turn(&mut looking);
    let link = Arc::new(Link::new(fixture::peer(WorkerId(3), Incarnation::FIRST)));
    let reads = AtomicU32::new(0);
    let wire = Arc::new(Third { looks, reads });
    let served = node.begin_to_serve(&link, Arc::clone(&wire) as _, Reader::new(MAX_FRAME));
    node.look_at(&served);
    assert!(!node.look_around(&mut looking), "that never paid so far");
    for _ in 0..100 {
        looking.slept = Some(Instant::now());
        node.begin_turn(&mut looking);
    }
    let found = node.look_around(&mut looking);
    assert_eq!(found, !node.mailbox.is_empty());
    node.look_no_more(&mut looking);
    Ok((found, wire.reads.load(Ordering::Relaxed)))
}

#[test]
fn what_can_be_looked_at_is_found_without_being_woken() -> io::Result<()> {
    if *MAY {
        let driver = Looking::of_driver;
        assert_eq!(found(Looks::InMemory, Looking::default())?, (true, 3));
        assert_eq!(found(Looks::InMemory, driver())?, (true, 3));
        assert_eq!(found(Looks::AtSystem, driver())?, (true, 3));
        assert_eq!(found(Looks::Not, driver())?, (false, 0));
        let another = "another thread would be woken for it all the same";
        assert_eq!(
            found(Looks::AtSystem, Looking::default())?,
            (false, 0),
            "{another}"
        );
    }
    Ok(())
}
