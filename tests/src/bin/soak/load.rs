//! The program that is looked at.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use baseapp::prelude::*;
use baseapp::{
    Error, ManageErrorKind, PoolOptions, Result, RunningApp, StopError, StopProblem, TaskError,
};
use tests::{Random, proc, say};
use tokio::task::JoinSet;

use crate::{
    calm::calm,
    figures::{Sample, own_files},
    workers::{Ask, Deaths, Hand, How, Job, Nap, News, Peer, Relay, Tell},
};

/// Workers that are always there, but for a moment after they were killed.
pub(crate) const PEERS: usize = 4;

/// Workers of the pool.
pub(crate) const HANDS: usize = 3;

/// Names of workers that come and go. Few: each name that was ever used is kept, as
/// addresses stay good.
const GUESTS: u64 = 3;

/// The worker that is never killed.
const STEADY: &str = "steady";

/// Between two samples.
const SAMPLE: Duration = Duration::from_secs(2);

/// What all that goes on has in common.
pub(crate) struct Desk {
    pub(crate) app: RunningApp,
    /// The last one is never killed.
    pub(crate) peers: Vec<Address<Peer>>,
    pub(crate) pool: Pool<Hand>,
    begun: Instant,
    messages: AtomicU64,
    pub(crate) tasks: AtomicU64,
}

impl Desk {
    fn peer(&self, random: &mut Random) -> &Address<Peer> {
        let at = random.below(self.peers.len() as u64);
        &self.peers[usize::try_from(at).unwrap_or(0)]
    }

    pub(crate) fn steady(&self) -> &Address<Peer> {
        &self.peers[PEERS]
    }

    /// Dead letters are kept until somebody does this.
    pub(crate) async fn purge(&self) -> Result<()> {
        let queue = self.app.queue(&self.pool);
        for letter in queue.dead().await? {
            queue.purge(letter.id).await?;
        }
        Ok(())
    }

    fn said(&self, messages: u64) {
        self.messages.fetch_add(messages, Ordering::Relaxed);
    }

    /// What there is now.
    pub(crate) async fn sample(&self) -> Result<Sample> {
        let me = std::process::id();
        let deaths = self.app.ask(self.steady(), Deaths).await?;
        let children = proc::children(me);
        let steady = steady_pid(&children);
        Ok(Sample {
            millis: u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            memory: proc::memory(me),
            descriptors: proc::descriptors(me) as u64,
            lanes: proc::lanes(me) as u64,
            threads: proc::threads(me) as u64,
            children: children.len() as u64,
            zombies: children.iter().filter(|pid| proc::is_gone(**pid)).count() as u64,
            files: own_files(),
            messages: self.messages.load(Ordering::Relaxed),
            tasks: self.tasks.load(Ordering::Relaxed),
            deaths,
            steady_memory: proc::memory(steady),
            steady_descriptors: proc::descriptors(steady) as u64,
            steady_lanes: proc::lanes(steady) as u64,
        })
    }
}

pub(crate) fn steady_pid(children: &[u32]) -> u32 {
    let is_steady = |pid: &&u32| {
        proc::arguments(**pid)
            .last()
            .is_some_and(|name| name == STEADY)
    };
    children.iter().find(is_steady).copied().unwrap_or(0)
}

pub(crate) async fn run(seconds: u64, seed: u64) -> Result<()> {
    let mut app = App::new("soak");
    // Nobody asks for tasks of the past: what is kept of them would grow for an hour.
    let options = PoolOptions::new(HANDS).retention(Duration::from_secs(1));
    let pool = app.pool("hands", Hand, options)?;
    let mut peers = Vec::new();
    for number in 0..PEERS {
        peers.push(app.worker(format!("peer-{number}"), Peer::new(&pool))?);
    }
    peers.push(app.worker(STEADY, Peer::new(&pool))?);
    let desk = Arc::new(Desk {
        app: app.start().await?,
        peers,
        pool,
        begun: Instant::now(),
        messages: AtomicU64::new(0),
        tasks: AtomicU64::new(0),
    });
    let all = Duration::from_secs(seconds);
    let warm_up = (all / 4).min(Duration::from_secs(120));
    let mut random = Random::new(seed);
    for span in [warm_up, all - warm_up] {
        load(&desk, Instant::now() + span, &mut random).await?;
        calm(&desk).await?;
        say(&format!("calm {}", desk.sample().await?));
    }
    let desk = Arc::into_inner(desk).ok_or_else(|| Error::msg("somebody is still at it"))?;
    only_lost(desk.app.stop().await)?;
    let me = std::process::id();
    say(&format!("left {}", proc::children(me).len()));
    Ok(())
}

/// Whoever is killed takes the message with it that it was about, and what it was
/// about to say: nothing else may be wrong.
fn only_lost(stopped: Result<()>) -> Result<()> {
    let Err(error) = stopped else { return Ok(()) };
    let is_lost = |problem: &StopProblem| matches!(problem, StopProblem::Lost { .. });
    match error.downcast_ref::<StopError>() {
        Some(StopError { problems, .. }) if problems.iter().all(is_lost) => Ok(()),
        _ => Err(error),
    }
}

/// Everything at once, until then.
async fn load(desk: &Arc<Desk>, end: Instant, random: &mut Random) -> Result<()> {
    let mut all = JoinSet::new();
    let mut seed = || Random::new(random.below(u64::MAX));
    for _ in 0..2 {
        all.spawn(talk(Arc::clone(desk), end, seed()));
    }
    all.spawn(work(Arc::clone(desk), end, seed()));
    for number in 0..GUESTS {
        all.spawn(guest(Arc::clone(desk), end, seed(), number));
    }
    all.spawn(kill(end, seed()));
    all.spawn(look(Arc::clone(desk), end));
    while let Some(ended) = all.join_next().await {
        ended??;
    }
    Ok(())
}

/// A pause, as this is a moderate load: not an event that is waited for.
async fn pause(random: &mut Random, millis: std::ops::Range<u64>) {
    let span = millis.start + random.below(millis.end - millis.start);
    tokio::time::sleep(Duration::from_millis(span)).await;
}

async fn look(desk: Arc<Desk>, end: Instant) -> Result<()> {
    while Instant::now() < end {
        tokio::time::sleep(SAMPLE).await;
        desk.purge().await?;
        say(&format!("sample {}", desk.sample().await?));
    }
    Ok(())
}

/// Says one thing after another. Who is killed meanwhile does not answer.
async fn talk(desk: Arc<Desk>, end: Instant, mut random: Random) -> Result<()> {
    while Instant::now() < end {
        let whom = desk.peer(&mut random).clone();
        let by = desk.peer(&mut random);
        let (app, second) = (&desk.app, Duration::from_secs(1));
        let relay = |how| {
            app.ask(
                by,
                Relay {
                    whom: whom.clone(),
                    how,
                },
            )
            .timeout(second)
        };
        match random.below(8) {
            0 => drop(app.send(by, Tell("x".repeat(100))).timeout(second).await),
            1 => drop(app.ask(by, Ask(1)).timeout(second).await),
            2 => drop(app.publish(News(1)).await),
            3 => drop(relay(How::Send).await),
            4 => drop(relay(How::Ask).await),
            5 => drop(relay(How::Publish).await),
            6 => drop(relay(How::Submit).await),
            // Too short for all but the quickest.
            _ => {
                let tiny = Duration::from_micros(random.below(2_000));
                drop(app.ask(by, Nap(2)).timeout(tiny).await);
            }
        }
        desk.said(2);
        pause(&mut random, 2..10).await;
    }
    Ok(())
}

/// Gives the pool something to do, and hears what became of it.
async fn work(desk: Arc<Desk>, end: Instant, mut random: Random) -> Result<()> {
    while Instant::now() < end {
        let jobs = (0..1 + random.below(8)).map(|_| Job(random.below(1_000)));
        let jobs: Vec<_> = jobs.collect();
        for task in desk.app.submit_all(&desk.pool, jobs).await? {
            match task.await {
                Ok(_) | Err(TaskError::Dead { .. }) => desk.tasks.fetch_add(1, Ordering::Relaxed),
                Err(error) => return Err(error.into()),
            };
        }
        pause(&mut random, 10..50).await;
    }
    Ok(())
}

/// A worker that comes, is started anew, and goes, again and again.
async fn guest(desk: Arc<Desk>, end: Instant, mut random: Random, number: u64) -> Result<()> {
    let name = format!("guest-{number}");
    while Instant::now() < end {
        let Ok(guest) = desk
            .app
            .spawn_worker(name.clone(), Peer::new(&desk.pool))
            .await
        else {
            continue; // it was killed as it started
        };
        for _ in 0..2 {
            for how in [How::Send, How::Ask, How::Publish, How::Submit] {
                let (peer, other) = (desk.peer(&mut random), guest.clone());
                let second = Duration::from_secs(1);
                let to = Relay { whom: other, how };
                drop(desk.app.ask(peer, to).timeout(second).await);
                let from = Relay {
                    whom: peer.clone(),
                    how,
                };
                drop(desk.app.ask(&guest, from).timeout(second).await);
                desk.said(4);
            }
            pause(&mut random, 50..500).await;
            // One that was killed meanwhile is not started anew.
            let _ = desk.app.restart_worker(&guest).await;
        }
        loop {
            match desk
                .app
                .stop_worker(&guest)
                .await
                .map_err(|error| error.kind)
            {
                Ok(()) | Err(ManageErrorKind::Ended) => break,
                // It is just being started again.
                Err(_) => pause(&mut random, 10..20).await,
            }
        }
        pause(&mut random, 50..500).await;
    }
    Ok(())
}

/// Kills workers, whatever they are about, but for one.
async fn kill(end: Instant, mut random: Random) -> Result<()> {
    while Instant::now() < end {
        pause(&mut random, 500..1_500).await;
        let mut children = proc::children(std::process::id());
        let steady = steady_pid(&children);
        children.retain(|pid| *pid != steady);
        let at = random.below(children.len() as u64);
        if let Some(pid) = usize::try_from(at).ok().and_then(|at| children.get(at)) {
            let _ = proc::kill(*pid); // it may just have ended by itself
        }
    }
    Ok(())
}
