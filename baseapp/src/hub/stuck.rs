//! Workers that do not move: the hub looks at their black boxes, and kills who
//! has been about one thing for longer than that may take. Only those are looked
//! at that have a limit: a `hang`, or a handler with a `timeout`.

use std::time::{Duration, Instant};

use super::{
    WorkerSpec,
    child::{Child, Runner},
    state::State,
};
use crate::{
    blackbox::{InHand, Snapshot, Verdict, Watch, period},
    death::Cause,
    id::WorkerId,
    process::is_stopped,
    report,
};

/// A worker that is looked at.
#[derive(Debug)]
pub(super) struct Watched {
    watch: Watch,
    period: Duration,
    next: Instant,
}

impl Watched {
    /// A page is not told the time of each message: the looks know better, at times.
    pub(super) fn correct(&self, snapshot: &mut Snapshot) {
        let now = Instant::now();
        snapshot.lasts_at_most(self.watch.lasts_at_most(now, snapshot.progress()));
    }
}

impl State {
    /// How to look at a worker of that kind, if it has a limit. Threads cannot be
    /// killed, and are not looked at.
    pub(super) fn watch_of(&self, spec: &WorkerSpec) -> Option<Watched> {
        let routes = self.spec.registry.table.routes().iter();
        let of_it = routes.filter(|route| route.worker == spec.worker);
        let timeouts = of_it.filter_map(|route| route.timeout);
        let smallest = timeouts.chain(spec.supervision.hang_time()).min()?;
        let (now, period) = (Instant::now(), period(smallest));
        Some(Watched {
            watch: Watch::new(now, period),
            period,
            next: now + period,
        })
    }

    /// When to look next.
    pub(super) fn next_look(&self) -> Option<Instant> {
        let watched = self.children.iter().filter(|child| is_looked_at(child));
        watched
            .filter_map(|child| Some(child.watch.as_ref()?.next))
            .min()
    }

    /// Looks at those whose time it is.
    pub(super) fn look(&mut self, now: Instant) {
        let due = |child: &&Child| {
            let watch = child.watch.as_ref();
            is_looked_at(child) && watch.is_some_and(|watched| watched.next <= now)
        };
        let due: Vec<_> = self
            .children
            .iter()
            .filter(due)
            .map(|child| child.life.id)
            .collect();
        for id in due {
            self.look_at(id, now);
        }
    }

    fn look_at(&mut self, id: WorkerId, now: Instant) {
        let table = &self.spec.registry.table;
        let child = &mut self.children[id.index()];
        let (Some(mut watched), Some(spec)) = (child.watch.take(), child.spec.clone()) else {
            return;
        };
        watched.next = now + watched.period;
        let snapshot = child.snapshot();
        let in_hand = snapshot.in_hand().map(|(in_hand, _)| in_hand);
        let hang = spec.supervision.hang_time();
        let limit = |in_hand: Option<InHand>| match in_hand {
            Some(InHand::Handler(route) | InHand::Task(route)) => {
                table.route(route).and_then(|route| route.timeout).or(hang)
            }
            Some(InHand::Stopping) => None, // it has its grace
            Some(InHand::Hook(_) | InHand::Starting) | None => hang,
        };
        let stopped = is_stopped(child.pid());
        let verdict = watched
            .watch
            .sample(now, snapshot.progress(), in_hand, stopped, limit);
        child.watch = Some(watched);
        if let Verdict::Stuck { for_, .. } = verdict {
            let name = child.name.to_string();
            let about = self.in_hand(&snapshot);
            let about = about.map(|about| format!(" with `{}`", about.what));
            let stopped = if stopped { ", stopped by a signal" } else { "" };
            report::warn(&format!(
                "`{name}` is stuck{}{stopped}: nothing moved for {for_:.1?}; it is killed",
                about.unwrap_or_default()
            ));
            let child = &mut self.children[id.index()];
            child.cause = Some(Cause::Stuck { lasted: for_ });
            child.kill();
        }
    }
}

/// It has a process of its own that lives, and was not killed for it yet.
fn is_looked_at(child: &Child) -> bool {
    let is_process = matches!(child.runner, Runner::Process { .. });
    is_process && !child.has_ended() && child.cause.is_none()
}
