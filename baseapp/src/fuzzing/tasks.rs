//! What submitters, workers and the queue say of tasks.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};

use super::Input;
use crate::{
    queue::rehearse_tasks,
    task::{
        Answer, Assignment, Ended, Outcome, Query, Repeat, SmallBytes, SubmitHead, TaskHead,
        split_head, split_payload,
    },
    wire::codec,
};

/// Whatever bytes come: what is read of them is written as it was, and the
/// queue takes every task, schedule and outcome that can be read, whatever
/// numbers are in it.
pub fn tasks(data: &[u8]) {
    let mut input = Input::new(data);
    let what = input.byte();
    let bytes = input.rest();
    match what % 8 {
        0 => submission(bytes),
        1 => assignment(bytes),
        2 => outcome(bytes),
        3 => ended(bytes),
        4 => value::<Query>(bytes),
        5 => value::<Answer>(bytes),
        6 => value::<SubmitHead>(bytes),
        _ => value::<Repeat>(bytes),
    }
}

/// A frame as the queue's service reads it.
fn submission(mut bytes: &[u8]) {
    if split_head::<SubmitHead>(&mut bytes).is_none() {
        return;
    }
    let mut heads = Vec::new();
    while !bytes.is_empty() {
        let before = bytes;
        let Some(head) = TaskHead::split(&mut bytes) else {
            break;
        };
        let length = before.len() - bytes.len();
        let mut again = Vec::new();
        if let Err(error) = head.append(&mut again) {
            panic!("a head that was read cannot be written: {error}");
        }
        assert!(again.len() <= length);
        assert_eq!(TaskHead::split(&mut &again[..]).as_ref(), Some(&head));
        let Some(payload) = split_payload(&mut bytes) else {
            break;
        };
        assert!(payload.len() < before.len());
        heads.push((head, SmallBytes::copy(payload)));
    }
    rehearse_tasks(heads);
}

fn assignment(mut bytes: &[u8]) {
    let whole = bytes;
    while let Some(assignment) = Assignment::split(&mut bytes) {
        let mut again = Vec::new();
        assignment.append(&mut again);
        assert_eq!(
            again,
            &whole[whole.len() - bytes.len() - again.len()..][..again.len()]
        );
    }
}

fn outcome(bytes: &[u8]) {
    let Some(outcome) = Outcome::from_bytes(bytes) else {
        return;
    };
    let mut again = Vec::new();
    outcome.append(&mut again);
    match Outcome::from_bytes(&again) {
        // What is no text becomes one, and may be longer then than a text may be.
        Some(Outcome::Failed(text)) => {
            assert!(matches!(&outcome, Outcome::Failed(before) if before.starts_with(&text)));
        }
        Some(Outcome::Rejected(text)) => {
            assert!(matches!(&outcome, Outcome::Rejected(before) if before.starts_with(&text)));
        }
        Some(Outcome::Snoozed(span)) => {
            assert!(span <= Duration::from_millis(u64::MAX));
            assert_eq!(outcome, Outcome::Snoozed(span));
        }
        again => assert_eq!(again.as_ref(), Some(&outcome)),
    }
}

fn ended(bytes: &[u8]) {
    if let Some(ended) = Ended::from_bytes(bytes) {
        let _ = ended.state();
        let again = Ended::from_bytes(&ended.to_bytes());
        match (&ended, again) {
            // Its text is cut to what may travel.
            (Ended::Dead { error, .. }, Some(Ended::Dead { error: cut, .. })) => {
                assert!(error.starts_with(&cut));
            }
            (_, again) => assert_eq!(again, Some(ended)),
        }
    }
}

fn value<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(bytes: &[u8]) {
    let Ok(value) = codec::decode::<T>(bytes) else {
        return;
    };
    match codec::encode(&value, usize::MAX) {
        Ok(again) => assert_eq!(codec::decode::<T>(&again), Ok(value)),
        Err(error) => panic!("what was read cannot be written: {error}"),
    }
}
