//! The door: what a stranger may say, and what is said to who knocks elsewhere.

use std::{
    cell::LazyCell,
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use tokio::runtime::{Builder, Runtime};

use super::{BUILD, Input, LINK_OPTIONS, Script};
use crate::{
    id::WorkerId,
    link::{ReadError, Reader},
    node::{ConnectError, greet, say_hello},
    transport::Wire,
    wire::{
        codec,
        frame::{HEADER, Header, Kind, MAX_FRAME, MAX_HELLO},
        hello::{Hello, Refusal, Welcome},
    },
};

thread_local! {
    /// For the time limit of the door. Nothing here waits for it.
    static RUNTIME: LazyCell<Runtime> = LazyCell::new(|| {
        match Builder::new_current_thread().enable_time().build() {
            Ok(runtime) => runtime,
            Err(error) => panic!("no runtime: {error}"),
        }
    });
}

/// Whatever comes: who has not said hello as it should is not let in and hears
/// nothing; who has is let in or told why not, and what he says next is not
/// lost.
pub fn hello(data: &[u8]) {
    let mut input = Input::new(data);
    let (side, word) = (input.byte(), input.byte());
    let cuts = input.take(3);
    let bytes = input.rest();
    let wire = Script::new(bytes, cuts);
    RUNTIME.with(|runtime| {
        let _entered = runtime.enter();
        match side % 8 {
            0..5 => at_the_door(&wire, bytes, word),
            5 => {
                let wire = wire.of_another_user();
                assert!(
                    ready(greet(&wire, BUILD, LINK_OPTIONS.lanes, async |_, _| Ok(()))).is_none()
                );
                assert!(wire.written().is_empty() && wire.unread() == bytes.len());
            }
            _ => knocking(&wire, bytes),
        }
    });
}

fn at_the_door(wire: &Script<'_>, bytes: &[u8], word: u8) {
    let mut asked = None;
    let greeted = ready(greet(
        wire,
        BUILD,
        LINK_OPTIONS.lanes,
        async |hello: &Hello, _| {
            asked = Some(*hello);
            match word % 5 {
                0 | 1 => Ok(hello.from),
                2 => Err(Refusal::Token),
                3 => Err(Refusal::Process),
                _ => Err(Refusal::Busy),
            }
        },
    ));
    let said = wire.written();
    let first = first_frame(bytes, MAX_HELLO);
    let hello = first.filter(|(header, _)| header.kind == Kind::Hello);
    let read = hello.and_then(|(_, body)| Hello::read(body, BUILD).ok());
    let (Some(read), Some((header, _))) = (read, first) else {
        assert!(greeted.is_none() && said.is_empty(), "no hello, no answer");
        return;
    };
    assert_eq!(asked.is_some(), read.is_ok(), "a stranger is not looked up");
    let Some((answer, payload)) = first_frame(&said, MAX_HELLO) else {
        panic!("who says hello hears an answer");
    };
    assert_eq!(said.len(), answer.size(), "one answer");
    match greeted {
        Some(greeted) => {
            assert_eq!(answer.kind, Kind::Welcome);
            let welcome = codec::decode::<Welcome>(payload);
            assert_eq!(welcome.ok(), Some(Welcome { lane: false }), "nothing came");
            let from = read.map(|hello| (hello.from, hello.build)).ok();
            assert_eq!(from, Some((greeted.guest, BUILD)));
            goes_on(wire, greeted.reader, &bytes[header.size()..]);
        }
        None => {
            assert_eq!(answer.kind, Kind::Refused);
            assert!(codec::decode::<Refusal>(payload).is_ok());
            assert!(read.is_err() || word % 5 > 1, "it was let in");
        }
    }
}

fn knocking(wire: &Script<'_>, bytes: &[u8]) {
    let Ok(hello) = codec::decode::<Hello>(&[0; 21]) else {
        panic!("zeros are a hello");
    };
    let answered = ready(say_hello(
        wire,
        &Hello {
            build: BUILD,
            from: WorkerId(3),
            ..hello
        },
    ));
    let first = first_frame(bytes, MAX_HELLO);
    let is_welcome = |body: &[u8]| codec::decode::<Welcome>(body).is_ok();
    let understood = first.is_some_and(|(_, body)| is_welcome(body));
    let first = first.map(|(header, _)| header);
    match (answered, first) {
        (Ok(reader), Some(header)) => {
            assert!(understood);
            assert_eq!(header.kind, Kind::Welcome);
            goes_on(wire, reader, &bytes[header.size()..]);
        }
        (Err(ConnectError::Refused(_)), Some(header)) => assert_eq!(header.kind, Kind::Refused),
        (Err(_), Some(header)) => {
            assert_ne!(header.kind, Kind::Refused);
            assert!(header.kind != Kind::Welcome || !understood);
        }
        (answered, None) => assert!(answered.is_err(), "there is no answer"),
    }
}

fn first_frame(bytes: &[u8], max: usize) -> Option<(Header, &[u8])> {
    let header = Header::parse(bytes, max).ok()??;
    Some((header, bytes.get(HEADER..header.size())?))
}

/// What stands behind the first frame is read by who takes over.
fn goes_on(wire: &Script<'_>, mut reader: Reader, rest: &[u8]) {
    let mut cx = Context::from_waker(Waker::noop());
    let mut at = 0;
    loop {
        match reader.poll_frame(wire as &dyn Wire, &mut cx) {
            Poll::Pending => {}
            Poll::Ready(Ok(frame)) => {
                let end = at + frame.header.size();
                assert_eq!(frame.body, rest[at + HEADER..end]);
                at = end;
            }
            Poll::Ready(Err(ReadError::End)) => return assert_eq!(at, rest.len()),
            Poll::Ready(Err(_)) => {
                return assert!(first_frame(&rest[at..], MAX_FRAME).is_none());
            }
        }
    }
}

/// What a future that waits for the script alone comes to.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return value;
        }
    }
}
