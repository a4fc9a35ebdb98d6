//! The workers, and what is said to them.

use std::time::Duration;

use baseapp::{Result, WorkerDied, prelude::*};

/// How long a worker waits for another one that it asks from a handler: two that
/// ask each other at the same time wait for each other.
const BRIEF: Duration = Duration::from_millis(100);

/// Something that one worker says to another.
#[message]
pub(crate) struct Tell(pub String);

/// Something that one worker asks another.
#[message(reply = u64)]
pub(crate) struct Ask(pub u64);

/// Something for all.
#[message]
pub(crate) struct News(pub u64);

/// Be busy for so many milliseconds.
#[message(reply = ())]
pub(crate) struct Nap(pub u64);

/// Say something to another worker, in that way.
#[message(reply = ())]
pub(crate) struct Relay {
    pub(crate) whom: Address<Peer>,
    pub(crate) how: How,
}

/// A way to say something.
#[data]
#[derive(Clone, Copy)]
pub(crate) enum How {
    Send,
    Ask,
    Publish,
    Submit,
}

/// How many deaths were heard of?
#[message(reply = u64)]
pub(crate) struct Deaths;

/// Talks to all of these, and gives the pool something to do.
#[message(reply = ())]
pub(crate) struct CheckIn(pub Vec<Address<Peer>>);

/// A task: its number says what becomes of it. In which process it was done.
#[message(reply = u32, attempts = 4, backoff = "5ms..50ms")]
pub(crate) struct Job(pub u64);

/// Talks. It may be killed as often as it takes.
#[worker(intensity = "1000 in 1s", backoff = "10ms..100ms")]
pub(crate) struct Peer {
    pub(crate) pool: Pool<Hand>,
    #[local]
    pub(crate) heard: u64,
    #[local]
    pub(crate) deaths: u64,
}

impl Peer {
    pub(crate) fn new(pool: &Pool<Hand>) -> Peer {
        Peer {
            pool: pool.clone(),
            heard: 0,
            deaths: 0,
        }
    }
}

#[worker]
impl Peer {
    #[handler(Tell)]
    fn tell(&mut self, Tell(text): Tell) {
        self.heard += text.len() as u64;
    }

    #[handler(Ask)]
    fn ask(&self, Ask(number): Ask) -> u64 {
        number + 1
    }

    #[handler(News, subscribe)]
    fn news(&mut self, News(number): News) {
        self.heard ^= number;
    }

    #[handler(Nap)]
    fn nap(&self, Nap(millis): Nap) {
        std::thread::sleep(Duration::from_millis(millis)); // what it is for
    }

    /// Whoever is meant may be dead: that is no fault of this one.
    #[handler(Relay)]
    async fn relay(&self, Relay { whom, how }: Relay, cx: &Context<Self>) {
        match how {
            How::Send => {
                let text = "x".repeat(200);
                let _ = cx.send(&whom, Tell(text)).timeout(BRIEF).await;
            }
            How::Ask => {
                let _ = cx.ask(&whom, Ask(self.heard)).timeout(BRIEF).await;
            }
            How::Publish => {
                let _ = cx.publish(News(self.heard)).await;
            }
            How::Submit => {
                let _ = cx.submit(&self.pool, Job(self.heard)).await;
            }
        }
    }

    #[handler(CheckIn)]
    async fn check_in(&self, CheckIn(peers): CheckIn, cx: &Context<Self>) -> Result<()> {
        for peer in peers {
            if peer != cx.address() {
                cx.send(&peer, Tell(String::new())).await?;
            }
        }
        cx.submit(&self.pool, Job(1)).await?.await?;
        Ok(())
    }

    #[handler(WorkerDied, subscribe)]
    fn died(&mut self, _: WorkerDied) {
        self.deaths += 1;
    }

    #[handler(Deaths)]
    fn deaths(&self, _: Deaths) -> u64 {
        self.deaths
    }
}

/// Does tasks.
#[worker]
pub(crate) struct Hand;

#[worker]
impl Hand {
    #[handler(Job)]
    fn job(&self, Job(number): Job, cx: &Context<Self>) -> Result<u32> {
        std::thread::sleep(Duration::from_millis(number % 4)); // what it is for
        match number % 50 {
            13 => Err(Task::reject("as its number says")),
            26 => Err(baseapp::Error::msg("as its number says")),
            38 | 39 if cx.task().attempt() < 3 => Err(baseapp::Error::msg("not yet")),
            40 if cx.task().attempt() < 2 => Err(Task::snooze(Duration::from_millis(20))),
            _ => Ok(std::process::id()),
        }
    }
}
