//! What the workers send each other.

use std::collections::BTreeMap;

use baseapp::prelude::*;

use crate::workers::Recorder;

/// A number to write down.
#[message]
pub struct Note(pub u64);

/// Which numbers were written down?
#[message(reply = Vec<u64>)]
pub struct Notes;

/// Part of a message; may be generic.
#[data]
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled<T> {
    pub label: String,
    pub value: T,
}

/// Every shape that a message may have, sent back as it came, also twice.
#[message(reply = Labelled<Shape>, idempotent)]
pub struct Echo(pub Labelled<Shape>);

#[data]
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    Point,
    Circle(f64),
    Named {
        sides: u32,
        of: BTreeMap<String, Option<char>>,
    },
}

/// One number divided by another.
#[message(reply = i64)]
pub struct Divide {
    pub dividend: i64,
    pub divisor: i64,
}

/// Something that happened, for who subscribes to it.
#[message]
#[derive(Clone)]
pub enum News {
    Opened(String),
    Closed,
}

/// How much news was heard?
#[message(reply = usize)]
pub struct Heard;

/// What the clock and the background work have done so far.
#[message(reply = Ticks)]
pub struct Ask4Ticks;

#[data]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ticks {
    pub started: bool,
    pub beats: u32,
    pub rang: bool,
    pub worked: u32,
}

/// Have another worker write this down, in each way that there is.
#[message(reply = u64)]
pub struct PassOn(pub Address<Recorder>, pub u64);

/// Tells main that the journal is open.
#[message]
pub struct Opened;

/// A line for the journal.
#[message]
pub struct Line(pub String);

/// Fill the other worker until it takes no more: how many it took.
#[message(reply = u64)]
pub struct Fill;

/// A large message.
#[message]
pub struct Load(pub Vec<u8>);

/// Add this, and keep the sum: the sum.
#[message(reply = u64)]
pub struct Save(pub u64);

/// Die.
#[message(reply = ())]
pub struct Break;

/// How many loads came back?
#[message(reply = u64)]
pub struct CameBack;

/// A task: to bake something. The same cake is not baked twice at a time.
#[message(reply = String, attempts = 3, timeout = "30s", backoff = "1ms..10ms", unique = what)]
pub struct Bake {
    pub what: String,
}

/// A task that ends its worker.
#[message]
pub struct Burn;

/// A task that submits another: its id.
#[message(reply = String, priority = 6)]
pub struct Deliver(pub String);
