//! A link: what both ends may do in any order, and what a hostile one may say.

mod end;
mod ledger;
mod pipe;

use std::time::{Duration, Instant};

use self::end::{End, Place};
use super::Input;
use crate::{
    id::{Incarnation, WorkerId},
    wire::{
        control::Handled,
        frame::{HEADER, Header, Kind, write_bytes},
    },
};

/// Lives of a receiver in one run.
const LIVES: u32 = 4;

/// Whatever both ends do and whenever the link ends: credit is what the window
/// and the acknowledgements leave, every ask has one outcome, and what is kept
/// is what was not handled.
pub fn link(data: &[u8]) {
    let mut input = Input::new(data);
    let place = match input.byte() % 4 {
        0 => Place::Queue,
        _ => Place::Workers,
    };
    let mut pair = Pair::new(place);
    let start = Instant::now();
    while !input.is_empty() && pair.life < LIVES {
        pair.step(&mut input, start);
    }
    pair.end(0, None, false);
    pair.end(1, None, false);
    for end in &mut pair.ends {
        end.settle_accounts();
    }
}

struct Pair {
    place: Place,
    ends: [End; 2],
    life: u32,
}

impl Pair {
    fn new(place: Place) -> Pair {
        let ends = end::pair(place, Incarnation::FIRST);
        Pair {
            place,
            ends,
            life: 0,
        }
    }

    fn step(&mut self, input: &mut Input<'_>, start: Instant) {
        let operation = input.byte();
        let which = usize::from(operation >> 7);
        let end = &mut self.ends[which];
        match operation & 0x7f {
            0..16 => end.send(size(input)),
            16..32 => {
                let seconds = u64::from(input.byte());
                end.ask(start + Duration::from_secs(seconds), size(input));
            }
            // Many at once, so that the window is soon full.
            32..36 => (0..=input.byte()).for_each(|_| end.send(0)),
            36..52 => end.flush(input.byte()),
            52..68 => {
                if !end.read() {
                    self.end(which, None, false);
                }
                self.ends[which].compare(&self.ends[1 - which]);
            }
            68..84 => end.handle(input.byte()),
            84..88 => end.acknowledge_all(),
            88..96 => end.look_at(usize::from(input.byte())),
            96..100 => end.forget(usize::from(input.byte())),
            100..102 => end.expire(start + Duration::from_secs(input.byte().into())),
            102..104 => end.say_goodbye(),
            104 => end.assume_handled(),
            105 => end.close(),
            106..120 => {
                let bytes = hostile(input, end);
                end.inject(&bytes);
            }
            operation => self.die(which, operation, input),
        }
    }

    /// The other end's life is over; another may follow.
    fn die(&mut self, which: usize, operation: u8, input: &mut Input<'_>) {
        let other = 1 - which;
        let told = match operation % 3 {
            // No more than what it says to have done is asked of who tells.
            0 => Some(Handled {
                started: input.u16().into(),
                finished: input.u16().into(),
            }),
            1 => Some(self.ends[other].has_handled()),
            _ => None,
        };
        let returns = operation.is_multiple_of(2);
        self.end(which, told, returns);
        self.end(other, None, false);
        if !returns {
            return;
        }
        self.life += 1;
        let life = Incarnation(self.life + 1);
        let fresh = end::pair(self.place, life);
        let before = std::mem::replace(&mut self.ends, fresh);
        for (index, mut before) in before.into_iter().enumerate() {
            if index == which {
                self.ends[which].take_over(before);
            } else {
                before.settle_accounts();
            }
        }
    }

    fn end(&mut self, which: usize, told: Option<Handled>, returns: bool) {
        self.ends[which].end(told, returns);
    }
}

/// Most messages are short; a few fill the window, of which some only in number.
fn size(input: &mut Input<'_>) -> usize {
    match input.byte() {
        0xfd => 0x12_0000,
        0xff => 0x4_0000,
        0xfe => 0x8000,
        size => usize::from(size % 32),
    }
}

/// What no honest end writes.
fn hostile(input: &mut Input<'_>, end: &End) -> Vec<u8> {
    let mut out = Vec::new();
    let correlation = match input.byte() {
        near @ 0..0xc0 => u64::from(near % 16),
        0xc0..0xe0 => end.some_ask(),
        0xe0..0xf0 => u64::MAX,
        _ => input.u64(),
    };
    let mut put =
        |kind, body: &[u8]| write_bytes(&mut out, Header::new(kind, 0, correlation), body);
    match input.byte() % 24 {
        0..4 => {
            let bytes = input.one_of(&[0, 24, u64::from(u16::MAX), u64::MAX]);
            put(Kind::Ack, &bytes.to_le_bytes());
        }
        4..6 => {
            let bytes = u64::from(input.u32());
            put(Kind::Ack, &bytes.to_le_bytes());
        }
        6 => put(Kind::Ack, input.take(4)),
        7..10 => put(Kind::Reply, b"not asked for"),
        10 => put(Kind::Failure, &[]),
        11 => put(Kind::Goodbye, &[]),
        12 => put(Kind::StreamEnd, &[]),
        13 => put(Kind::Answer, input.take(6)),
        14 => put(Kind::Ended, &[7; 20]),
        15 => put(Kind::Task, &[0; 28]),
        16 => put(Kind::Submit, input.take(9)),
        17 => put(Kind::Hello, &[]),
        // Beyond the window.
        18 => (0..=input.byte()).for_each(|_| put(Kind::Message, &[])),
        19 => put(Kind::Message, &vec![0; size(input)]),
        20 => {
            let mut head = [0; HEADER];
            let random = input.take(HEADER);
            head[..random.len()].copy_from_slice(random);
            out.extend_from_slice(&head);
        }
        _ => out.extend_from_slice(input.take(5)),
    }
    out
}

/// Who is at which end.
fn ids(place: Place) -> [WorkerId; 2] {
    match place {
        Place::Workers => [WorkerId(2), WorkerId(3)],
        Place::Queue => [WorkerId(2), WorkerId::QUEUE],
    }
}
