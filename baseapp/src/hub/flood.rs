//! Workers whose guardian does what an honest one never would, such as to ask the hub
//! for so much that its memory is filled: they are killed.

use super::state::State;
use crate::{death::Cause, id::Life, report};

/// Questions of one worker that wait for something to happen. An honest one has one for
/// each other worker, and one for each of its calls that are open.
const MOST_OPEN: usize = 1 << 16;

impl State {
    /// Kills a worker that leaves too many answers unread, or has too many questions
    /// open.
    pub(super) fn end_flood(&mut self, life: Life) {
        let why = if self.has_too_many_open(life) {
            "asks the hub for too much at a time"
        } else if self
            .child(life)
            .is_some_and(|child| child.debts.are_too_many())
        {
            "asks the hub and does not read the answers"
        } else {
            return;
        };
        self.condemn(life, why);
        // What it asked is not wanted any more.
        self.waits_no_more(life);
        self.wanted.retain(|wanted| wanted.from != life);
    }

    /// Kills a worker for what its guardian does.
    pub(super) fn condemn(&mut self, life: Life, why: &str) {
        if let Some(child) = self.child(life).filter(|child| child.cause.is_none()) {
            report::warn(&format!("`{}` {why}; it is killed", child.name));
            child.cause = Some(Cause::Other(format!("was killed, because it {why}")));
            child.kill_life();
        }
    }

    /// They are counted when all together are that many.
    fn has_too_many_open(&self, life: Life) -> bool {
        let all = self.waiting.len() + self.wanted.len();
        if all <= MOST_OPEN {
            return false;
        }
        let of_it = self.wanted.iter().filter(|wanted| wanted.from == life);
        self.waiting.of(life) + of_it.count() > MOST_OPEN
    }
}
