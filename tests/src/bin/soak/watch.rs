//! The program that looks.

use baseapp::{Error, Result};
use tests::{Fixture, check, proc, say};

use crate::{
    figures::{Sample, slope},
    load::PEERS,
    options::Options,
};

/// How much memory main, or the steady worker, may grow in a minute: 64 KiB. What is
/// kept of each message or task would be some hundred bytes, some hundred times a
/// second, and so megabytes in a minute; what is kept of each death, start or stop, of
/// which there are some 200 in a minute, is more than the bound if it is 330 bytes.
const GROWTH: f64 = 65_536.0;

/// How much it may grow in all, however short the time: what the allocator may keep
/// for more threads and larger moments than there were before.
const NOISE: f64 = 1_048_576.0;

/// Samples between two lines: 10 s.
const LINES: usize = 5;

/// Connections that two make for one another at the same time stay both: whether a
/// peer has one of the steady worker's or two is chance, each time that it starts.
const DOUBLES: u64 = PEERS as u64;

/// Descriptors of a connection that has a lane: its socket, and a bell for each end.
const OF_A_LANE: u64 = 3;

/// Whose memory is looked at.
type Memory = fn(&Sample) -> u64;

#[derive(Debug, Default)]
struct Seen {
    samples: Vec<Sample>,
    calm: Vec<Sample>,
    left: Option<u64>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let limit = match options.names {
        Some(count) => 300 + 5 * count,
        None => 60 * options.minutes + 240,
    };
    let _watchdog = tests::test!(limit);
    let program = std::env::current_exe()?;
    let arguments = options.run().arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut main = Fixture::start(&program.to_string_lossy(), &arguments)?;
    let mut seen = Seen::default();
    while let Ok(line) = main.line() {
        seen.take(&line)?;
    }
    let ended = main.wait()?;
    check(ended.status.success(), || {
        let last: Vec<_> = ended.stderr.lines().rev().take(40).collect();
        let last: Vec<_> = last.into_iter().rev().collect();
        format!("it ended with {}: {}", ended.status, last.join("\n"))
    })?;
    let files = main.files_left()?;
    check(files.is_empty(), || format!("it has left {files:?}"))?;
    let processes = proc::of_program_in(main.dir());
    check(processes.is_empty(), || {
        format!("it has left processes: {processes:?}")
    })?;
    match options.names {
        Some(_) => Ok(()),
        None => seen.judge(),
    }
}

impl Seen {
    fn take(&mut self, line: &str) -> Result<()> {
        let (what, numbers) = line.split_once(' ').unwrap_or((line, ""));
        match what {
            "sample" => {
                let sample = Sample::parse(numbers)?;
                self.samples.push(sample);
                if self.samples.len().is_multiple_of(LINES) {
                    say(&sample.line());
                }
            }
            "calm" => {
                let sample = Sample::parse(numbers)?;
                say(&format!("calm   {}", sample.line()));
                self.calm.push(sample);
            }
            "left" => self.left = Some(numbers.parse()?),
            "one" | "new" => {
                let (main, steady) = numbers.split_once(' ').unwrap_or_default();
                say(&format!(
                    "a worker that was started and stopped under {} name: \
                     main has kept {main} bytes, another worker {steady}",
                    if what == "one" { "one" } else { "a new" },
                ));
            }
            _ => {}
        }
        Ok(())
    }

    fn judge(&self) -> Result<()> {
        let [first, last] = self.calm[..] else {
            return Err(Error::msg("it was not calm twice"));
        };
        check(self.left == Some(0), || {
            format!("main has left {:?} children", self.left)
        })?;
        let same = |what: &str, before: u64, after: u64| {
            check(after <= before, || {
                format!("{what}: {before} after the warm-up, {after} at the end")
            })
        };
        same("threads", first.threads, last.threads)?;
        same("children", first.children, last.children)?;
        same("files", first.files, last.files)?;
        same("zombies", 0, last.zombies)?;
        let main = [first, last].map(|at| (at.lanes, at.descriptors));
        let steady = [first, last].map(|at| (at.steady_lanes, at.steady_descriptors));
        for (who, [first, last]) in [("main", main), ("the steady worker", steady)] {
            same(&format!("lanes of {who}"), first.0 + DOUBLES, last.0)?;
            let beside = |(lanes, all): (u64, u64)| all.saturating_sub(OF_A_LANE * lanes);
            // Without lanes, the connections are among these.
            let more = if last.0 == 0 { DOUBLES } else { 0 };
            let what = format!("descriptors of {who} beside those of lanes");
            same(&what, beside(first) + more, beside(last))?;
        }

        let warm = |sample: &&Sample| sample.millis > first.millis;
        let warm: Vec<_> = self.samples.iter().filter(warm).copied().collect();
        let minutes = last.minutes() - first.minutes();
        let bound = GROWTH.max(NOISE / minutes);
        let memories: [(&str, Memory); 2] = [
            ("main", |sample| sample.memory),
            ("the steady worker", |sample| sample.steady_memory),
        ];
        for (who, memory) in memories {
            let grows = slope(&warm, memory);
            let text = format!(
                "{who} grows by {:.1} KiB in a minute, where {:.1} are allowed",
                grows / 1024.0,
                bound / 1024.0
            );
            say(&text);
            check(grows <= bound, || text)?;
        }
        Ok(())
    }
}
