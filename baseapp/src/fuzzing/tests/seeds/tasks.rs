//! What is said of tasks.

use std::time::Duration;

use super::{Failure, Seeds, encoded};
use crate::task::{
    Answer, Assignment, Backoff, DeadReason, Ended, Key, Limits, Outcome, Query, Repeat,
    SmallBytes, Stats, SubmitHead, TaskHead, TaskId, TaskState, append_head, append_payload,
};

pub(super) fn tasks(seeds: &mut Seeds) -> Result<(), Failure> {
    let head = TaskHead {
        id: TaskId([1; 16]),
        route: 0,
        limits: Limits {
            attempts: 3,
            timeout: Some(Duration::from_secs(1)),
            backoff: Backoff {
                first: Duration::from_millis(100),
                longest: Duration::from_secs(30),
            },
            priority: 4,
        },
        delay: Some(Duration::from_secs(1)),
        deadline: Some(Duration::from_secs(60)),
        key: Some(Key(5)),
        unique: Some((Key(6), Some(Duration::from_secs(9)))),
        repeat: None,
    };
    let plain = TaskHead {
        id: TaskId([2; 16]),
        delay: None,
        deadline: None,
        key: None,
        unique: None,
        ..head.clone()
    };
    let every = TaskHead {
        id: TaskId([3; 16]),
        repeat: Some(Repeat::Every(Duration::from_secs(5))),
        ..plain.clone()
    };
    let never = TaskHead {
        id: TaskId([5; 16]),
        repeat: Some(Repeat::Every(Duration::MAX)),
        ..plain.clone()
    };
    let cron = |line: &str| TaskHead {
        id: TaskId([4; 16]),
        repeat: Some(Repeat::Cron(line.to_owned())),
        ..plain.clone()
    };
    let mut submit = |name, heads: &[&TaskHead]| -> Result<(), Failure> {
        let mut bytes = vec![0];
        let patience = Some(Duration::from_secs(1));
        append_head(&mut bytes, &SubmitHead { pool: 0, patience })?;
        for head in heads {
            head.append(&mut bytes)?;
            append_payload(&mut bytes, |out| {
                out.extend_from_slice(&[1, 5, 3, 0]);
                Ok(())
            })?;
        }
        seeds.push(("tasks", name, bytes));
        Ok(())
    };
    submit("submit", &[&head, &plain])?;
    submit("every", &[&every])?;
    submit("every-eternity", &[&never])?;
    submit("cron", &[&cron("*/5 3 * * 1-5")])?;
    submit("cron-words", &[&cron("0 0 12 L FEB,MAR MON#2")])?;
    // A line that no day is.
    submit("cron-never", &[&cron("0 0 30 2 *")])?;
    let mut said = |name, what: u8, bytes: &[u8]| {
        seeds.push(("tasks", name, [&[what][..], bytes].concat()));
    };
    let mut bytes = Vec::new();
    let (id, attempt, deadline) = (TaskId([1; 16]), 2, Some(1 << 40));
    Assignment {
        id,
        attempt,
        deadline,
    }
    .append(&mut bytes);
    said("assignment", 1, &bytes);
    for (name, outcome) in [
        ("outcome-failed", Outcome::Failed("no".to_owned())),
        ("outcome-snoozed", Outcome::Snoozed(Duration::from_secs(1))),
        ("outcome-done", Outcome::Done(SmallBytes::short([0, 1]))),
    ] {
        let mut bytes = Vec::new();
        outcome.append(&mut bytes);
        said(name, 2, &bytes);
    }
    let (reason, error) = (DeadReason::Poison, "it died".to_owned());
    said(
        "ended",
        3,
        &Ended::Dead {
            reason,
            attempts: 3,
            error,
        }
        .to_bytes(),
    );
    said(
        "query",
        4,
        &encoded(&Query::Dead {
            pool: 1,
            after: Some(7),
        })?,
    );
    said("accepted", 5, &encoded(&Answer::Accepted(vec![(id, id)]))?);
    let state = TaskState::Delayed(Duration::from_secs(2));
    said("state", 5, &encoded(&Answer::State(state))?);
    said("stats", 5, &encoded(&Answer::Stats(Stats::default()))?);
    said("repeat", 7, &encoded(&Repeat::Cron("@daily".to_owned()))?);
    Ok(())
}
