//! Reports of deaths, and who is told of them.

use std::{any::TypeId, sync::Arc};

use super::{child::Child, state::State};
use crate::{
    blackbox::{self, Snapshot},
    death::{Cause, InHand, WorkerDied, WorkerRestarted},
    id::{Life, WorkerId},
    message::Message,
    process::oom_kills,
    report,
    wire::{codec, control::ToWorker, frame::MAX_HELLO},
};

/// Longest report, in bytes: the last lines of stderr are cut to it.
const MAX_REPORT: usize = 64 * MAX_HELLO;

/// Longest line of a report, in characters.
const MAX_LINE: usize = 1000;

impl State {
    /// What is to be told of a death.
    pub(super) fn report(
        &self,
        child: &Child,
        cause: Cause,
        snapshot: &Snapshot,
        returns: bool,
    ) -> WorkerDied {
        let short = |line: String| line.chars().take(MAX_LINE).collect();
        WorkerDied {
            worker: child.name.to_string(),
            life: child.life.incarnation.0,
            cause,
            in_hand: self.in_hand(snapshot),
            last_lines: child.last_lines().into_iter().map(short).collect(),
            restarts: u64::from(child.life.incarnation.0.saturating_sub(1)),
            returns,
        }
    }

    /// What a worker was about, in words.
    pub(super) fn in_hand(&self, snapshot: &Snapshot) -> Option<InHand> {
        let (in_hand, lasted) = snapshot.in_hand()?;
        let table = &self.spec.registry.table;
        let what = match in_hand {
            blackbox::InHand::Handler(route) | blackbox::InHand::Task(route) => {
                table.route(route).map_or("?", |route| route.message)
            }
            blackbox::InHand::Hook(_) => "a timer, an action or a message that came back",
            blackbox::InHand::Starting => "its start",
            blackbox::InHand::Stopping => "its stop",
        };
        let connection = snapshot.hand_connection();
        let slot = connection.and_then(|connection| snapshot.of_connection(connection));
        let from = slot.and_then(|slot| self.children.get(slot.peer.index()));
        Some(InHand {
            what: what.to_owned(),
            from: from.map(|child| child.name.to_string()),
            lasted,
        })
    }

    /// Tells those who want to know that a worker lives again.
    pub(super) fn tell_restarted(&self, life: Life) {
        if let Some(child) = self.children.get(life.id.index()) {
            let name = child.name.to_string();
            self.tell_notice(life.id, &WorkerRestarted::new(name, life.incarnation.0));
        }
    }

    /// Gives a message of the hub to all who subscribe to it, and who watch that
    /// worker.
    pub(super) fn tell_notice<M: Message>(&self, of: WorkerId, message: &M) {
        let Ok(payload) = codec::encode(message, MAX_REPORT) else {
            return; // it has no more than 20 lines, which were cut
        };
        for child in self.children.iter().filter(|child| child.life.id != of) {
            let wants = child.watches.contains(&of);
            if let Some(route) = self.route_of::<M>(child, wants) {
                let payload = payload.clone();
                child.tell(ToWorker::Notice { route, payload });
            }
        }
    }

    fn route_of<M: Message>(&self, child: &Child, wants: bool) -> Option<u16> {
        let (table, message) = (&self.spec.registry.table, TypeId::of::<M>());
        let worker = child.worker.filter(|_| !child.has_ended())?;
        match wants {
            true => table.find(worker, message),
            false => table.subscribed(worker, message),
        }
    }

    /// A worker wants to know, or not any more, when another one dies. At once, if it is dead for
    /// good.
    pub(super) fn set_watch(&mut self, life: Life, id: WorkerId, watch: bool) {
        let Some(of) = self.children.get(id.index()) else {
            return; // nobody has an address of it
        };
        let is_dead = of.has_ended() && !of.returns;
        let report = of.report.clone().filter(|_| is_dead);
        let Some(child) = self.child(life) else {
            return;
        };
        if !watch {
            child.watches.remove(&id);
            return;
        }
        child.watches.insert(id);
        if let Some(report) = report {
            self.tell_late(life, &report);
            self.end_flood(life);
        }
    }

    fn tell_late(&self, life: Life, report: &Arc<WorkerDied>) {
        let Some(child) = self.children.get(life.id.index()) else {
            return;
        };
        let payload = codec::encode(&**report, MAX_REPORT);
        if let (Some(route), Ok(payload)) = (self.route_of::<WorkerDied>(child, true), payload) {
            child.answer(ToWorker::Notice { route, payload });
        }
    }

    /// Says, when the app has stopped, which deaths were made good: the others are
    /// problems of the stop.
    pub(super) fn sum_up_deaths(&self) {
        if self.deaths.is_empty() {
            return;
        }
        let mut text = "workers died while the app ran, and were started again:".to_owned();
        for (id, count) in &self.deaths {
            let child = self.children.get(id.index());
            let report = child.and_then(|child| child.report.as_ref());
            let (Some(child), Some(report)) = (child, report) else {
                continue;
            };
            let times = if *count == 1 {
                "once"
            } else {
                &format!("{count} times")
            };
            let last = format!("\n  - `{}` {times}, at last: {}", child.name, report.cause);
            text.push_str(&last);
        }
        report::warn(&text);
    }

    /// What a process died of, as far as its end tells. A kill that nobody here
    /// has sent may be the system's, which counts those.
    pub(super) fn cause_of(&mut self, cause: Cause) -> Cause {
        let is_kill = matches!(&cause, Cause::Signal(signal) if signal.contains("SIGKILL"));
        if !is_kill {
            return cause;
        }
        let kills = oom_kills();
        let before = std::mem::replace(&mut self.oom_kills, kills);
        match (before, kills) {
            (Some(before), Some(now)) if now > before => Cause::OutOfMemory,
            _ => cause,
        }
    }
}
