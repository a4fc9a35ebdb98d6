//! A worker that does anything in any order, and notes which stores that made.

use std::sync::{Arc, Mutex};

use super::super::{InHand, Page, Slot, page::lock};
use crate::id::{Incarnation, WorkerId};

const SLOTS: usize = 3;

/// What a worker does with its page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Act {
    Begin(InHand),
    Start(u64),
    Finish(u64),
    End,
    Open(u64),
    Close(u64),
}

impl Act {
    /// The thread of the worker does it; links come and go on another.
    pub(super) fn is_by_hand(self) -> bool {
        !matches!(self, Act::Open(_) | Act::Close(_))
    }

    fn connection(self) -> Option<u64> {
        match self {
            Act::Start(of) | Act::Finish(of) | Act::Open(of) | Act::Close(of) => Some(of),
            Act::Begin(_) | Act::End => None,
        }
    }

    /// May be under way while the other one is.
    pub(super) fn overlaps(self, other: Act) -> bool {
        let differ = self.connection().is_none() || self.connection() != other.connection();
        self.is_by_hand() != other.is_by_hand() && differ
    }
}

pub(super) type Stores = Vec<(usize, u64)>;

/// See the [module](self).
pub(super) struct Worker {
    pub(super) page: Arc<Page>,
    pub(super) begin: Vec<u64>,
    slots: Vec<Slot>,
    connections: Vec<u64>,
    pub(super) next: u64,
    /// Which connection the message in hand is of, and how far it is.
    hand: Hand,
    pub(super) acts: Vec<(Act, Stores)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Hand {
    Idle,
    Begun(Option<u64>),
    Started(u64),
    Finished,
}

pub(super) fn peer_of(connection: u64) -> (WorkerId, Incarnation) {
    let number = connection as u32;
    (WorkerId(number + 100), Incarnation(number + 200))
}

impl Worker {
    pub(super) fn new() -> Worker {
        let mut page = Page::in_memory(SLOTS);
        if let Some(page) = Arc::get_mut(&mut page) {
            page.words.log = Some(Mutex::default());
        }
        Worker {
            begin: page.words.copy(),
            page,
            slots: Vec::new(),
            connections: Vec::new(),
            next: 1,
            hand: Hand::Idle,
            acts: Vec::new(),
        }
    }

    fn noted(&mut self, act: Act) {
        let stores = self
            .page
            .words
            .log
            .as_ref()
            .map(|log| lock(log).split_off(0));
        self.acts.push((act, stores.unwrap_or_default()));
    }

    fn slot(&self, connection: u64) -> Option<&Slot> {
        let at = self.connections.iter().position(|of| *of == connection)?;
        self.slots.get(at)
    }

    /// Does something that is possible now.
    pub(super) fn act(&mut self, choice: u8, which: u8) {
        match choice % 8 {
            0 => self.open(),
            1 => self.close(which),
            _ => self.hand_on(choice, which),
        }
    }

    fn open(&mut self) {
        let (peer, life) = peer_of(self.next);
        match self.page.open_slot(peer, life, self.next) {
            Some(slot) => {
                self.slots.push(slot);
                self.connections.push(self.next);
                self.noted(Act::Open(self.next));
                self.next += 1;
            }
            None => assert_eq!(self.slots.len(), SLOTS),
        }
    }

    fn close(&mut self, which: u8) {
        let Some(at) = usize::from(which).checked_rem(self.slots.len()) else {
            return;
        };
        let connection = self.connections[at];
        let held = [Hand::Begun(Some(connection)), Hand::Started(connection)];
        if !held.contains(&self.hand) {
            self.connections.remove(at);
            drop(self.slots.remove(at));
            self.noted(Act::Close(connection));
        }
    }

    fn hand_on(&mut self, choice: u8, which: u8) {
        let (next, act) = match self.hand {
            Hand::Idle => {
                let at = usize::from(which) % (SLOTS + 1);
                let of = self.connections.get(at).copied();
                let index = u16::from(choice) + 1;
                let what = of.map_or(InHand::Hook(index), |_| InHand::Handler(index));
                self.page.begin(what);
                (Hand::Begun(of), Act::Begin(what))
            }
            Hand::Begun(Some(of)) => {
                self.slot(of).map(Slot::start);
                (Hand::Started(of), Act::Start(of))
            }
            // A handler that was never said to have ended.
            Hand::Started(_) if which > 250 => {
                self.page.end();
                (Hand::Idle, Act::End)
            }
            Hand::Started(of) => {
                self.slot(of).map(Slot::finish);
                (Hand::Finished, Act::Finish(of))
            }
            Hand::Begun(None) | Hand::Finished => {
                self.page.end();
                (Hand::Idle, Act::End)
            }
        };
        self.hand = next;
        self.noted(act);
    }
}
