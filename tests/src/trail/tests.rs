//! The judge finds what is wrong, and nothing else.

use std::{collections::BTreeMap, io, path::Path};

use super::{Kind, Life, Record, Trail, Verdict, judge};

/// The last life of worker 0 sends, worker 1 handles in several lives.
fn message(number: u32) -> Record {
    of(1, Kind::Message, number)
}

fn of(life: u16, kind: Kind, number: u32) -> Record {
    let from = Life { worker: 0, life };
    Record { kind, from, number }
}

fn run(dir: &Path, sent: u32, lives: &[&[Record]]) -> io::Result<Trail> {
    let sender = Trail::begin(dir, 0)?;
    sender.born()?;
    sender.sent(&[0, sent])?;
    for records in lives {
        let receiver = Trail::begin(dir, 1)?;
        receiver.born()?;
        for record in *records {
            receiver.handled(*record)?;
        }
    }
    Ok(sender)
}

fn verdict(sent: u32, lost: u64, lives: &[&[Record]]) -> io::Result<Verdict> {
    let dir = tempfile::tempdir()?;
    run(dir.path(), sent, lives)?;
    judge(dir.path(), 2, &BTreeMap::from([(0, lost)]))
}

#[test]
fn what_is_in_order_is_found_to_be() -> io::Result<()> {
    let first = [message(1), message(2), message(3)];
    let found = verdict(6, 0, &[&first, &[message(4)], &[message(5), message(6)]])?;
    assert_eq!(found.wrong, [""; 0]);
    assert_eq!((found.sent, found.handled, found.deaths), (6, 6, 2));
    Ok(())
}

#[test]
fn one_message_may_be_lost_at_each_death() -> io::Result<()> {
    let found = verdict(4, 2, &[&[message(1)], &[message(3)], &[]])?;
    assert_eq!((found.wrong.len(), found.missing), (0, 2), "{found:?}");
    // Two at one death are too many, and so is one without.
    let found = verdict(5, 2, &[&[message(1)], &[message(4), message(5)]])?;
    assert_eq!(found.violations, 1, "{found:?}");
    let found = verdict(3, 1, &[&[message(1), message(3)]])?;
    assert_eq!(found.violations, 1, "{found:?}");
    let found = verdict(2, 1, &[&[message(1)]])?;
    assert_eq!(found.violations, 1, "{found:?}");
    Ok(())
}

#[test]
fn what_was_lost_is_what_was_reported() -> io::Result<()> {
    let lives: [&[Record]; 2] = [&[message(1)], &[message(3), message(4)]];
    // The first was done, and may have been in hand still.
    for (lost, violations) in [(0, 1), (1, 0), (2, 0), (3, 1)] {
        assert_eq!(verdict(4, lost, &lives)?.violations, violations);
    }
    Ok(())
}

#[test]
fn idempotent_messages_may_be_repeated_and_no_others() -> io::Result<()> {
    let first = [message(1), message(2), message(3)];
    let found = verdict(4, 0, &[&first, &[message(3), message(4)]])?;
    assert_eq!((found.violations, found.again), (0, 1));
    let found = verdict(
        3,
        0,
        &[&[message(1), message(2)], &[message(2), message(3)]],
    )?;
    assert_eq!((found.violations, found.twice), (1, 1));
    let found = verdict(
        3,
        0,
        &[&[message(1), message(2), message(3), message(3)], &[]],
    )?;
    assert_eq!((found.violations, found.twice), (1, 1));
    // Nor are they given up so soon.
    let found = verdict(4, 1, &[&first[..2], &[message(4)]])?;
    assert_eq!(found.violations, 1);
    Ok(())
}

#[test]
fn order_is_kept_over_lives() -> io::Result<()> {
    let found = verdict(3, 0, &[&[message(1)], &[message(3), message(2)]])?;
    assert_eq!((found.late, found.twice), (1, 0));
    assert!(found.violations > 0);
    Ok(())
}

#[test]
fn of_a_killed_sender_the_tail_may_be_missing_and_nothing_else() -> io::Result<()> {
    let dir = tempfile::tempdir()?;
    run(dir.path(), 9, &[&[message(1), message(2)]])?;
    let again = Trail::begin(dir.path(), 0)?;
    again.sent(&[0, 0])?;
    let found = judge(dir.path(), 2, &BTreeMap::new())?;
    assert_eq!((found.violations, found.sent), (0, 9), "{found:?}");
    let dir = tempfile::tempdir()?;
    run(dir.path(), 9, &[&[message(1), message(3)]])?;
    Trail::begin(dir.path(), 0)?;
    assert_eq!(
        judge(dir.path(), 2, &BTreeMap::new())?.violations,
        1,
        "no death"
    );
    Ok(())
}

#[test]
fn a_life_may_be_killed_while_it_makes_its_files() -> io::Result<()> {
    let dir = tempfile::tempdir()?;
    let sender = run(dir.path(), 2, &[&[message(1)]])?;
    let killed = Life { worker: 1, life: 2 };
    std::fs::write(killed.path(dir.path(), "handled"), "")?;
    Trail::begin(dir.path(), 1)?.handled(message(2))?;
    let found = judge(dir.path(), 2, &BTreeMap::new())?;
    assert_eq!((found.violations, found.deaths), (0, 2), "{found:?}");
    drop(sender);
    Ok(())
}

#[test]
fn asks_have_the_outcome_that_was_told_and_their_place() -> io::Result<()> {
    let dir = tempfile::tempdir()?;
    let sender = run(dir.path(), 2, &[])?;
    let receiver = Trail::begin(dir.path(), 1)?;
    receiver.handled_ask(of(1, Kind::Ask, 1), 0)?;
    receiver.handled(message(1))?;
    receiver.handled_ask(of(1, Kind::Ask, 2), 1)?;
    receiver.handled(message(2))?;
    sender.heard(Kind::Answered, 1, 1)?;
    sender.heard(Kind::InDoubt, 1, 2)?;
    sender.heard(Kind::NotHandled, 1, 3)?;
    let none = BTreeMap::new();
    let found = judge(dir.path(), 2, &none)?;
    assert_eq!((found.violations, found.asks), (0, 2), "{found:?}");
    sender.heard(Kind::Answered, 1, 4)?;
    sender.heard(Kind::NotHandled, 1, 1)?;
    assert_eq!(judge(dir.path(), 2, &none)?.violations, 2);
    receiver.handled_ask(of(1, Kind::Ask, 2), 1)?;
    assert_eq!(judge(dir.path(), 2, &none)?.twice, 1);
    // It was handled before a message that was sent before it.
    receiver.handled_ask(of(1, Kind::Ask, 5), 3)?;
    receiver.handled(message(3))?;
    assert_eq!(judge(dir.path(), 2, &none)?.late, 1);
    Ok(())
}

#[test]
fn what_came_back_is_not_missing() -> io::Result<()> {
    let dir = tempfile::tempdir()?;
    let sender = run(dir.path(), 3, &[&[message(1), message(2)], &[]])?;
    sender.heard(Kind::CameBack, 1, 3)?;
    let found = judge(dir.path(), 2, &BTreeMap::new())?;
    assert_eq!((found.came_back, found.missing), (1, 0));
    sender.heard(Kind::CameBack, 1, 2)?;
    assert!(judge(dir.path(), 2, &BTreeMap::new())?.violations > 0);
    Ok(())
}
