//! The program that kills, and looks into the ledger.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use baseapp::Result;
use tests::{Fixture, Random, check, ledger::Books, proc, say};

use crate::{
    life::{check_nothing_left, start},
    options::{Options, Run},
};

/// Between two kills of workers.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest life of a main, in milliseconds.
const LONGEST_LIFE: u64 = 700;

/// What the last life says of itself.
#[derive(Debug, Default)]
struct Said {
    heard: u64,
    descriptors: u64,
    memory: u64,
    children: Option<u64>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let _watchdog = tests::test!(3 * options.seconds + 2 * options.main_kills + 120);
    let dir = tempfile::Builder::new().prefix("kill-loop-").tempdir()?;
    let begun = Instant::now();
    let killed = if options.main_kills > 0 {
        kill_mains(options, dir.path())
    } else {
        kill_workers(options, dir.path())
    };
    let seconds = begun.elapsed().as_secs_f64();
    let judged = killed.and_then(|(kills, said)| judge(options, dir.path(), kills, &said, seconds));
    if judged.is_err() {
        say(&format!("the ledger is kept: {}", dir.keep().display()));
    }
    judged
}

impl Options {
    fn life(&self, dir: &Path, until: u64, last: bool) -> Run {
        Run {
            dir: dir.to_owned(),
            until,
            workers: usize::try_from(self.workers).unwrap_or(usize::MAX),
            prefetch: u32::try_from(self.prefetch).unwrap_or(u32::MAX),
            micros: self.seconds * self.workers * 1_000_000 / self.tasks,
            durable: self.durable,
            last,
        }
    }
}

/// One life, in which a worker is killed every second.
fn kill_workers(options: &Options, dir: &Path) -> Result<(u64, Said)> {
    let mut main = start(dir, &options.life(dir, options.tasks, true).arguments())?;
    main.wait_for("started")?;
    let (pid, over, kills) = (main.pid(), AtomicBool::new(false), AtomicU64::new(0));
    let said = thread::scope(|scope| {
        scope.spawn(|| {
            let mut random = Random::new(options.seed);
            while !over.load(Ordering::Acquire) {
                thread::park_timeout(PAUSE);
                let workers = proc::children(pid);
                let chosen = random.below(workers.len() as u64);
                let chosen = usize::try_from(chosen).ok().and_then(|at| workers.get(at));
                if let Some(worker) = chosen.filter(|_| !over.load(Ordering::Acquire))
                    && proc::kill(*worker).is_ok()
                {
                    kills.fetch_add(1, Ordering::AcqRel);
                }
            }
        });
        let said = listen(&mut main, || over.store(true, Ordering::Release));
        over.store(true, Ordering::Release);
        said
    })?;
    Ok((kills.into_inner(), said))
}

/// Many lives, each of which is killed but for the last.
fn kill_mains(options: &Options, dir: &Path) -> Result<(u64, Said)> {
    let mut random = Random::new(options.seed);
    for kill in 1..=options.main_kills {
        let until = options.tasks * kill / (options.main_kills + 1);
        let mut main = start(dir, &options.life(dir, until, false).arguments())?;
        // Before it has started, too, now and then.
        thread::sleep(Duration::from_millis(random.below(LONGEST_LIFE)));
        let workers = main.workers();
        proc::kill(main.pid())?;
        let left = proc::wait_gone(&workers, Duration::from_secs(1));
        check(left.is_empty(), || format!("{left:?} outlive their main"))?;
        let ended = main.wait()?;
        check(ended.status.code().is_none(), || {
            format!("main ended before it was killed: {}", ended.stderr)
        })?;
    }
    let mut main = start(dir, &options.life(dir, options.tasks, true).arguments())?;
    let said = listen(&mut main, || {})?;
    Ok((options.main_kills, said))
}

/// Listens to the last life until it ends, and sees that nothing is left of it.
fn listen(main: &mut Fixture, worked_off: impl FnOnce()) -> Result<Said> {
    let (mut said, mut worked_off) = (Said::default(), Some(worked_off));
    while let Ok(line) = main.line() {
        let (what, number) = line.split_once(' ').unwrap_or((&line, ""));
        match what {
            "heard" => said.heard = number.parse()?,
            "descriptors" => said.descriptors = number.parse()?,
            "memory" => said.memory = number.parse()?,
            "children" => said.children = Some(number.parse()?),
            "worked" => drop(worked_off.take().map(|worked_off| worked_off())),
            _ => {}
        }
    }
    let ended = main.wait()?;
    let code = ended.status.code();
    check(code == Some(0), || {
        format!("it ended with {}: {}", ended.status, ended.stderr)
    })?;
    Ok(said)
}

/// Looks into the ledger, and for what was left.
fn judge(options: &Options, dir: &Path, kills: u64, said: &Said, seconds: f64) -> Result<()> {
    let books = Books::read(dir)?;
    let (lost, invented) = (books.lost(), books.invented());
    let bound = kills * options.prefetch;
    // A main takes with it what was done and not on disk, however much.
    let (victims, at_most) = match options.main_kills {
        0 => ("workers", format!(" of at most {bound}")),
        _ => ("mains", String::new()),
    };
    say(&format!(
        "{} tasks submitted, {} accepted, {} done, {} dead letters, {} LOST",
        books.submitted(),
        books.accepted(),
        books.done(),
        books.dead(),
        lost.len(),
    ));
    say(&format!(
        "{kills} {victims} killed in {seconds:.1} s; {} tasks started again{at_most}, {} done again",
        books.duplicates(),
        books.done_again(),
    ));
    say(&format!(
        "main had {} descriptors and {} MiB at the end, and heard how {} tasks ended",
        said.descriptors,
        said.memory >> 20,
        said.heard,
    ));
    let first = |numbers: &[u64]| format!("{:?}", numbers.get(..20).unwrap_or(numbers));
    check(lost.is_empty(), || format!("lost: {}", first(&lost)))?;
    check(invented.is_empty(), || {
        format!("done but not submitted or started: {}", first(&invented))
    })?;
    check(books.next() == options.tasks, || {
        format!("{} tasks instead of {}", books.next(), options.tasks)
    })?;
    if options.main_kills == 0 {
        check(books.accepted() as u64 == options.tasks, || {
            "not all were accepted".to_owned()
        })?;
        check(said.heard == options.tasks, || {
            "main has not heard of all tasks".to_owned()
        })?;
        check(books.duplicates() as u64 <= bound, || {
            format!("more than {bound} tasks were started again")
        })?;
    }
    check(kills > 0, || "nobody was killed".to_owned())?;
    check_nothing_left(dir, said.children)
}
