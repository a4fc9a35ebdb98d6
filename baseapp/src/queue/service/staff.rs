//! Workers that come and go.

use std::sync::Arc;

use super::{LAST_WORDS, Service, members::Member};
use crate::{
    id::{Incarnation, WorkerId},
    link::Link,
    queue::machine::{Now, Watcher},
};

/// What the queue is told of the workers of pools.
#[derive(Debug)]
pub(crate) enum Staff {
    /// One takes tasks from now on.
    Joined {
        pool: u16,
        worker: WorkerId,
        life: Incarnation,
        pid: u32,
    },
    /// One died before it could.
    NotStarted { pool: u16, how: String },
    /// All of a pool are to be started anew.
    Renew { pool: u16 },
    /// One cannot be killed, because it is no process.
    Immortal { worker: WorkerId },
}

impl Service {
    pub(super) fn hear(&mut self, now: Now, staff: Staff) {
        match staff {
            // What the one before it has written comes first.
            Staff::Joined { worker, .. } if self.members.get(worker).is_some() => {
                self.newcomers.push((now.at + LAST_WORDS, staff));
            }
            Staff::Joined {
                pool,
                worker,
                life,
                pid,
            } => {
                let link = self.node.link_to(worker).and_then(|link| {
                    let old = link.ended().is_some() || link.peer.incarnation != life;
                    if old {
                        self.node.link_again(&link)
                    } else {
                        Ok(link)
                    }
                });
                let Ok(link) = link else {
                    // It has died meanwhile.
                    self.machine
                        .not_started(now, pool, "it died as it was started");
                    return;
                };
                let looked_at = now.at;
                let member = Member {
                    pool,
                    life,
                    pid,
                    link,
                    looked_at,
                };
                self.members.insert(worker, member);
                self.machine.joined(now, pool, worker);
            }
            Staff::Renew { pool } => self.machine.renew(pool),
            Staff::Immortal { worker } => self.machine.spared(worker),
            Staff::NotStarted { pool, how } => self.machine.not_started(now, pool, &how),
        }
    }

    /// Workers join whose predecessors are gone, or have had their time.
    pub(super) fn welcome(&mut self, now: Now) {
        for (until, staff) in std::mem::take(&mut self.newcomers) {
            let Staff::Joined { worker, .. } = staff else {
                continue;
            };
            if until > now.at && self.members.get(worker).is_some() {
                self.newcomers.push((until, staff));
                continue;
            }
            if let Some(old) = self.members.remove(worker) {
                let why = "another one has taken its place";
                let in_order = old.link.heard_goodbye();
                self.machine.gone(now, old.pool, worker, why, in_order);
            }
            self.hear(now, staff);
        }
    }

    /// All that came over a link has been taken.
    pub(super) fn link_ended(&mut self, now: Now, link: &Arc<Link>, why: &str) {
        let watcher = Watcher(link.number);
        self.links.remove(&watcher);
        self.machine.disconnected(watcher);
        self.parked.forget(watcher);
        let worker = link.peer.id;
        let is_its = |member: &Member| member.link.number == link.number;
        if self.members.get(worker).is_some_and(is_its)
            && let Some(member) = self.members.remove(worker)
        {
            let in_order = link.heard_goodbye();
            if !in_order {
                // One that lives on could go on with tasks that others have then.
                self.crew.kill(worker, member.life);
            }
            self.machine.gone(now, member.pool, worker, why, in_order);
        }
    }
}
