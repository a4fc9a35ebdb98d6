//! A program that starts and stops many workers, and counts what is left.

use std::{fmt::Display, time::Instant};

use baseapp::prelude::*;
use tests::{Random, proc};
use tokio::{runtime::Handle, task::JoinSet};

/// Call that worker: with an ask, or one way.
#[message(reply = ())]
struct Meet {
    whom: Address<Peer>,
    ask: bool,
}

/// What a worker is called with: the number comes back one greater.
#[message(reply = u64)]
struct Ask(u64);

/// What a worker is called with, one way.
#[message]
struct Tell;

/// How many calls of each kind came?
#[message(reply = (u64, u64))]
struct Called;

/// Calls others, and counts who calls it.
#[worker]
#[derive(Default)]
struct Peer {
    #[local]
    asked: u64,
    #[local]
    told: u64,
}

#[worker]
impl Peer {
    #[handler(Meet)]
    async fn meet(&mut self, Meet { whom, ask }: Meet, cx: &Context<Self>) -> baseapp::Result<()> {
        if !ask {
            return Ok(cx.send(&whom, Tell).await?);
        }
        match cx.ask(&whom, Ask(self.asked)).await? {
            answer if answer == self.asked + 1 => Ok(()),
            answer => Err(baseapp::Error::msg(format!("{answer} is no answer"))),
        }
    }

    #[handler(Ask)]
    fn ask(&mut self, Ask(number): Ask) -> u64 {
        self.asked += 1;
        number + 1
    }

    #[handler(Tell)]
    fn tell(&mut self, _: Tell) {
        self.told += 1;
    }

    #[handler(Called)]
    fn called(&self, _: Called) -> (u64, u64) {
        (self.asked, self.told)
    }
}

/// Two different ones of so many: the same in every run.
fn pair(random: &mut Random, end: usize) -> (usize, usize) {
    let one = random.below(end as u64) as usize;
    let other = (one + 1 + random.below(end as u64 - 1) as usize) % end;
    (one, other)
}

fn say(key: &str, value: impl Display) {
    tests::say(&format!("{key} {value}"));
}

fn argument(at: usize) -> Option<usize> {
    std::env::args().nth(at)?.parse().ok()
}

fn peers(app: &mut App, count: usize) -> baseapp::Result<Vec<Address<Peer>>> {
    (0..count)
        .map(|number| Ok(app.worker(format!("peer-{number}"), Peer::default())?))
        .collect()
}

/// Says what this process holds now.
async fn take_stock(when: &str) {
    // What was told to end is polled once more for that.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    let me = std::process::id();
    say(&format!("descriptors-{when}"), proc::descriptors(me));
    say(&format!("threads-{when}"), proc::threads(me));
    let tasks = Handle::current().metrics().num_alive_tasks();
    say(&format!("tasks-{when}"), tasks);
    say(&format!("memory-{when}"), proc::memory(me));
    say(&format!("children-{when}"), proc::children(me).len());
}

/// Starts so many workers, has so many random pairs of them meet, and stops.
async fn pairs(workers: usize, pairs: usize) -> baseapp::Result<()> {
    let mut app = App::new("churn");
    let peers = peers(&mut app, workers)?;
    let begun = Instant::now();
    let app = app.start().await?;
    say("start-ms", begun.elapsed().as_millis());

    let met = Instant::now();
    let mut random = Random::new(0x5eed);
    let mut next = pair(&mut random, workers);
    let mut left = pairs;
    while left > 0 {
        // At once: pairs of which nobody is in two. Two that ask each other
        // from their handlers would wait for each other.
        let mut busy = vec![false; workers];
        let mut meetings = JoinSet::new();
        while left > 0 && !busy[next.0] && !busy[next.1] {
            let (one, other) = std::mem::replace(&mut next, pair(&mut random, workers));
            (busy[one], busy[other]) = (true, true);
            let whom = peers[other].clone();
            let ask = left.is_multiple_of(2);
            meetings.spawn(app.ask(&peers[one], Meet { whom, ask }));
            left -= 1;
        }
        for met in meetings.join_all().await {
            met?;
        }
    }
    say("meet-ms", met.elapsed().as_millis());
    say("descriptors-full", proc::descriptors(std::process::id()));

    let (mut asked, mut told) = (0, 0);
    // What was sent one way may still be on its way.
    while asked + told < pairs as u64 {
        (asked, told) = (0, 0);
        for peer in &peers {
            let called = app.ask(peer, Called).await?;
            asked += called.0;
            told += called.1;
        }
    }
    say("asked", asked);
    say("told", told);
    let stopped = Instant::now();
    app.stop().await?;
    say("stop-ms", stopped.elapsed().as_millis());
    Ok(())
}

/// An app with a few workers, of which each calls the next.
async fn round() -> baseapp::Result<()> {
    let mut app = App::new("round");
    let peers = peers(&mut app, 5)?;
    let app = app.start().await?;
    for (one, other) in peers.iter().zip(peers.iter().cycle().skip(1)) {
        let whom = other.clone();
        app.ask(one, Meet { whom, ask: true }).await?;
    }
    app.stop().await
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    // The first app leaves what a process has once: the pipe of the signals.
    round().await?;
    take_stock("before").await;
    if let (Some(workers), Some(count)) = (argument(1), argument(2)) {
        pairs(workers, count).await?;
    } else {
        for _ in 0..argument(1).unwrap_or(30) {
            round().await?;
        }
    }
    take_stock("after").await;
    Ok(())
}
