//! A kill between any two stores: nothing that is concluded from what is left
//! is wrong.

use proptest::prelude::*;

use super::{
    super::{Fate, Page, Snapshot},
    acts::{Act, Worker, peer_of},
};

/// What was done when the kill came: whole acts, and such as were under way.
struct Killed<'a> {
    whole: &'a [Act],
    cut: &'a [Act],
}

impl Killed<'_> {
    fn done(&self, act: Act) -> u64 {
        self.whole.iter().filter(|done| **done == act).count() as u64
    }

    fn begun(&self, act: Act) -> u64 {
        self.done(act) + u64::from(self.cut.contains(&act))
    }

    fn check(&self, snapshot: &Snapshot, connections: u64) -> Result<(), TestCaseError> {
        for connection in 1..=connections {
            self.check_link(snapshot, connection)?;
        }
        prop_assert_eq!(snapshot.of_connection(0), None);
        self.check_hand(snapshot)
    }

    fn check_link(&self, snapshot: &Snapshot, of: u64) -> Result<(), TestCaseError> {
        let Some(view) = snapshot.of_connection(of) else {
            let there = self.done(Act::Open(of)) == 1 && self.begun(Act::Close(of)) == 0;
            prop_assert!(!there, "{} has its place", of);
            return Ok(());
        };
        prop_assert!(self.begun(Act::Open(of)) == 1 && self.done(Act::Close(of)) == 0);
        prop_assert_eq!((view.peer, view.life), peer_of(of));
        // Code of the user runs after a whole start, and ends before a finish.
        let (may_run, runs) = (self.begun(Act::Start(of)), self.done(Act::Start(of)));
        for number in 1..=may_run + 2 {
            match view.fate(number) {
                Fate::NotStarted => prop_assert!(number > runs, "{} of {} had begun", number, of),
                Fate::Interrupted => prop_assert!(number <= may_run),
                Fate::Finished => prop_assert!(self.has_ended(of, number)),
            }
        }
        Ok(())
    }

    /// The handler of the link's message of that number had ended: it was
    /// finished, or a later one has begun.
    fn has_ended(&self, of: u64, number: u64) -> bool {
        let acts = self.whole.iter().chain(self.cut);
        let after = acts.scan(0, |started, act| {
            *started += u64::from(*act == Act::Start(of));
            Some(*started == number && *act == Act::Finish(of) || *started > number)
        });
        after.into_iter().any(|ended| ended)
    }

    fn check_hand(&self, snapshot: &Snapshot) -> Result<(), TestCaseError> {
        let says = |act: &Act| match act {
            Act::Begin(what) => Some(Some(*what)),
            Act::End => Some(None),
            _ => None,
        };
        let before = self.whole.iter().rev().find_map(says).flatten();
        let after = self.cut.iter().find_map(says).unwrap_or(before);
        let told = snapshot.in_hand().map(|(what, _)| what);
        prop_assert!(told == before || told == after, "{:?}", told);

        let last = self.whole.iter().rev().find(|act| act.is_by_hand());
        let of = snapshot.hand_connection();
        match last.copied() {
            Some(Act::Start(started) | Act::Finish(started)) => {
                prop_assert!(of == Some(started) || after.is_none());
            }
            Some(Act::Begin(_)) => {
                prop_assert!(of.is_none_or(|of| self.cut.contains(&Act::Start(of))));
            }
            _ => prop_assert_eq!(of, None),
        }
        Ok(())
    }
}

fn apply(page: &mut [u64], stores: &[(usize, u64)]) {
    for (at, value) in stores {
        page[*at] = *value;
    }
}

/// The page as each kill would leave it: between any two stores, of an act or
/// of two that two threads are at.
fn kill_everywhere(worker: &Worker) -> Result<(), TestCaseError> {
    let acts: Vec<Act> = worker.acts.iter().map(|(act, _)| *act).collect();
    let mut page = worker.begin.clone();
    for (at, (act, stores)) in worker.acts.iter().enumerate() {
        let other = worker.acts.get(at + 1);
        let other = other.filter(|(other, _)| act.overlaps(*other));
        for first in 0..=stores.len() {
            let mut page = page.clone();
            apply(&mut page, &stores[..first]);
            let others = other.map_or(&[][..], |(_, stores)| stores);
            for second in 0..=others.len() {
                apply(&mut page, &others[..second]);
                let cut = &acts[at..=at + usize::from(second > 0)];
                let whole = &acts[..at];
                let snapshot = Snapshot::from_words(&page).unwrap_or_default();
                Killed { whole, cut }.check(&snapshot, worker.next)?;
            }
        }
        apply(&mut page, stores);
        let snapshot = Snapshot::from_words(&page).unwrap_or_default();
        let (whole, cut) = (&acts[..=at], &[][..]);
        Killed { whole, cut }.check(&snapshot, worker.next)?;
    }
    prop_assert_eq!(page, worker.page.words.copy());
    Ok(())
}

proptest! {
    #[test]
    fn a_kill_between_any_two_stores_leaves_the_truth(
        choices in proptest::collection::vec(any::<(u8, u8)>(), 0..100),
    ) {
        let mut worker = Worker::new();
        for (choice, which) in choices {
            worker.act(choice, which);
        }
        kill_everywhere(&worker)?;
    }

    /// Words from different moments, as of a living worker, or any words.
    #[test]
    fn nothing_that_stands_in_a_page_is_too_much(
        slots in 0..5_usize,
        words in proptest::collection::vec(prop_oneof![any::<u64>(), 0..4_u64], 0..40),
    ) {
        let mut page = Page::in_memory(slots).words.copy();
        for (word, value) in page.iter_mut().skip(3).zip(words) {
            *word = value;
        }
        let snapshot = Snapshot::from_words(&page);
        prop_assert!(snapshot.is_some());
        for slot in snapshot.unwrap_or_default().slots() {
            prop_assert!(slot.connection != 0 && slot.finished <= slot.started);
        }
    }
}

#[test]
fn a_connection_with_two_places_is_not_believed() {
    let page = Page::in_memory(2);
    let (peer, life) = peer_of(1);
    let first = page.open_slot(peer, life, 7);
    assert!(page.snapshot().of_connection(7).is_some());
    let second = page.open_slot(peer, life, 7);
    assert_eq!(page.snapshot().of_connection(7), None);
    assert!(page.open_slot(peer, life, 8).is_none(), "all are taken");
    assert!(page.open_slot(peer, life, 0).is_none(), "0 is none");
    drop((first, second));
    assert_eq!(page.snapshot().slots().count(), 0);
    assert!(page.open_slot(peer, life, 8).is_some());
}
