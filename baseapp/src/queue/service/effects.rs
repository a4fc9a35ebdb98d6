//! What the machine wants to be done.

use std::time::Instant;

use super::{Service, commit::TRY_AGAIN};
use crate::{
    copying,
    deadline::Deadline,
    queue::{
        machine::{Delivery, Effect, Now},
        store::StoreError,
    },
    report,
    task::{Answer, Assignment, Outcome},
    wire::{codec::CodecError, frame::Kind},
};

impl Service {
    pub(super) fn carry_out_effects(
        &mut self,
        now: Now,
        effects: impl IntoIterator<Item = Effect>,
    ) {
        for effect in effects {
            match effect {
                Effect::Deliver(delivery) => self.deliver(now, delivery),
                Effect::Accepted {
                    watcher,
                    request,
                    same,
                } => {
                    if let Some(link) = self.links.get(&watcher) {
                        let accepted = Answer::Accepted(same);
                        super::frames::answer(&self.node, link, request, &accepted);
                    }
                }
                Effect::Reply {
                    watcher,
                    request,
                    answer,
                } => {
                    if let Some(link) = self.links.get(&watcher) {
                        super::frames::answer(&self.node, link, request, &answer);
                    }
                }
                Effect::Ended { watcher, id, how } => {
                    let Some(link) = self.links.get(&watcher) else {
                        continue;
                    };
                    let write = |out: &mut Vec<u8>| {
                        out.extend_from_slice(&id.0);
                        copying::append(out, &how);
                        Ok::<_, CodecError>(())
                    };
                    if let Ok(taken) = link.reply(Kind::Ended, 0, write) {
                        self.node.taken_in_turn(link, taken);
                    }
                }
                Effect::Asked {
                    watcher,
                    request,
                    query,
                } => self.asked_again(now, watcher, request, &query),
                Effect::Buried {
                    pool,
                    id,
                    reason,
                    error,
                } => {
                    let name = self.machine.pool(pool).map_or("?", |pool| &*pool.name);
                    report::warn(&format!(
                        "task {id} of `{name}` is a dead letter: {reason}: {error}"
                    ));
                }
                Effect::Cancel { worker, lease } => self.crew.cancel(worker, lease.0),
                Effect::Kill { worker } => {
                    if let Some(member) = self.members.get(worker) {
                        self.crew.kill(worker, member.life);
                    }
                }
                Effect::Retire { worker } => {
                    if let Some(member) = self.members.get(worker) {
                        self.crew.retire(worker, member.life);
                    }
                }
                Effect::Spawn { pool } => self.crew.spawn(pool),
                Effect::Renewed { pool, failed } => self.crew.renewed(pool, failed),
                Effect::GiveUp { pool, how } => self.crew.gave_up(pool, how),
            }
        }
    }

    /// Gives a task to a worker. One whose link has ended is about to be gone,
    /// and then the task is given to another.
    fn deliver(&mut self, now: Now, delivery: Delivery) {
        let Delivery {
            worker,
            lease,
            id,
            seq,
            route,
            attempt,
            deadline,
            payload,
        } = delivery;
        let payload = match payload {
            Some(payload) => Ok(Some(payload)),
            None => self.store.payload(seq),
        };
        let Some(member) = self.members.get(worker) else {
            return;
        };
        let payload = match payload {
            Ok(Some(payload)) => payload,
            other => {
                let failing = matches!(other, Err(StoreError::Io { .. }));
                let why = match other {
                    Err(error) => error.to_string(),
                    Ok(_) => "it is not there".to_owned(),
                };
                let pool = member.pool;
                // A disk that fails for a while costs no attempt.
                let outcome = if failing {
                    Outcome::Snoozed(TRY_AGAIN)
                } else {
                    Outcome::Failed(format!("its message cannot be read: {why}"))
                };
                self.machine.settle(now, pool, worker, lease, outcome);
                return;
            }
        };
        let now: Instant = now.at;
        let assignment = Assignment {
            id,
            attempt,
            deadline: deadline.map(|deadline| Deadline(deadline).to_wire(now)),
        };
        let write = |out: &mut Vec<u8>| {
            assignment.append(out);
            copying::append(out, &payload);
            Ok::<_, CodecError>(())
        };
        if let Ok(taken) = member.link.post(Kind::Task, route, lease.0, write) {
            self.node.taken_in_turn(&member.link, taken);
        }
    }
}
