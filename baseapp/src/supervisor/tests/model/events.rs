//! What may be in a tree, and what may happen to it.

use std::time::Duration;

use proptest::prelude::*;

use super::super::super::End;
use crate::supervision::{self, Restart};

/// A node of a tree, within one of the groups before it.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) parent: u8,
    pub(super) what: What,
    /// How often it may die or fail within a second.
    pub(super) deaths: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Group(supervision::Strategy),
    Worker(Restart),
}

/// Whom it happens to is chosen among those to whom it can.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// Somebody dies. The supervisor does not hear of it yet.
    Dies(u8, End),
    /// The supervisor hears of a death.
    Heard(u8),
    /// Somebody obeys who was told to stop.
    Obeys(u8),
    /// Somebody has started.
    Started(u8),
    Passes(Duration),
    Restart(u8),
    Remove(u8),
    Add(u8, Restart),
    /// Something is said twice, or of nobody.
    Nonsense(u8, End),
    Close,
}

fn restart() -> impl Strategy<Value = Restart> {
    prop_oneof![
        5 => Just(Restart::Permanent),
        2 => Just(Restart::Transient),
        1 => Just(Restart::Temporary),
    ]
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        4 => Just(End::Abnormal),
        1 => Just(End::Normal),
        1 => Just(End::NotStarted),
        1 => Just(End::Asked),
    ]
}

impl Node {
    pub(super) fn any() -> impl Strategy<Value = Node> {
        let group = prop_oneof![
            Just(supervision::Strategy::OneForOne),
            Just(supervision::Strategy::OneForAll),
            Just(supervision::Strategy::RestForOne),
        ];
        let what = prop_oneof![
            2 => group.prop_map(What::Group),
            3 => restart().prop_map(What::Worker),
        ];
        (any::<u8>(), what, 0..6_u32).prop_map(|(parent, what, deaths)| Node {
            parent,
            what,
            deaths,
        })
    }
}

impl Event {
    pub(super) fn any() -> impl Strategy<Value = Event> {
        let who = any::<u8>;
        prop_oneof![
            12 => (who(), end()).prop_map(|(who, end)| Event::Dies(who, end)),
            12 => who().prop_map(Event::Heard),
            14 => who().prop_map(Event::Obeys),
            14 => who().prop_map(Event::Started),
            8 => (0..700_u64).prop_map(|millis| Event::Passes(Duration::from_millis(millis))),
            4 => who().prop_map(Event::Restart),
            2 => who().prop_map(Event::Remove),
            1 => (who(), restart()).prop_map(|(who, restart)| Event::Add(who, restart)),
            3 => (who(), end()).prop_map(|(who, end)| Event::Nonsense(who, end)),
            1 => prop_oneof![1 => Just(Event::Close), 9 => Just(Event::Passes(Duration::ZERO))],
        ]
    }
}
