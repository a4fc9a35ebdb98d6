//! The program that kills, and has the trails judged.

use std::{
    collections::BTreeMap,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use baseapp::{Error, Result};
use tests::{
    Random, check, proc, say,
    trail::{self, Birth, Verdict},
};

use super::{OVER, Options, Run, TIMES, name};
use crate::{
    life::{check_nothing_left, start},
    times::Times,
};

/// A kill: of which process, and when.
type Kill = (u32, Duration);

/// What the program says of itself.
#[derive(Debug, Default)]
struct Said {
    lost: BTreeMap<u8, u64>,
    children: Option<u64>,
    stderr: String,
}

pub(crate) fn kill(options: &Options) -> Result<()> {
    let limit = match options.restarts {
        0 => 2 * options.seconds + 240,
        restarts => restarts + 240,
    };
    let _watchdog = tests::test!(limit);
    let dir = tempfile::Builder::new().prefix("kill-loop-").tempdir()?;
    let judged = run(options, dir.path()).and_then(|(kills, said)| {
        std::fs::write(dir.path().join("stderr"), &said.stderr)?;
        let verdict = trail::judge(dir.path(), options.workers, &said.lost)?;
        tell(options, &kills, &said, &verdict);
        tell_times(options, dir.path(), &kills)?;
        check_all(dir.path(), &kills, &said, &verdict)
    });
    judged.map_err(|error| {
        say(&format!("the trails are kept: {}", dir.keep().display()));
        Error::msg(format!("with seed {}: {error}", options.seed))
    })
}

/// Runs the program to its end.
fn run(options: &Options, dir: &Path) -> Result<(Vec<Kill>, Said)> {
    let run = Run {
        dir: dir.to_owned(),
        workers: options.workers,
        restarts: options.restarts,
        pause: options.pause,
        seed: options.seed,
    };
    let mut main = start(dir, &run.arguments())?;
    if let Err(error) = main.wait_for("started") {
        return Err(Error::msg(format!("{error}: {}", main.wait()?.stderr)));
    }
    let mut kills = Vec::new();
    if options.restarts == 0 {
        kill_at_random(options, main.pid(), &mut kills);
        std::fs::write(dir.join(OVER), "")?;
    }
    let mut said = Said::default();
    while let Ok(line) = main.line() {
        let mut words = line.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some("lost"), Some(of), Some(count)) => {
                let worker = (0..options.workers).find(|worker| name(*worker) == of);
                let worker = worker.ok_or_else(|| Error::msg(format!("{of} has lost messages")))?;
                said.lost.insert(worker, count.parse()?);
            }
            (Some("children"), Some(count), None) => said.children = Some(count.parse()?),
            _ => {}
        }
    }
    let ended = main.wait()?;
    let code = ended.status.code();
    said.stderr = ended.stderr;
    check(code == Some(0), || {
        format!("it ended with {}: {}", ended.status, said.stderr)
    })?;
    Ok((kills, said))
}

/// Kills workers, in whatever state they are.
fn kill_at_random(options: &Options, main: u32, kills: &mut Vec<Kill>) {
    let mut random = Random::new(options.seed);
    let pause = Duration::from_secs(1) / u32::try_from(options.kills_per_second).unwrap_or(1000);
    let end = Instant::now() + Duration::from_secs(options.seconds);
    while Instant::now() < end {
        // Not in step with anything that happens every so often.
        let part = u32::try_from(random.below(1000)).unwrap_or(0);
        thread::sleep(pause / 2 + pause * part / 1000);
        let workers = proc::children(main);
        let chosen = usize::try_from(random.below(workers.len() as u64)).unwrap_or(0);
        let at = trail::clock();
        if let Some(pid) = workers.get(chosen).filter(|pid| proc::kill(**pid).is_ok()) {
            kills.push((*pid, at));
        }
    }
}

fn tell(options: &Options, kills: &[Kill], said: &Said, verdict: &Verdict) {
    let reported: u64 = said.lost.values().sum();
    let in_hand = said.stderr.matches("ended while it handled").count();
    let killed = kills.len() as u64 + options.restarts;
    say(&format!(
        "{} messages sent by {} workers, {} handled, {} came back; {} asks handled",
        verdict.sent, options.workers, verdict.handled, verdict.came_back, verdict.asks,
    ));
    say(&format!(
        "{killed} kills, {} restarts; {in_hand} messages in hand at deaths, as was reported; {} missing between others, \
         {reported} counted as lost by those who live",
        verdict.deaths, verdict.missing,
    ));
    say(&format!(
        "{} handled TWICE but for {} idempotent, {} OUT OF ORDER, {} violations",
        verdict.twice, verdict.again, verdict.late, verdict.violations,
    ));
}

fn tell_times(options: &Options, dir: &Path, kills: &[Kill]) -> Result<()> {
    if options.restarts == 0 {
        let births = trail::births(dir, options.workers)?;
        let times = kills.iter().filter_map(|kill| until_next(&births, *kill));
        let times = Times::new(times.collect());
        say(&format!("from kill to #[start] of the next life: {times}"));
        return Ok(());
    }
    let (mut started, mut answered) = (Vec::new(), Vec::new());
    for line in std::fs::read_to_string(dir.join(TIMES))?.lines() {
        let (start, answer) = line.split_once(' ').unwrap_or((line, "0"));
        started.push(Duration::from_nanos(start.parse()?));
        answered.push(Duration::from_nanos(answer.parse()?));
    }
    let (started, answered) = (Times::new(started), Times::new(answered));
    say(&format!(
        "from kill to #[start] of the next life: {started}"
    ));
    say(&format!("from kill to its first answer: {answered}"));
    Ok(())
}

/// From a kill to the next birth of the same worker. Not known of those that
/// were killed before they were born.
fn until_next(births: &[Birth], (pid, at): Kill) -> Option<Duration> {
    let killed = births.iter().rfind(|birth| birth.pid == pid)?.life;
    let later = births.iter().filter(|birth| {
        birth.life.worker == killed.worker && birth.life.life > killed.life && birth.at > at
    });
    Some(later.map(|birth| birth.at).min()? - at)
}

fn check_all(dir: &Path, kills: &[Kill], said: &Said, verdict: &Verdict) -> Result<()> {
    check(verdict.violations == 0, || verdict.wrong.join("\n"))?;
    // Reports of what must not be: damage, doubt, trouble with the trail.
    let bad = [
        "failed to handle",
        "may not have been handled",
        "not delivered",
        "NOT SENT",
        "WRONG",
        "closing the link",
    ];
    let line = said
        .stderr
        .lines()
        .find(|line| bad.iter().any(|bad| line.contains(bad)));
    check(line.is_none(), || line.unwrap_or_default().to_owned())?;
    check(!kills.is_empty() || dir.join(TIMES).exists(), || {
        "nobody was killed".to_owned()
    })?;
    check_nothing_left(dir, said.children)
}
