//! `scale`: what a worker and a message cost when there are few workers, and when
//! there are hundreds: cost that grows faster than the work shows here.
//!
//! Some of it grows by itself: more workers than processors take turns, each of them
//! woken for what has gathered for it, and what belongs to one link has left the cache
//! when its turn comes again. What that is shows the contender that does the same by
//! hand over raw sockets, written 64 KiB at a time, however long that takes: its
//! messages are not even on their way before so much has gathered.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::idle::pss;
use super::{Metric, Spec, Unit, not_entered};
use crate::child::Peer;
use crate::contender::frame::Flush;
use crate::contender::many::Many;
use crate::contender::raw::Raw;
use crate::contender::{Contender, Link, Sends, bare};
use crate::cpu;
use crate::messages::Small;

/// How many workers, one number after the other.
pub(crate) const SIZES: [usize; 5] = [2, 20, 100, 200, 500];

/// Messages to each worker: as many, however many workers there are, because each is
/// woken some times however little it gets. To few of them, enough to be measured.
const MESSAGES_EACH: u64 = 5_000;
const MESSAGES_AT_LEAST: u64 = 200_000;

/// Before those that are counted: until all memory that a link uses was touched once,
/// which is a cost of the link, however many messages follow. What it comes to stands
/// under memory.
const WARM_UP_EACH: u64 = 8_000;

/// Between the last message and the look at the memory.
const SETTLE: Duration = Duration::from_millis(200);

/// The first of the metrics of each kind; one for each size follows.
pub(crate) const CPU: usize = 0;
pub(crate) const MEMORY: usize = SIZES.len();
pub(crate) const START: usize = 2 * SIZES.len();

/// The measure.
pub(super) const SPEC: Spec = Spec {
    name: "scale",
    contenders: &[Contender::Bare, Contender::RawCoalesced, Contender::Baseapp],
    baseline: Contender::Bare,
    metrics: &[
        Metric::shown("CPU a message, 2 workers", Unit::Nanos),
        Metric::shown("CPU a message, 20", Unit::Nanos),
        Metric::shown("CPU a message, 100", Unit::Nanos),
        Metric::shown("CPU a message, 200", Unit::Nanos),
        Metric::shown("CPU a message, 500", Unit::Nanos),
        Metric::shown("memory each, 2 workers", Unit::Memory),
        Metric::shown("memory each, 20", Unit::Memory),
        Metric::shown("memory each, 100", Unit::Memory),
        Metric::shown("memory each, 200", Unit::Memory),
        Metric::shown("memory each, 500", Unit::Memory),
        Metric::shown("start each, 2 workers", Unit::Micros),
        Metric::shown("start each, 20", Unit::Micros),
        Metric::shown("start each, 100", Unit::Micros),
        Metric::shown("start each, 200", Unit::Micros),
        Metric::shown("start each, 500", Unit::Micros),
    ],
};

/// What one size came to.
#[derive(Clone, Copy, Debug)]
struct Costs {
    /// Nanoseconds of CPU time, of all processes; no number if nothing was sent.
    message: f64,
    /// Mebibytes of each worker.
    memory: f64,
    /// Microseconds to start all, for each.
    start: f64,
}

/// One contender's turn.
pub(super) async fn turn(contender: Contender) -> Result<Vec<f64>> {
    let mut costs = Vec::with_capacity(SIZES.len());
    for size in SIZES {
        costs.push(match contender {
            Contender::Bare => of_bare(size)?,
            Contender::RawCoalesced => of_raw(size).await?,
            Contender::Baseapp => of_baseapp(size).await?,
            _ => return Err(not_entered(contender)),
        });
    }
    let kinds: [fn(&Costs) -> f64; 3] = [
        |costs| costs.message,
        |costs| costs.memory,
        |costs| costs.start,
    ];
    Ok(kinds
        .iter()
        .flat_map(|kind| costs.iter().map(kind))
        .collect())
}

/// Processes that answer a byte, all started before the first is waited for.
fn of_bare(size: usize) -> Result<Costs> {
    let start = Instant::now();
    let started = (0..size)
        .map(|_| bare::begin())
        .collect::<Result<Vec<_>>>()?;
    let peers = started
        .into_iter()
        .map(bare::ready)
        .collect::<Result<Vec<_>>>()?;
    let elapsed = start.elapsed();
    let pids: Vec<u32> = peers.iter().map(Peer::id).collect();
    std::thread::sleep(SETTLE);
    let memory = memory(&pids)?;
    for peer in peers {
        peer.join()?;
    }
    Ok(Costs {
        message: f64::NAN,
        memory,
        start: each(elapsed, size),
    })
}

async fn of_baseapp(size: usize) -> Result<Costs> {
    let start = Instant::now();
    let mut many = Many::open(size).await?;
    let pids = many.pids().await?;
    let elapsed = start.elapsed();
    let messages = messages(size);
    many.send_to_all(size as u64 * WARM_UP_EACH).await?;
    let before = cpu_of_all(&pids)?;
    many.send_to_all(messages).await?;
    let used = cpu_of_all(&pids)?.saturating_sub(before);
    tokio::time::sleep(SETTLE).await;
    let memory = memory(&pids)?;
    many.close().await?;
    Ok(Costs {
        message: used.as_nanos() as f64 / messages as f64,
        memory,
        start: each(elapsed, size),
    })
}

/// A socket to each, and what is sent to it gathered by itself.
async fn of_raw(size: usize) -> Result<Costs> {
    let opened = (0..size).map(|_| Raw::open(Flush::Coalesced));
    let mut links = opened.collect::<Result<Vec<_>>>()?;
    let pids: Vec<u32> = links.iter().map(Raw::pid).collect();
    let messages = messages(size);
    send_to_all(&mut links, size as u64 * WARM_UP_EACH).await?;
    let before = cpu_of_all(&pids)?;
    send_to_all(&mut links, messages).await?;
    let used = cpu_of_all(&pids)?.saturating_sub(before);
    std::thread::sleep(SETTLE);
    let memory = memory(&pids)?;
    for link in links {
        link.close().await?;
    }
    Ok(Costs {
        message: used.as_nanos() as f64 / messages as f64,
        memory,
        start: f64::NAN, // one after the other
    })
}

/// Sends so many messages, to one after the other, and waits until all have come.
async fn send_to_all(links: &mut [Raw], messages: u64) -> Result<()> {
    let each = messages / links.len() as u64;
    for number in 0..each {
        for link in links.iter_mut() {
            link.send(Small::new(number)).await?;
        }
    }
    for link in links {
        let report = Sends::<Small>::report(link).await?;
        report.check(each, &Small::new(0))?;
    }
    Ok(())
}

fn messages(size: usize) -> u64 {
    (size as u64 * MESSAGES_EACH).max(MESSAGES_AT_LEAST)
}

fn each(elapsed: Duration, size: usize) -> f64 {
    elapsed.as_nanos() as f64 / 1e3 / size as f64
}

/// Of these processes and of this one.
fn cpu_of_all(pids: &[u32]) -> Result<Duration> {
    let ours = std::process::id();
    pids.iter().chain([&ours]).map(|pid| cpu::of(*pid)).sum()
}

/// Mebibytes of each, on average.
fn memory(pids: &[u32]) -> Result<f64> {
    let sum: f64 = pids.iter().map(|pid| pss(*pid)).sum::<Result<f64>>()?;
    let count = u32::try_from(pids.len()).context("so many processes")?;
    Ok(sum / f64::from(count))
}
