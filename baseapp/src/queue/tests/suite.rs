//! The promises, one by one.

use std::{sync::Arc, time::Duration};

use super::{
    Broker, Given, Job, Result,
    embedded::{BACKOFF, Embedded},
};
#[cfg(feature = "durable")]
use crate::queue::store::RedbStore;
use crate::{
    queue::store::MemoryStore,
    task::{DeadReason, SmallBytes, TaskId, key_of},
};

const SECOND: Duration = Duration::from_secs(1);

/// The same test with every broker there is.
macro_rules! conformance {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            use super::*;

            #[test]
            fn memory() -> Result<()> {
                super::$name(&mut Embedded::new(Arc::new(MemoryStore::new()))?)
            }

            #[cfg(feature = "durable")]
            #[test]
            fn file() -> Result<()> {
                let dir = tempfile::tempdir()?;
                let store = RedbStore::open(&dir.path().join("queue"))?;
                super::$name(&mut Embedded::new(Arc::new(store))?)
            }
        }
    )*};
}

conformance!(
    a_task_is_given_out_once_and_its_reply_is_kept,
    the_same_id_is_the_same_task,
    a_unique_task_is_one_while_it_lasts,
    tasks_are_given_out_in_the_order_of_acceptance,
    tasks_of_one_key_run_one_after_the_other,
    what_is_delayed_is_not_given_out_before,
    a_nak_with_a_delay_uses_up_no_attempt,
    what_fails_comes_again_and_then_is_a_dead_letter,
    what_is_terminated_is_a_dead_letter_and_can_be_replayed,
    the_death_of_a_worker_releases_its_task_at_once,
    three_deaths_are_poison,
    a_lease_ends_with_its_timeout_unless_work_is_in_progress,
    what_was_accepted_survives_a_crash,
);

fn id(number: u8) -> TaskId {
    TaskId([number; 16])
}

fn job(number: u8) -> Job {
    Job {
        id: id(number),
        payload: SmallBytes::from(vec![number; 3]),
        delay: None,
        timeout: None,
        attempts: 3,
        key: None,
        unique: None,
    }
}

/// What a worker must be given now.
fn must(broker: &mut impl Broker, worker: u32, number: u8) -> Result<Given> {
    let given = broker.fetch(worker)?.ok_or("nothing was given out")?;
    assert_eq!(given.id, id(number));
    assert_eq!(given.payload[..], [number; 3]);
    Ok(given)
}

fn nothing(broker: &mut impl Broker, worker: u32) -> Result<()> {
    assert_eq!(broker.fetch(worker)?, None);
    Ok(())
}

fn a_task_is_given_out_once_and_its_reply_is_kept(broker: &mut impl Broker) -> Result<()> {
    assert_eq!(broker.submit(job(1))?, id(1));
    let given = must(broker, 7, 1)?;
    assert_eq!(given.attempt, 1);
    nothing(broker, 8)?;
    assert!(broker.ack(7, given.lease, b"reply")?);
    assert!(!broker.ack(7, given.lease, b"again")?, "the lease is over");
    nothing(broker, 7)?;
    assert_eq!(broker.reply(id(1))?.as_deref(), Some(&b"reply"[..]));
    assert_eq!(broker.reply(id(2))?, None);
    Ok(())
}

fn the_same_id_is_the_same_task(broker: &mut impl Broker) -> Result<()> {
    broker.submit(job(1))?;
    assert_eq!(broker.submit(job(1))?, id(1));
    let given = must(broker, 7, 1)?;
    broker.submit(job(1))?;
    nothing(broker, 8)?;
    broker.ack(7, given.lease, b"")?;
    nothing(broker, 7)
}

fn a_unique_task_is_one_while_it_lasts(broker: &mut impl Broker) -> Result<()> {
    let unique = |number| Job {
        unique: Some(key_of("it")),
        ..job(number)
    };
    broker.submit(unique(1))?;
    assert_eq!(broker.submit(unique(2))?, id(1));
    let given = must(broker, 7, 1)?;
    broker.ack(7, given.lease, b"")?;
    assert_eq!(broker.submit(unique(3))?, id(3));
    must(broker, 7, 3).map(drop)
}

fn tasks_are_given_out_in_the_order_of_acceptance(broker: &mut impl Broker) -> Result<()> {
    for number in 1..=5 {
        broker.submit(job(number))?;
    }
    for number in 1..=5 {
        let given = must(broker, 7, number)?;
        broker.ack(7, given.lease, b"")?;
    }
    Ok(())
}

fn tasks_of_one_key_run_one_after_the_other(broker: &mut impl Broker) -> Result<()> {
    let keyed = |number| Job {
        key: Some(key_of("customer")),
        ..job(number)
    };
    for number in 1..=3 {
        broker.submit(keyed(number))?;
    }
    let first = must(broker, 7, 1)?;
    nothing(broker, 8)?;
    broker.fail(7, first.lease, "no luck")?;
    nothing(broker, 8)?;
    broker.wait(BACKOFF)?;
    let worker = match broker.fetch(7)? {
        Some(given) if given.id == id(1) => (7, given),
        None => (8, must(broker, 8, 1)?),
        other => return Err(format!("{other:?} instead of the first").into()),
    };
    broker.ack(worker.0, worker.1.lease, b"")?;
    let next = [broker.fetch(7)?, broker.fetch(8)?];
    let next: Vec<Given> = next.into_iter().flatten().collect();
    assert!(
        matches!(&next[..], [given] if given.id == id(2)),
        "{next:?}"
    );
    Ok(())
}

fn what_is_delayed_is_not_given_out_before(broker: &mut impl Broker) -> Result<()> {
    let delay = Some(10 * SECOND);
    broker.submit(Job { delay, ..job(1) })?;
    broker.wait(9 * SECOND)?;
    nothing(broker, 7)?;
    broker.wait(SECOND)?;
    must(broker, 7, 1).map(drop)
}

fn a_nak_with_a_delay_uses_up_no_attempt(broker: &mut impl Broker) -> Result<()> {
    broker.submit(job(1))?;
    for attempt in 1..=10 {
        let given = must(broker, 7, 1)?;
        assert_eq!(given.attempt, attempt);
        assert!(broker.nak(7, given.lease, SECOND)?);
        nothing(broker, 7)?;
        broker.wait(SECOND)?;
    }
    let given = must(broker, 7, 1)?;
    broker.ack(7, given.lease, b"at last")?;
    assert!(broker.reply(id(1))?.is_some());
    Ok(())
}

fn what_fails_comes_again_and_then_is_a_dead_letter(broker: &mut impl Broker) -> Result<()> {
    broker.submit(job(1))?;
    for attempt in 1..=3 {
        let given = must(broker, 7, 1)?;
        assert_eq!(given.attempt, attempt);
        broker.fail(7, given.lease, "no luck")?;
        broker.wait(BACKOFF)?;
    }
    nothing(broker, 7)?;
    let (dead, payload) = broker.dead(id(1))?.ok_or("no dead letter")?;
    assert_eq!(dead.reason, DeadReason::Exhausted);
    assert_eq!(dead.record.error.as_deref(), Some("no luck"));
    assert_eq!((dead.record.deliveries, &payload[..]), (3, &[1; 3][..]));
    Ok(())
}

fn what_is_terminated_is_a_dead_letter_and_can_be_replayed(broker: &mut impl Broker) -> Result<()> {
    broker.submit(job(1))?;
    let given = must(broker, 7, 1)?;
    broker.term(7, given.lease, "no image")?;
    nothing(broker, 7)?;
    let (dead, _) = broker.dead(id(1))?.ok_or("no dead letter")?;
    assert_eq!(dead.reason, DeadReason::Rejected);
    broker.replay(id(1))?;
    assert!(broker.dead(id(1))?.is_none());
    let given = must(broker, 7, 1)?;
    assert_eq!(given.attempt, 1, "as if it were new");
    broker.ack(7, given.lease, b"")?;
    nothing(broker, 7)
}

fn the_death_of_a_worker_releases_its_task_at_once(broker: &mut impl Broker) -> Result<()> {
    broker.submit(job(1))?;
    let given = must(broker, 7, 1)?;
    nothing(broker, 8)?;
    broker.gone(7)?;
    let again = must(broker, 8, 1)?;
    assert_eq!(again.attempt, 2);
    assert!(!broker.ack(7, given.lease, b"of an old life")?);
    assert!(broker.ack(8, again.lease, b"")?);
    Ok(())
}

fn three_deaths_are_poison(broker: &mut impl Broker) -> Result<()> {
    let attempts = 10;
    broker.submit(Job { attempts, ..job(1) })?;
    for worker in 1..=3 {
        must(broker, worker, 1)?;
        broker.gone(worker)?;
    }
    nothing(broker, 4)?;
    let (dead, _) = broker.dead(id(1))?.ok_or("no dead letter")?;
    assert_eq!(dead.reason, DeadReason::Poison);
    Ok(())
}

fn a_lease_ends_with_its_timeout_unless_work_is_in_progress(
    broker: &mut impl Broker,
) -> Result<()> {
    let timeout = Some(10 * SECOND);
    broker.submit(Job { timeout, ..job(1) })?;
    let given = must(broker, 7, 1)?;
    for _ in 0..5 {
        broker.wait(9 * SECOND)?;
        broker.in_progress(7, given.lease, 10 * SECOND)?;
        nothing(broker, 8)?;
    }
    broker.wait(20 * SECOND)?;
    let again = must(broker, 8, 1)?;
    assert!(!broker.ack(7, given.lease, b"too late")?);
    assert!(broker.ack(8, again.lease, b"in time")?);
    assert_eq!(broker.reply(id(1))?.as_deref(), Some(&b"in time"[..]));
    Ok(())
}

fn what_was_accepted_survives_a_crash(broker: &mut impl Broker) -> Result<()> {
    for number in 1..=4 {
        broker.submit(job(number))?;
    }
    let delay = Some(60 * SECOND);
    broker.submit(Job { delay, ..job(5) })?;
    let done = must(broker, 7, 1)?;
    broker.ack(7, done.lease, b"done")?;
    let dead = must(broker, 7, 2)?;
    broker.term(7, dead.lease, "no")?;
    must(broker, 7, 3)?; // in flight
    if !broker.crash()? {
        return Ok(()); // it never promised to
    }
    assert_eq!(broker.reply(id(1))?.as_deref(), Some(&b"done"[..]));
    assert!(broker.dead(id(2))?.is_some());
    for number in [3, 4] {
        let given = must(broker, 8, number)?;
        broker.ack(8, given.lease, b"")?;
    }
    nothing(broker, 8)?;
    broker.wait(60 * SECOND)?;
    must(broker, 8, 5).map(drop)
}
