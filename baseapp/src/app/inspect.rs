//! `BASEAPP_QUEUE`: what a program says of its queue's file instead of starting.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io, process,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::App;
use crate::{
    error::with_causes,
    queue::{Dead, Op, Store, StoreError, each_dead, renewed},
    task::TaskId,
};

/// The environment variable.
const VARIABLE: &str = "BASEAPP_QUEUE";

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    /// How many tasks there are of what kind.
    Stats,
    /// The dead letters.
    Dead,
    /// A dead letter is to be tried again.
    Replay(TaskId),
}

#[derive(Debug, thiserror::Error)]
enum InspectError {
    #[error("it takes `stats`, `dead` or `replay:ID`, not `{0}`")]
    Question(String),
    #[error("this program keeps no task queue in a file")]
    NoFile,
    #[error("there is no dead letter {0}")]
    NoSuchLetter(TaskId),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// Answers and exits, if the environment asks something.
    #[allow(
        clippy::exit,
        clippy::print_stderr,
        reason = "the answer to a question on the command line"
    )]
    pub(super) fn answer_about_queue(&self) {
        let Ok(asked) = std::env::var(VARIABLE) else {
            return;
        };
        if asked.is_empty() {
            return;
        }
        match self.inspect(&asked) {
            Ok(text) => {
                // A reader that has seen enough is no error.
                let _ = io::Write::write_all(&mut io::stdout(), text.as_bytes());
                process::exit(0);
            }
            Err(error) => {
                eprintln!("{VARIABLE}: {}", with_causes(&error));
                let usage = matches!(error, InspectError::Question(_) | InspectError::NoFile);
                process::exit(if usage { 2 } else { 1 });
            }
        }
    }

    fn inspect(&self, asked: &str) -> Result<String, InspectError> {
        let question = Question::parse(asked)?;
        if !self.is_durable() {
            return Err(InspectError::NoFile);
        }
        let store = self.store()?;
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0));
        match question {
            Question::Stats => stats(&*store, now),
            Question::Dead => dead(&*store, now),
            Question::Replay(id) => replay(&*store, id),
        }
    }
}

impl Question {
    fn parse(text: &str) -> Result<Question, InspectError> {
        let wrong = || InspectError::Question(text.to_owned());
        match text.split_once(':') {
            None if text == "stats" => Ok(Question::Stats),
            None if text == "dead" => Ok(Question::Dead),
            Some(("replay", id)) => id.parse().map(Question::Replay).map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }
}

/// Tasks of a pool.
#[derive(Default)]
struct Count {
    waiting: u64,
    delayed: u64,
    retried: u64,
    dead: u64,
}

fn stats(store: &dyn Store, now: u64) -> Result<String, InspectError> {
    let mut pools: BTreeMap<String, Count> = BTreeMap::new();
    for (_, record) in store.load()?.tasks {
        let count = pools.entry(record.pool).or_default();
        count.retried += u64::from(record.attempts > 0);
        if record.due.is_some_and(|due| due > now) {
            count.delayed += 1;
        } else {
            count.waiting += 1;
        }
    }
    each_dead(store, |dead| {
        pools.entry(dead.record.pool).or_default().dead += 1;
    })?;
    let mut text = String::new();
    if pools.is_empty() {
        text.push_str("no tasks and no dead letters\n");
    }
    for (pool, count) in pools {
        let Count {
            waiting,
            delayed,
            retried,
            dead,
        } = count;
        let _ = writeln!(
            text,
            "{pool}: {waiting} waiting, {delayed} delayed, {dead} dead; {retried} have failed before"
        );
    }
    Ok(text)
}

fn dead(store: &dyn Store, now: u64) -> Result<String, InspectError> {
    let mut text = String::new();
    each_dead(store, |dead| {
        let Dead {
            record,
            reason,
            died,
        } = dead;
        let ago = Duration::from_secs(now.saturating_sub(died) / 1000);
        let error = record.error.unwrap_or_default();
        let _ = writeln!(
            text,
            "{} {} {} died {ago:?} ago after {} attempts: {reason}: {}",
            record.id,
            record.pool,
            record.message,
            record.deliveries,
            error.replace('\n', " ")
        );
    })?;
    Ok(text)
}

fn replay(store: &dyn Store, id: TaskId) -> Result<String, InspectError> {
    let Some((seq, dead)) = store.dead_by_id(id)? else {
        return Err(InspectError::NoSuchLetter(id));
    };
    let record = renewed(dead.record);
    let record = Box::new(record);
    store.commit(&[Op::Replay { seq, record }])?;
    Ok(format!("{id} will be tried again when the program runs\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_that_is_none_is_told_what_is() {
        assert!(matches!(Question::parse("stats"), Ok(Question::Stats)));
        assert!(matches!(Question::parse("dead"), Ok(Question::Dead)));
        let id = "0192f0c1-2a3b-7c4d-8e5f-0123456789ab";
        let replay = Question::parse(&format!("replay:{id}"));
        assert!(matches!(replay, Ok(Question::Replay(of)) if of.to_string() == id));
        for wrong in ["", "stat", "replay", "replay:7", "dead:7"] {
            let error = Question::parse(wrong).map_err(|error| error.to_string());
            assert!(
                error.is_err_and(|text| text.contains("`replay:ID`")),
                "{wrong}"
            );
        }
    }
}
