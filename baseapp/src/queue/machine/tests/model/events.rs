//! What may happen.

use std::time::Duration;

use proptest::prelude::*;

/// A task that somebody submits. Numbers are taken modulo what there is.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) key: Option<u8>,
    pub(super) unique: Option<(u8, Option<u16>)>,
    pub(super) delay: Option<u16>,
    pub(super) deadline: Option<u16>,
    pub(super) timeout: Option<u16>,
    pub(super) attempts: u32,
    pub(super) priority: u8,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum How {
    Done,
    Failed,
    Rejected,
    Snoozed(u16),
    NoHandler,
    NotRun,
}

#[derive(Clone, Debug)]
pub(super) enum Event {
    Submit {
        pool: u16,
        wishes: Vec<Wish>,
        watcher: Option<u32>,
        child: bool,
    },
    /// A task comes again, as after an answer that was lost.
    Again {
        task: usize,
        watcher: u32,
    },
    /// A worker that was asked for comes, or dies instead.
    Join(usize),
    NotStarted(usize),
    /// A worker is gone, in order or not.
    Gone {
        worker: usize,
        in_order: bool,
    },
    /// A worker ends what it has in hand.
    Settle {
        worker: usize,
        how: How,
    },
    /// A worker gives back something that it has not begun.
    NotBegun {
        worker: usize,
        at: usize,
    },
    /// A worker speaks of what it does not have.
    Stale {
        worker: usize,
        lease: u64,
    },
    Extend {
        worker: usize,
        by: u16,
    },
    Recycle(usize),
    Cancel(usize),
    Watch {
        task: usize,
        watcher: u32,
    },
    Disconnect(u32),
    Connect(u32),
    Replay(usize),
    /// Time passes; asleep, nobody hears the alarms on the way.
    Pass {
        millis: u32,
        asleep: bool,
    },
    /// Changes are being written down, and others come meanwhile.
    Take,
    /// They are written down, or not.
    Land(bool),
    /// From now on writing fails, or works again.
    Disk {
        fails: bool,
    },
    /// Main dies; what was being written down was, or was not.
    Crash {
        written: bool,
    },
    /// The driver does what there is to do.
    Turn,
}

impl Event {
    pub(super) fn any() -> impl Strategy<Value = Event> {
        let small = || 0..8_usize;
        let watcher = || 0..4_u32;
        let rare = prop_oneof![
            3 => small().prop_map(Event::NotStarted),
            2 => small().prop_map(Event::Recycle),
            2 => (small(), 0..200_u64).prop_map(|(worker, lease)| Event::Stale { worker, lease }),
            3 => (small(), 0..5000_u16).prop_map(|(worker, by)| Event::Extend { worker, by }),
            2 => watcher().prop_map(Event::Disconnect),
            2 => watcher().prop_map(Event::Connect),
            3 => any::<usize>().prop_map(Event::Replay),
            3 => (any::<usize>(), watcher()).prop_map(|(task, watcher)| Event::Watch { task, watcher }),
            3 => (any::<usize>(), watcher()).prop_map(|(task, watcher)| Event::Again { task, watcher }),
            3 => Just(Event::Take),
            3 => prop::bool::weighted(0.7).prop_map(Event::Land),
            2 => prop::bool::weighted(0.3).prop_map(|fails| Event::Disk { fails }),
            2 => any::<bool>().prop_map(|written| Event::Crash { written }),
        ];
        prop_oneof![
            8 => submit(),
            8 => small().prop_map(Event::Join),
            12 => (small(), how()).prop_map(|(worker, how)| Event::Settle { worker, how }),
            3 => (small(), small()).prop_map(|(worker, at)| Event::NotBegun { worker, at }),
            5 => (small(), prop::bool::weighted(0.2))
                .prop_map(|(worker, in_order)| Event::Gone { worker, in_order }),
            4 => any::<usize>().prop_map(Event::Cancel),
            6 => (pass(), prop::bool::weighted(0.2))
                .prop_map(|(millis, asleep)| Event::Pass { millis, asleep }),
            10 => Just(Event::Turn),
            10 => rare,
        ]
    }
}

fn pass() -> impl Strategy<Value = u32> {
    prop_oneof![0..50_u32, 0..3000_u32, Just(20_000_u32)]
}

fn how() -> impl Strategy<Value = How> {
    prop_oneof![
        4 => Just(How::Done),
        4 => Just(How::Failed),
        1 => Just(How::Rejected),
        2 => (0..2000_u16).prop_map(How::Snoozed),
        1 => Just(How::NoHandler),
        2 => Just(How::NotRun),
    ]
}

fn submit() -> impl Strategy<Value = Event> {
    let millis = |most: u16| proptest::option::weighted(0.2, 0..most);
    let wish = (
        proptest::option::weighted(0.4, 0..3_u8),
        proptest::option::weighted(0.2, (0..3_u8, proptest::option::of(0..4000_u16))),
        millis(3000),
        millis(5000),
        millis(2000),
        1..=5_u32,
        prop_oneof![Just(4_u8), 0..=9_u8],
    );
    let wish = wish.prop_map(
        |(key, unique, delay, deadline, timeout, attempts, priority)| Wish {
            key,
            unique,
            delay,
            deadline,
            timeout,
            attempts,
            priority,
        },
    );
    let wishes = proptest::collection::vec(wish, 1..5);
    let watcher = proptest::option::weighted(0.7, 0..4_u32);
    (0..2_u16, wishes, watcher, prop::bool::weighted(0.2)).prop_map(
        |(pool, wishes, watcher, child)| Event::Submit {
            pool,
            wishes,
            watcher,
            child,
        },
    )
}

pub(super) fn millis(millis: u16) -> Duration {
    Duration::from_millis(millis.into())
}
