//! All trails of a run, held against each other and against what the library
//! says was lost.

use std::{collections::BTreeMap, io, path::Path};

use super::{
    Birth, Kind, Life, Record, births,
    gaps::unexplained,
    lives,
    pair::{Pair, Step},
    records, sent,
};

/// So many violations are told one by one.
const TOLD: usize = 20;

/// What was found.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Messages that were sent; of lives that were killed, as far as is known.
    pub sent: u64,
    /// Messages that were handled, each once.
    pub handled: u64,
    /// Asks that were handled.
    pub asks: u64,
    /// Idempotent messages that were begun more than once.
    pub again: u64,
    /// Messages that came back.
    pub came_back: u64,
    /// Messages that were lost with those who had them in hand, or not handled
    /// for no known reason.
    pub missing: u64,
    /// Other messages that were handled more than once.
    pub twice: u64,
    /// Messages that were handled after later ones.
    pub late: u64,
    /// Lives that did not live to the end.
    pub deaths: u64,
    /// All that must not be, in words; not more than some of it.
    pub wrong: Vec<String>,
    /// How much must not be.
    pub violations: u64,
}

impl Verdict {
    fn wrong(&mut self, what: impl FnOnce() -> String) {
        self.violations += 1;
        if self.wrong.len() < TOLD {
            self.wrong.push(what());
        }
    }
}

struct Court<'a> {
    dir: &'a Path,
    workers: u8,
    births: Vec<Birth>,
    verdict: Verdict,
    /// Of each last life of a sender: messages that were not handled, and deaths
    /// whose victim had handled one of its messages last, so that it may have
    /// been in hand still.
    missing: BTreeMap<Life, u64>,
    doubtful: BTreeMap<Life, u64>,
}

/// Judges a run that has ended in order, and in which so many messages of each
/// worker were lost, as the library says.
///
/// # Errors
/// When the trails cannot be read.
pub fn judge(dir: &Path, workers: u8, lost: &BTreeMap<u8, u64>) -> io::Result<Verdict> {
    let mut court = Court {
        dir,
        workers,
        births: births(dir, workers)?,
        verdict: Verdict::default(),
        missing: BTreeMap::new(),
        doubtful: BTreeMap::new(),
    };
    for worker in 0..workers {
        court.verdict.deaths += u64::from(lives(dir, worker).saturating_sub(1));
        court.judge_receiver(worker)?;
    }
    court.judge_losses(lost);
    Ok(court.verdict)
}

impl Court<'_> {
    fn is_last(&self, of: Life) -> bool {
        of.life == lives(self.dir, of.worker)
    }

    /// In which life a worker was, at most, when that of another began.
    fn life_at_birth(&self, worker: u8, of: Life) -> u16 {
        let at = self.births.iter().find(|birth| birth.life == of);
        let before = self.births.iter().filter(|birth| {
            birth.life.worker == worker && at.is_some_and(|other| birth.at < other.at)
        });
        before.map(|birth| birth.life.life).max().unwrap_or(1)
    }

    /// All that one worker has handled.
    fn judge_receiver(&mut self, worker: u8) -> io::Result<()> {
        let mut pairs: BTreeMap<Life, Pair> = BTreeMap::new();
        let last = lives(self.dir, worker);
        for life in 1..=last {
            let receiver = Life { worker, life };
            let records = records(self.dir, receiver, "handled")?;
            for (at, record) in records.iter().enumerate() {
                let from = record.from;
                let pair = pairs
                    .entry(from)
                    .or_insert_with(|| Pair::new(self.life_at_birth(worker, from)));
                self.take(pair, receiver, record, records.get(at + 1));
            }
            let message = records.last().filter(|last| last.kind == Kind::Message);
            if let Some(record) = message.filter(|_| life < last) {
                *self.doubtful.entry(record.from).or_default() += 1;
            }
        }
        for worker_of in (0..self.workers).filter(|of| *of != worker) {
            for life in 1..=lives(self.dir, worker_of) {
                let from = Life {
                    worker: worker_of,
                    life,
                };
                let pair = pairs
                    .entry(from)
                    .or_insert_with(|| Pair::new(self.life_at_birth(worker, from)));
                self.close(pair, from, worker, last)?;
            }
        }
        let gaps = pairs
            .iter()
            .flat_map(|(from, pair)| pair.gaps().iter().map(|gap| (*from, *gap)));
        for (from, gap) in unexplained(gaps.collect()) {
            self.verdict.wrong(|| {
                format!(
                    "{from} -> w{worker}: {} to {} are missing, between lives {} and {} of w{worker}",
                    gap.first, gap.last, gap.from, gap.to
                )
            });
        }
        Ok(())
    }

    fn take(&mut self, pair: &mut Pair, by: Life, record: &Record, next: Option<&Record>) {
        let (from, number) = (record.from, record.number);
        let step = match record.kind {
            Kind::Message => pair.message(number, by.life),
            Kind::Ask => {
                // It may be that a kill has cut the line that says so.
                let after = next.filter(|next| next.kind == Kind::After);
                let after = after.map_or(0, |after| after.number);
                if pair.ask(number, after, by.life) {
                    self.verdict.asks += 1;
                } else {
                    self.verdict.twice += 1;
                    self.verdict
                        .wrong(|| format!("{from} -> {by}: ask {number} was handled twice"));
                }
                return;
            }
            _ => return,
        };
        match step {
            Step::Next => self.verdict.handled += 1,
            Step::Again => self.verdict.again += 1,
            Step::Twice => {
                self.verdict.twice += 1;
                let last = pair.last();
                self.verdict
                    .wrong(|| format!("{from} -> {by}: {number} was handled twice, after {last}"));
            }
            Step::Late => {
                self.verdict.handled += 1;
                self.verdict.late += 1;
                let last = pair.last();
                self.verdict
                    .wrong(|| format!("{from} -> {by}: {number} was handled after {last}"));
            }
        }
    }

    /// What a sender's life says of the messages that it has sent to a worker.
    fn close(&mut self, pair: &mut Pair, from: Life, to: u8, life: u16) -> io::Result<()> {
        let sent = sent(self.dir, from)?;
        let sent = sent.get(usize::from(to)).copied().unwrap_or(0);
        self.verdict.sent += u64::from(sent.max(pair.last()));
        let lives_on = self.is_last(from);
        if lives_on {
            if sent < pair.last() {
                let last = pair.last();
                self.verdict
                    .wrong(|| format!("{from} -> w{to}: {last} was handled, and {sent} sent"));
            }
            pair.close(sent, life);
        }
        let mut back = 0;
        for heard in records(self.dir, from, "heard")? {
            if heard.from.worker != to {
                continue;
            }
            let (number, handled) = (heard.number, pair.has_ask(heard.number));
            let wrong = match heard.kind {
                Kind::Answered if !handled => "an answer to an ask that was not handled",
                Kind::NotHandled if handled => "that an ask was not handled which was",
                Kind::Refused => "that a message could not be sent",
                Kind::CameBack => {
                    back += 1;
                    match pair.missing().any(|missing| missing == number) {
                        true => continue,
                        false => "back a message that was handled",
                    }
                }
                _ => continue,
            };
            self.verdict
                .wrong(|| format!("{from} -> w{to}: the sender got {wrong}: {number}"));
        }
        self.verdict.came_back += back;
        let missing = (pair.missing().count() as u64).saturating_sub(back);
        self.verdict.missing += missing;
        if lives_on {
            *self.missing.entry(from).or_default() += missing;
        }
        Ok(())
    }

    /// What is missing is what the library says was lost; by all lives of a worker. Of
    /// one that was killed it is not known what it had sent last: it knew of one message
    /// in hand at each death, at most.
    fn judge_losses(&mut self, lost: &BTreeMap<u8, u64>) {
        for worker in 0..self.workers {
            let life = lives(self.dir, worker);
            let from = Life { worker, life };
            let missing = self.missing.get(&from).copied().unwrap_or(0);
            let doubtful = self.doubtful.get(&from).copied().unwrap_or(0);
            let lost = lost.get(&worker).copied().unwrap_or(0);
            let before = if life > 1 { self.verdict.deaths } else { 0 };
            if !(missing..=missing + doubtful + before).contains(&lost) {
                self.verdict.wrong(|| {
                    format!(
                        "of {from} {missing} messages are missing, and {doubtful} may have been in hand when they were done; \
                         but {lost} were reported as lost"
                    )
                });
            }
        }
    }
}
