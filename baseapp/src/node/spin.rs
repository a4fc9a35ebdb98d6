//! Looking again for a moment before sleeping: to be woken costs more than all else
//! that happens to a small message.
//!
//! That is done only while it pays, as the pauses before show; for 50 µs, or as long as
//! the app says; and not where there is one processor only, or somebody else wants the
//! one that this thread has. A node that has nothing to do for a while sleeps like any
//! other.
//!
//! To look into shared memory takes no call of the system, and who looks is not woken. A
//! socket is read again and again, and the runtime that watches it is told whatever comes:
//! so sockets are looked at by the thread of that runtime alone, which hears of it the next
//! time that it asks.

#[cfg(test)]
mod tests;
mod worth;

use std::{
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::Context,
    thread,
    time::{Duration, Instant},
};

use tokio::runtime::{Handle, RuntimeFlavor};

use self::worth::Worth;
use super::{Node, lock, own::Own, served::Served};
use crate::transport::Looks;

/// Somebody else has had the processor if a look takes that long.
const PREEMPTED: Duration = Duration::from_micros(200);

/// So many links are looked at: those that had something last. To begin and to end
/// looking costs some for each of them.
const MOST_LINKS: usize = 16;

/// So often each is looked at before the clock is, if that takes no call of the system.
const PASSES: usize = 32;

/// Links that are looked at.
pub(super) type LookedAt = Arc<Vec<Arc<Served>>>;

/// What a node looks at.
#[derive(Debug, Default)]
pub(super) struct Spin {
    places: Mutex<Places>,
    /// Who looks also drives the links.
    drives: AtomicBool,
}

#[derive(Debug, Default)]
struct Places {
    links: LookedAt,
    /// Whose place the next one takes, when there is none left.
    oldest: usize,
}

impl Places {
    fn add(&mut self, served: &Arc<Served>) {
        let links = Arc::make_mut(&mut self.links);
        if links.len() < MOST_LINKS {
            links.push(Arc::clone(served));
        } else {
            let place = &mut links[self.oldest % MOST_LINKS];
            place.is_looked_at.store(false, Ordering::Relaxed);
            *place = Arc::clone(served);
            self.oldest = self.oldest.wrapping_add(1);
        }
        served.is_looked_at.store(true, Ordering::Relaxed);
    }
}

/// How looking goes, for who does it: one thread at a time for each node.
#[derive(Debug, Default)]
pub(crate) struct Looking {
    worth: Worth,
    slept: Option<Instant>,
    /// Links that do not wake the node.
    awake: Option<LookedAt>,
    /// Whose it is, by [number](Node::number).
    node: Option<u64>,
    /// Who looks may be the thread that drives the links.
    may_drive: bool,
    /// It is.
    drives: bool,
    own: Own,
}

impl Looking {
    /// For a thread that may drive the links of the node.
    pub(crate) fn of_driver() -> Looking {
        Looking {
            may_drive: true,
            ..Looking::default()
        }
    }

    /// Nothing is read here for now: whatever comes is for who owns the connection.
    pub(crate) fn give_back(&mut self) {
        self.own.give_back();
    }

    /// There is no node any more, or it is another one.
    pub(crate) fn end(&mut self) {
        if self.node.take().is_none() {
            return;
        }
        self.worth = Worth::default();
        self.own.give_back();
        if let Some(awake) = self.awake.take() {
            leave_to_owners(&awake);
        }
    }
}

/// Whatever comes wakes who owns the connection; so does what has come by now.
fn leave_to_owners(links: &LookedAt) {
    let have_more = links.iter().filter(|served| !served.wire.sleep());
    have_more.for_each(|served| served.link.call_for_attention());
}

/// How a look has ended.
enum Looked {
    Found,
    Nothing,
    Disturbed,
}

/// With one processor, who is waited for could not run meanwhile.
static MAY: LazyLock<bool> =
    LazyLock::new(|| thread::available_parallelism().is_ok_and(|count| count.get() > 1));

impl Node {
    /// Looks at the link, too, if that can be done and there is a place left.
    pub(super) fn look_at(&self, served: &Arc<Served>) {
        if self.can_look_at(served) {
            let mut places = lock(&self.spin.places);
            if places.links.len() < MOST_LINKS {
                places.add(served);
            }
        }
    }

    fn can_look_at(&self, served: &Served) -> bool {
        match served.wire.looks() {
            Looks::Not => false,
            Looks::AtSystem => self.spin.drives.load(Ordering::Relaxed),
            Looks::InMemory => true,
        }
    }

    /// The link had something: it is looked at from now on, if need be in place of
    /// another one.
    #[inline]
    pub(super) fn look_at_rather(&self, served: &Arc<Served>) {
        if !served.is_looked_at.load(Ordering::Relaxed) && self.can_look_at(served) {
            lock(&self.spin.places).add(served);
        }
    }

    pub(super) fn look_away_from(&self, served: &Arc<Served>) {
        // From now on it takes no place, whatever it reads.
        if served.is_looked_at.swap(true, Ordering::Relaxed) {
            let mut places = lock(&self.spin.places);
            Arc::make_mut(&mut places.links).retain(|other| !Arc::ptr_eq(other, served));
        }
    }

    /// For how long to look; zero: not at all.
    fn longest_look(&self) -> Duration {
        if *MAY {
            self.link_options.spin
        } else {
            Duration::ZERO
        }
    }

    /// This thread, and no other, drives the links.
    fn is_driven_here(&self) -> bool {
        let of_one_thread = |runtime: &Handle| {
            runtime.runtime_flavor() == RuntimeFlavor::CurrentThread
                && runtime.id() == self.runtime.id()
        };
        Handle::try_current().is_ok_and(|runtime| of_one_thread(&runtime))
    }

    /// The turn begins: how long has the node slept?
    pub(crate) fn begin_turn(&self, looking: &mut Looking) {
        if looking.node != Some(self.number) {
            looking.end();
            looking.node = Some(self.number);
            looking.drives = looking.may_drive && self.is_driven_here();
            self.spin.drives.store(looking.drives, Ordering::Relaxed);
        }
        if let Some(slept) = looking.slept.take() {
            looking.worth.slept(slept.elapsed());
        }
    }

    /// The turn has ended, and there is nothing to do. True if something came
    /// meanwhile: then there is another one to be taken at once. If not, whatever comes
    /// wakes the node.
    pub(crate) fn look_around(&self, looking: &mut Looking) -> bool {
        let longest = self.longest_look();
        if longest.is_zero() {
            return false;
        }
        let links = looking.worth.is_enough().then(|| self.looked_at());
        let Some(links) = links.filter(|links| !links.is_empty()) else {
            let found = self.look_no_more(looking);
            looking.slept = (!found).then(Instant::now);
            return found;
        };
        match self.look(looking, &links, longest) {
            Looked::Found => {
                looking.worth.paid();
                return true;
            }
            Looked::Nothing => looking.worth.failed(),
            Looked::Disturbed => looking.worth.disturbed(),
        }
        // A pause that comes after a look in vain says nothing for looking.
        self.look_no_more(looking)
    }

    /// The thread that looks waits for something else, and does not look meanwhile.
    pub(crate) fn look_no_more_for_now(&self) {
        leave_to_owners(&self.looked_at());
    }

    pub(super) fn looked_at(&self) -> LookedAt {
        Arc::clone(&lock(&self.spin.places).links)
    }

    /// Reads what the thread was woken for, if it reads by itself. True if there was
    /// something.
    pub(crate) fn read_when_woken(&self, looking: &mut Looking, cx: &mut Context<'_>) -> bool {
        looking.drives && self.read_own(&mut looking.own, cx)
    }

    fn look(&self, looking: &mut Looking, links: &LookedAt, longest: Duration) -> Looked {
        // Those that had to make place are not looked at any more.
        let same = |awake: &LookedAt| Arc::ptr_eq(awake, links);
        if !looking.awake.as_ref().is_some_and(same) && self.look_no_more(looking) {
            return Looked::Found;
        }
        looking.awake = Some(Arc::clone(links));
        links.iter().for_each(|link| link.wire.stay_awake());
        let asks = |link: &Arc<Served>| link.wire.looks() == Looks::AtSystem;
        let passes = if links.iter().any(asks) { 1 } else { PASSES };
        let start = Instant::now();
        let mut last = start;
        loop {
            for _ in 0..passes {
                let mut found = false;
                for link in links.iter().filter(|link| link.wire.may_have_more()) {
                    found |= self.take_what_is_there(link);
                }
                if found {
                    return Looked::Found;
                }
                std::hint::spin_loop();
            }
            let now = Instant::now();
            if now - last > PREEMPTED {
                return Looked::Disturbed;
            }
            if now - start > longest {
                return Looked::Nothing;
            }
            last = now;
        }
    }

    /// Nobody looks around any more: whatever comes wakes who owns the connection. True
    /// if something has come by now.
    pub(crate) fn look_no_more(&self, looking: &mut Looking) -> bool {
        let Some(awake) = looking.awake.take() else {
            return false;
        };
        let mut found = false;
        for served in awake.iter().filter(|served| !served.wire.sleep()) {
            found |= self.take_what_is_there(served);
            // It may have more, and does not wake anybody for that.
            served.link.call_for_attention();
        }
        found
    }
}
