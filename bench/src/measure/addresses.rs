//! `addresses`: what a start and a message cost when an app has few workers and when
//! it has thousands, and when it knows thousands that are gone. Whatever looks through
//! all addresses shows here.
//!
//! The workers are threads of this process: so many processes would measure how the
//! system manages them. Some cost grows by itself, as in `scale`: what belongs to one
//! worker has left the cache when its turn comes again.

use std::ops::Range;
use std::time::Instant;

use anyhow::Result;

use super::{Metric, Spec, Unit, not_entered};
use crate::contender::many::{By, Many};
use crate::contender::{Contender, Link};
use crate::cpu;

/// How many workers, one number after the other.
const SIZES: [usize; 4] = [10, 100, 1_000, 4_000];

/// Of ten thousand addresses that are known, so many live; the others were started
/// and stopped. (Everybody who lives is told of each: with thousands that live, to
/// tell them is all that would be measured.)
const LIVING: usize = 100;
const GONE: usize = 9_900;

/// Those that were started first, and last, are looked at: what they cost shows what
/// it costs that others are known.
const LOOKED_AT: usize = 1_000;

/// Messages to each worker, and to few of them enough to be measured; as many before,
/// until all memory that a link uses was touched.
const MESSAGES_EACH: u64 = 500;
const MESSAGES_AT_LEAST: u64 = 500_000;

/// Descriptors that a worker's thread takes, and some for all else.
const DESCRIPTORS_EACH: u64 = 4;
const DESCRIPTORS_BESIDE: u64 = 200;

/// The metrics that the README tells of.
pub(crate) const OF_100: usize = 1;
pub(crate) const WITH_GONE: usize = SIZES.len();
pub(crate) const FIRST: usize = 2 * SIZES.len() + 3;
pub(crate) const LAST: usize = FIRST + 1;

/// The measure. baseapp alone enters, and is compared with itself.
pub(super) const SPEC: Spec = Spec {
    name: "addresses",
    contenders: &[Contender::Baseapp],
    baseline: Contender::Baseapp,
    metrics: &[
        Metric::shown("CPU a message, 10 workers", Unit::Nanos),
        Metric::shown("CPU a message, 100", Unit::Nanos),
        Metric::shown("CPU a message, 1 k", Unit::Nanos),
        Metric::shown("CPU a message, 4 k", Unit::Nanos),
        Metric::shown("CPU a message, 100 and 9.9 k gone", Unit::Nanos),
        Metric::shown("by name, 100", Unit::Nanos),
        Metric::shown("by name, 100 and 9.9 k gone", Unit::Nanos),
        Metric::shown("start each, 10 workers", Unit::Micros),
        Metric::shown("start each, 100", Unit::Micros),
        Metric::shown("start each, 1 k", Unit::Micros),
        Metric::shown("start each, 4 k", Unit::Micros),
        Metric::shown("start and stop each, first 1 k", Unit::Micros),
        Metric::shown("start and stop each, last 1 k of 9.9 k", Unit::Micros),
    ],
};

/// What one size came to; no numbers if the system does not let it be so large.
#[derive(Clone, Copy, Debug)]
struct Costs {
    /// Nanoseconds of CPU time, of all threads.
    message: f64,
    /// Microseconds to start all, for each.
    start: f64,
}

/// What many that are gone cost those that live.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// Nanoseconds of CPU time for a message by name, before there were others.
    by_name_before: f64,
    /// The same for one by address, and by name, with the others.
    message: f64,
    by_name: f64,
    /// Microseconds to start and stop one, of the first, and of the last.
    first: f64,
    last: f64,
}

/// One contender's turn.
pub(super) async fn turn(contender: Contender) -> Result<Vec<f64>> {
    if contender != Contender::Baseapp {
        return Err(not_entered(contender));
    }
    let mut costs = Vec::with_capacity(SIZES.len());
    for size in SIZES {
        costs.push(of_size(size).await?);
    }
    let known = of_known().await?;
    let mut values: Vec<f64> = costs.iter().map(|costs| costs.message).collect();
    values.extend([known.message, known.by_name_before, known.by_name]);
    values.extend(costs.iter().map(|costs| costs.start));
    values.extend([known.first, known.last]);
    Ok(values)
}

async fn of_size(size: usize) -> Result<Costs> {
    if !fits(size, descriptors()) {
        let (message, start) = (f64::NAN, f64::NAN);
        return Ok(Costs { message, start });
    }
    let start = Instant::now();
    let mut many = Many::open_in_process(size).await?;
    many.pids().await?; // each has handled a message
    let start = micros_each(start, size);
    let message = message(&mut many, size, By::Address).await?;
    many.close().await?;
    Ok(Costs { message, start })
}

async fn of_known() -> Result<Known> {
    let mut many = Many::open_in_process(LIVING).await?;
    let by_name_before = message(&mut many, LIVING, By::Name).await?;
    let first = start_and_stop(&many, 0..LOOKED_AT).await?;
    many.start_and_stop(LOOKED_AT..GONE - LOOKED_AT).await?;
    let last = start_and_stop(&many, GONE - LOOKED_AT..GONE).await?;
    let costs = Known {
        by_name_before,
        message: message(&mut many, LIVING, By::Address).await?,
        by_name: message(&mut many, LIVING, By::Name).await?,
        first,
        last,
    };
    many.close().await?;
    Ok(costs)
}

/// Microseconds for each of these.
async fn start_and_stop(many: &Many, numbers: Range<usize>) -> Result<f64> {
    let start = Instant::now();
    let count = numbers.len();
    many.start_and_stop(numbers).await?;
    Ok(micros_each(start, count))
}

/// Nanoseconds of CPU time for each of many messages, to all in turn.
async fn message(many: &mut Many, size: usize, by: By) -> Result<f64> {
    let messages = (size as u64 * MESSAGES_EACH).max(MESSAGES_AT_LEAST);
    many.send_to_all_by(by, messages).await?;
    let before = cpu::of_this_process()?;
    many.send_to_all_by(by, messages).await?;
    let used = cpu::of_this_process()?.saturating_sub(before);
    Ok(used.as_nanos() as f64 / messages as f64)
}

fn micros_each(start: Instant, size: usize) -> f64 {
    start.elapsed().as_nanos() as f64 / 1e3 / size as f64
}

/// Whether so many workers take no more descriptors than a process may open.
fn fits(workers: usize, descriptors: Option<u64>) -> bool {
    let wanted = workers as u64 * DESCRIPTORS_EACH + DESCRIPTORS_BESIDE;
    descriptors.is_none_or(|most| wanted <= most)
}

/// How many descriptors this process may open, if there is a limit. (baseapp raises
/// its own to the system's.)
#[cfg(unix)]
fn descriptors() -> Option<u64> {
    use rustix::process::{Resource, getrlimit};

    getrlimit(Resource::Nofile).maximum
}

/// There is no such limit here.
#[cfg(not(unix))]
fn descriptors() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_readme_tells_is_what_it_says() {
        let names = [OF_100, WITH_GONE, FIRST, LAST].map(|at| SPEC.metrics[at].name);
        let expected = [
            "CPU a message, 100",
            "CPU a message, 100 and 9.9 k gone",
            "start and stop each, first 1 k",
            "start and stop each, last 1 k of 9.9 k",
        ];
        assert_eq!(names, expected);
        assert_eq!(LAST + 1, SPEC.metrics.len());
    }

    #[test]
    fn thousands_of_workers_need_thousands_of_descriptors() {
        assert!(fits(4_000, None));
        assert!(fits(4_000, Some(20_000)));
        assert!(!fits(4_000, Some(16_000)));
        assert!(fits(100, Some(1_024)));
    }
}
