//! A control link: what a guardian that an attacker controls may say, and when.

use std::{
    pin::pin,
    task::{Context, Waker},
};

use tokio::sync::mpsc;

use super::{Input, Script};
use crate::{
    hub::Rehearsal,
    id::{Incarnation, WorkerId},
    link::Reader,
    process::serve_control,
    transport::Wire,
    wire::{
        codec,
        control::{Endpoint, ToHub, ToWorker},
        frame::{HEADER, Header, Kind, MAX_FRAME},
    },
};

/// Who is not believed, and who does as it should.
const HOSTILE: WorkerId = WorkerId(2);
const HONEST: WorkerId = WorkerId(3);

/// What may happen between two messages: so many bytes say what does, in turns.
const EVENTS: usize = 8;

/// Whatever comes over a control link: it is served to its end, and the hub
/// goes its way with the others, remembers no more than it should, and stops.
pub fn control(data: &[u8]) {
    let mut input = Input::new(data);
    let events = input.take(EVENTS);
    let cuts = input.take(2);
    let bytes = input.rest();
    let messages: Vec<ToHub> = served(bytes, cuts);
    // The other direction: other types, the same bytes.
    let _: Vec<ToWorker> = served(bytes, cuts);
    attack(messages, events);
}

/// What comes out of a control link.
fn served<In: serde::de::DeserializeOwned>(bytes: &[u8], cuts: &[u8]) -> Vec<In> {
    let wire = Script::new(bytes, cuts);
    let mut reader = Reader::new(MAX_FRAME);
    let (outgoing, to_send) = mpsc::unbounded_channel();
    let _ = outgoing.send(Some(ToWorker::Probe { round: 7 }.into()));
    let mut came = Vec::new();
    {
        let incoming = |message| came.push(message);
        let mut serving = pin!(serve_control(
            &wire as &dyn Wire,
            &mut reader,
            to_send,
            incoming
        ));
        let mut cx = Context::from_waker(Waker::noop());
        while serving.as_mut().poll(&mut cx).is_pending() {}
    }
    drop(outgoing);
    let written = wire.written();
    assert!(matches!(
        Header::parse(&written, MAX_FRAME),
        Ok(Some(header)) if header.size() == written.len() && header.kind == Kind::Control
    ));
    assert_eq!(
        came.len(),
        well_formed::<In>(bytes),
        "all that is well-formed is heard"
    );
    came
}

/// How many messages come before the first that is none.
fn well_formed<In: serde::de::DeserializeOwned>(bytes: &[u8]) -> usize {
    let (mut count, mut at) = (0, 0);
    while let Ok(Some(header)) = Header::parse(&bytes[at..], MAX_FRAME)
        && let Some(body) = bytes.get(at + HEADER..at + header.size())
        && header.kind == Kind::Control
        && codec::decode::<In>(body).is_ok()
    {
        count += 1;
        at += header.size();
    }
    count
}

fn attack(messages: Vec<ToHub>, events: &[u8]) {
    let mut hub = Rehearsal::new(2);
    let mut said = 0;
    for (index, message) in messages.into_iter().enumerate() {
        if let Some(event) = events.get(index % EVENTS) {
            happen(&mut hub, *event);
        }
        let questions = usize::from(matches!(message, ToHub::Connect { .. }));
        hub.tell(HOSTILE, message);
        said += 1;
        assert!(
            hub.remembered() <= 16,
            "{} things after {said} messages",
            hub.remembered()
        );
        // The honest one hears of it once per phase, and of those who ask for it.
        let told = hub.told(HONEST);
        assert!(told <= 4 + questions, "one message, told {told} times");
    }
    // Without it the others go on, or they do not begin.
    hub.disconnect(HOSTILE);
    hub.exit(HOSTILE);
    hub.tell(HONEST, ToHub::Ready(Endpoint::Memory(1)));
    hub.tell(HONEST, ToHub::Started);
    assert!(!hub.is_starting(), "it waits for a worker that has ended");
    // Everybody ends, and so does the app.
    hub.stop();
    hub.disconnect(HONEST);
    hub.exit(HONEST);
    hub.stop();
    for _ in 0..8 {
        hub.deadline();
    }
    assert!(hub.is_over(), "the hub waits for somebody who has ended");
    assert!(hub.answered(), "who started the app never hears of it");
}

fn happen(hub: &mut Rehearsal, event: u8) {
    let endpoint = Endpoint::Memory(1);
    let (sent, handled) = (3, 3);
    match event % 16 {
        1 => hub.stop(),
        2 => hub.deadline(),
        3 => hub.exit(HOSTILE),
        4 => hub.disconnect(HOSTILE),
        5 => hub.exit(HONEST),
        6 => hub.disconnect(HONEST),
        7 => hub.tell(HONEST, ToHub::Ready(endpoint)),
        8 => hub.tell(HONEST, ToHub::Started),
        9 => hub.tell(
            HONEST,
            ToHub::Idle {
                round: 1,
                sent,
                handled,
            },
        ),
        10 => hub.tell(
            HONEST,
            ToHub::Idle {
                round: 2,
                sent,
                handled,
            },
        ),
        11 => hub.tell(
            HONEST,
            ToHub::Stopped {
                failed: None,
                lost: 0,
                open: Vec::new(),
            },
        ),
        12 => hub.tell(
            HONEST,
            ToHub::Connect {
                request: 1,
                to: HOSTILE,
                incarnation: Incarnation::FIRST,
            },
        ),
        13 => hub.tell(HOSTILE, ToHub::Ready(endpoint)),
        14 => hub.tell(HOSTILE, ToHub::Started),
        _ => {}
    }
}
