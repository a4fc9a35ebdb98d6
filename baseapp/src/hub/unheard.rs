//! [`Unheard`]: what workers that have stopped in order had sent to others, which may
//! not have handled it yet. Nobody would know if those died before they did: who sent
//! it is gone. So the hub remembers how much was sent over each connection, and
//! compares that with the receiver's black box when it ends.

use std::{collections::BTreeMap, sync::Arc};

use super::{StopProblem, state::State};
use crate::{
    blackbox::Snapshot,
    id::{Life, WorkerId},
    report,
    wire::control::Sent,
};

/// As many as are remembered of one receiver before it is looked which of them have
/// been handled.
const LOOK_AT: usize = 64;

/// As many as are believed of one sender: more connections have no place in a black box.
const MOST: usize = 4096;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Unheard(BTreeMap<WorkerId, Letters>);

/// Of one receiver.
#[derive(Debug)]
struct Letters {
    all: Vec<Letter>,
    look_at: usize,
}

#[derive(Debug)]
struct Letter {
    from: Arc<str>,
    sent: Sent,
}

impl Letter {
    /// How many messages its receiver has not ended, as its black box says.
    fn open(&self, of_receiver: &Snapshot) -> u64 {
        let Sent { count, handled, .. } = self.sent;
        let ended = match of_receiver.of_connection(self.sent.connection) {
            Some(slot) => slot.finished,
            // It cannot be read: then it is as the sender knew.
            None if of_receiver.is_blank() => handled,
            // The connection has ended, and so has all that came over it.
            None => return 0,
        };
        count.saturating_sub(ended)
    }
}

impl Unheard {
    /// A worker has stopped that had sent so much. True if it is to be looked what
    /// became of all that the receiver was sent.
    fn add(&mut self, from: &Arc<str>, sent: Sent) -> bool {
        let letters = self.0.entry(sent.to).or_insert_with(|| Letters {
            all: Vec::new(),
            look_at: LOOK_AT,
        });
        let from = Arc::clone(from);
        letters.all.push(Letter { from, sent });
        letters.all.len() >= letters.look_at
    }

    /// Forgets what a receiver that lives has handled.
    fn look(&mut self, receiver: WorkerId, snapshot: &Snapshot) {
        if let Some(letters) = self.0.get_mut(&receiver) {
            letters.all.retain(|letter| letter.open(snapshot) > 0);
            letters.look_at = LOOK_AT.max(2 * letters.all.len());
        }
    }

    /// A receiver has ended: how many messages of whom it had not handled.
    fn ended(&mut self, receiver: Life, snapshot: &Snapshot) -> BTreeMap<Arc<str>, u64> {
        let mut lost = BTreeMap::new();
        let Some(letters) = self.0.get_mut(&receiver.id) else {
            return lost;
        };
        let of_it = |letter: &mut Letter| letter.sent.incarnation <= receiver.incarnation;
        for letter in letters.all.extract_if(.., of_it) {
            let open = letter.open(snapshot);
            if open > 0 {
                let count: &mut u64 = lost.entry(letter.from).or_default();
                *count = count.saturating_add(open);
            }
        }
        if letters.all.is_empty() {
            self.0.remove(&receiver.id);
        }
        lost
    }
}

impl State {
    /// A worker that has stopped says what it had sent.
    pub(super) fn remember_sent(&mut self, from: Life, open: Vec<Sent>) {
        let Some(child) = self.child(from) else {
            return;
        };
        let (name, judged) = (Arc::clone(&child.name), std::mem::take(&mut child.judged));
        for sent in open.into_iter().take(MOST) {
            let to = Life {
                id: sent.to,
                incarnation: sent.incarnation,
            };
            let lives = |child: &&mut super::child::Child| !child.has_ended();
            if self.child(to).filter(lives).is_some() {
                if self.unheard.add(&name, sent) {
                    let snapshot = self.children[to.id.index()].snapshot();
                    self.unheard.look(to.id, &snapshot);
                }
                continue;
            }
            // It has ended while this one was stopping.
            let known = judged.iter().find(|(of, _)| *of == sent.connection);
            if let Some((_, handled)) = known {
                let lost = sent.count.saturating_sub(handled.finished);
                self.tell_unheard(to.id, &name, lost);
            }
        }
    }

    /// A worker has ended: what it had not handled of those that have stopped is lost.
    pub(super) fn judge_unheard(&mut self, life: Life, snapshot: &Snapshot) {
        for (from, count) in self.unheard.ended(life, snapshot) {
            self.tell_unheard(life.id, &from, count);
        }
    }

    fn tell_unheard(&mut self, receiver: WorkerId, from: &str, count: u64) {
        let Some(receiver) = self.children.get(receiver.index()).filter(|_| count > 0) else {
            return;
        };
        report::warn(&format!(
            "`{}` ended before it had handled {count} messages of `{from}`, which has stopped: they are lost",
            receiver.name
        ));
        let name = from.to_owned();
        self.problems.add(StopProblem::Lost { name, count });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        blackbox::{InHand, Page, Slot},
        id::Incarnation,
    };

    const RECEIVER: Life = Life {
        id: WorkerId(3),
        incarnation: Incarnation(2),
    };

    fn sent(connection: u64, count: u64, handled: u64) -> Sent {
        Sent {
            to: RECEIVER.id,
            incarnation: RECEIVER.incarnation,
            connection,
            count,
            handled,
        }
    }

    /// A receiver's page on which that many were begun and ended.
    fn page(connection: u64, started: u64, finished: u64) -> (Arc<Page>, Option<Slot>) {
        let page = Page::in_memory(8);
        page.begin(InHand::Starting);
        page.end();
        let slot = page.open_slot(WorkerId(2), Incarnation::FIRST, connection);
        for number in 1..=started {
            slot.iter().for_each(Slot::start);
            if number <= finished {
                slot.iter().for_each(Slot::finish);
            }
        }
        (page, slot)
    }

    fn lost(unheard: &mut Unheard, snapshot: &Snapshot) -> Vec<(String, u64)> {
        let lost = unheard.ended(RECEIVER, snapshot).into_iter();
        lost.map(|(name, count)| (name.to_string(), count))
            .collect()
    }

    #[test]
    fn what_was_not_handled_is_lost_and_the_one_in_hand_with_it() {
        let mut unheard = Unheard::default();
        unheard.add(&"a".into(), sent(7, 5, 1));
        let (page, _slot) = page(7, 3, 2);
        let snapshot = page.snapshot();
        assert_eq!(lost(&mut unheard, &snapshot), [("a".to_owned(), 3)]);
        assert!(unheard.0.is_empty());
    }

    #[test]
    fn what_was_handled_is_not_also_when_the_connection_has_ended() {
        let mut unheard = Unheard::default();
        unheard.add(&"a".into(), sent(7, 3, 1));
        unheard.add(&"b".into(), sent(8, 9, 1));
        let (page, _slot) = page(7, 3, 3);
        assert_eq!(lost(&mut unheard, &page.snapshot()), []);
    }

    #[test]
    fn without_a_black_box_it_is_as_the_sender_knew() {
        let mut unheard = Unheard::default();
        unheard.add(&"a".into(), sent(7, 5, 1));
        unheard.add(&"a".into(), sent(8, 2, 2));
        let snapshot = Snapshot::default();
        assert_eq!(lost(&mut unheard, &snapshot), [("a".to_owned(), 4)]);
    }

    #[test]
    fn what_is_for_a_later_life_is_not_judged_by_an_earlier_one() {
        let mut unheard = Unheard::default();
        let later = Incarnation(3);
        unheard.add(
            &"a".into(),
            Sent {
                incarnation: later,
                ..sent(7, 5, 1)
            },
        );
        assert_eq!(lost(&mut unheard, &Snapshot::default()), []);
        assert!(!unheard.0.is_empty());
    }

    #[test]
    fn a_receiver_that_lives_for_long_costs_no_more_than_is_open() {
        let mut unheard = Unheard::default();
        let (page, _slot) = page(1, 3, 3);
        for connection in 1..=10_000 {
            if unheard.add(&"a".into(), sent(connection, 3, 0)) {
                unheard.look(RECEIVER.id, &page.snapshot());
            }
            let remembered = unheard.0.values().map(|letters| letters.all.len());
            assert!(remembered.sum::<usize>() <= LOOK_AT);
        }
    }
}
