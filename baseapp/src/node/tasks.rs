//! Tasks that this node has submitted: what the queue has still to answer, and
//! how tasks go on.

use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::{
        Arc, Mutex, OnceLock, Weak,
        atomic::{AtomicU64, Ordering},
    },
    task::{Poll, Waker},
};

use super::{Node, lock};
use crate::{
    task::{Answer, SmallBytes, TaskId, TaskIds, TaskMap},
    wire::{
        codec,
        frame::{FrameError, Kind},
    },
};

/// News of a task that nobody has looked at: the oldest is dropped for more.
const MAX_NEWS: usize = 64;

/// See the [module](self).
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    ids: OnceLock<TaskIds>,
    count: AtomicU64,
    requests: Mutex<HashMap<u64, Request>>,
    watched: Mutex<TaskMap<Watching>>,
}

/// Who watches a task: one, as a rule.
#[derive(Debug, Default)]
struct Watching {
    first: Weak<Watched>,
    more: Vec<Weak<Watched>>,
}

impl Watching {
    fn add(&mut self, watched: Weak<Watched>) {
        if self.first.strong_count() == 0 {
            self.first = watched;
        } else {
            self.more.retain(|other| other.strong_count() > 0);
            self.more.push(watched);
        }
    }

    /// Forgets one. True if there is no other.
    fn remove(&mut self, watched: *const Watched) -> bool {
        let is_it = |other: &Weak<Watched>| std::ptr::eq(other.as_ptr(), watched);
        if is_it(&self.first) {
            self.first = self.more.pop().unwrap_or_default();
        } else {
            self.more.retain(|other| !is_it(other));
        }
        self.first.strong_count() == 0 && self.more.is_empty()
    }

    /// Those that are still there.
    fn living(&self) -> impl Iterator<Item = Arc<Watched>> {
        let all = std::iter::once(&self.first).chain(&self.more);
        all.filter_map(Weak::upgrade)
    }
}

#[derive(Debug)]
enum Request {
    Waiting(Option<Waker>),
    Answered(Result<Answer, Arc<str>>),
}

/// A task as who waits for it sees it.
#[derive(Debug)]
pub(crate) struct Watched(Mutex<State>);

#[derive(Debug)]
struct State {
    id: TaskId,
    news: VecDeque<SmallBytes>,
    ended: Option<Result<SmallBytes, Arc<str>>>,
    wakers: Vec<Waker>,
}

/// A question to the queue whose answer is awaited.
#[derive(Debug)]
pub(crate) struct Asked(pub(crate) u64);

impl Tasks {
    /// Where ids of tasks come from.
    pub(crate) fn ids(&self) -> io::Result<&TaskIds> {
        if let Some(ids) = self.ids.get() {
            return Ok(ids);
        }
        let ids = TaskIds::new()?;
        Ok(self.ids.get_or_init(|| ids))
    }

    /// A place for an answer.
    pub(crate) fn ask(&self) -> Asked {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        lock(&self.requests).insert(number, Request::Waiting(None));
        Asked(number)
    }

    /// The answer, taken out; an error says why there will be none.
    pub(crate) fn poll_answer(
        &self,
        asked: &Asked,
        waker: &Waker,
    ) -> Poll<Result<Answer, Arc<str>>> {
        let mut requests = lock(&self.requests);
        match requests.get_mut(&asked.0) {
            Some(Request::Waiting(waiting)) => {
                match waiting {
                    Some(waiting) => waiting.clone_from(waker),
                    None => *waiting = Some(waker.clone()),
                }
                Poll::Pending
            }
            Some(Request::Answered(_)) => match requests.remove(&asked.0) {
                Some(Request::Answered(answer)) => Poll::Ready(answer),
                _ => Poll::Pending, // it was there a line above
            },
            None => Poll::Ready(Err("it was not asked".into())),
        }
    }

    /// Nobody awaits the answer any more.
    pub(crate) fn forget(&self, asked: &Asked) {
        lock(&self.requests).remove(&asked.0);
    }

    /// Keeps a place for how a task goes on.
    pub(crate) fn watch(&self, id: TaskId) -> Arc<Watched> {
        let watched = Arc::new(Watched(Mutex::new(State {
            id,
            news: VecDeque::new(),
            ended: None,
            wakers: Vec::new(),
        })));
        let mut table = lock(&self.watched);
        table.entry(id).or_default().add(Arc::downgrade(&watched));
        watched
    }

    /// Nothing comes of a task: it was not accepted.
    pub(crate) fn unwatch(&self, watched: &Arc<Watched>) {
        let id = watched.id();
        let mut table = lock(&self.watched);
        let watching = table.get_mut(&id);
        if watching.is_some_and(|watching| watching.remove(Arc::as_ptr(watched))) {
            table.remove(&id);
        }
    }

    fn answered(&self, number: u64, answer: Answer) -> bool {
        // Before anybody is told: how they end may come next.
        if let Answer::Accepted(same) = &answer {
            let mut table = lock(&self.watched);
            for (wanted, real) in same.iter().filter(|(wanted, real)| wanted != real) {
                let moved = table.remove(wanted).unwrap_or_default();
                let watching = table.entry(*real).or_default();
                for watched in moved.living() {
                    lock(&watched.0).id = *real;
                    watching.add(Arc::downgrade(&watched));
                }
            }
        }
        self.resolve(number, Ok(answer))
    }

    fn resolve(&self, number: u64, answer: Result<Answer, Arc<str>>) -> bool {
        let mut requests = lock(&self.requests);
        let Some(request) = requests.get_mut(&number) else {
            return false; // nobody waits any more
        };
        let waiting = std::mem::replace(request, Request::Answered(answer));
        drop(requests);
        if let Request::Waiting(Some(waker)) = waiting {
            waker.wake();
        }
        true
    }

    fn news(&self, id: TaskId, news: &[u8]) -> bool {
        let table = lock(&self.watched);
        let watching = table.get(&id).into_iter().flat_map(Watching::living);
        let watching: Vec<Arc<Watched>> = watching.collect();
        drop(table);
        // What they came with is larger, and would stay as long.
        let news = SmallBytes::copy(news);
        for watched in &watching {
            let mut state = lock(&watched.0);
            if state.news.len() == MAX_NEWS {
                state.news.pop_front();
            }
            state.news.push_back(news.clone());
            state.wake();
        }
        !watching.is_empty()
    }

    fn ended(&self, id: TaskId, how: &[u8]) -> bool {
        let watching = lock(&self.watched).remove(&id);
        let known = watching.is_some();
        for watched in watching.iter().flat_map(Watching::living) {
            // What it came with is larger, and would stay as long.
            watched.end(Ok(SmallBytes::copy(how)));
        }
        known
    }

    /// The link to the queue has ended: nothing more is heard of it.
    pub(super) fn lost(&self, why: &Arc<str>) {
        let open: Vec<u64> = {
            let requests = lock(&self.requests);
            let waiting = requests
                .iter()
                .filter(|(_, r)| matches!(r, Request::Waiting(_)));
            waiting.map(|(number, _)| *number).collect()
        };
        for number in open {
            self.resolve(number, Err(Arc::clone(why)));
        }
        let watched = std::mem::take(&mut *lock(&self.watched));
        for watched in watched.values().flat_map(Watching::living) {
            watched.end(Err(Arc::clone(why)));
        }
    }
}

impl State {
    fn wake(&mut self) {
        self.wakers.drain(..).for_each(Waker::wake);
    }

    fn wait(&mut self, waker: &Waker) {
        if !self.wakers.iter().any(|other| other.will_wake(waker)) {
            self.wakers.push(waker.clone());
        }
    }
}

impl Watched {
    pub(crate) fn id(&self) -> TaskId {
        lock(&self.0).id
    }

    fn end(&self, how: Result<SmallBytes, Arc<str>>) {
        let mut state = lock(&self.0);
        state.ended.get_or_insert(how);
        state.wake();
    }

    /// How it ended; an error says why that is not known.
    pub(crate) fn poll_ended(&self, waker: &Waker) -> Poll<Result<SmallBytes, Arc<str>>> {
        let mut state = lock(&self.0);
        if let Some(ended) = &state.ended {
            return Poll::Ready(ended.clone());
        }
        state.wait(waker);
        Poll::Pending
    }

    /// The next news; `None` when it has ended and all were taken.
    pub(crate) fn poll_news(&self, waker: &Waker) -> Poll<Option<SmallBytes>> {
        let mut state = lock(&self.0);
        if let Some(news) = state.news.pop_front() {
            return Poll::Ready(Some(news));
        }
        if state.ended.is_some() {
            return Poll::Ready(None);
        }
        state.wait(waker);
        Poll::Pending
    }
}

impl Node {
    /// Takes what the queue says of tasks that this node watches.
    pub(super) fn take_of_queue(
        &self,
        kind: Kind,
        correlation: u64,
        body: &[u8],
    ) -> Result<(), FrameError> {
        let known = if kind == Kind::Answer {
            let answer = codec::decode(body).map_err(|_| FrameError::Truncated)?;
            self.tasks.answered(correlation, answer)
        } else {
            let (id, rest) = body.split_first_chunk().ok_or(FrameError::Truncated)?;
            let id = TaskId(*id);
            match kind {
                Kind::News => self.tasks.news(id, rest),
                Kind::Ended => self.tasks.ended(id, rest),
                _ => return Err(FrameError::Unexpected),
            }
        };
        if !known {
            self.counters.stray_reply();
        }
        Ok(())
    }
}
