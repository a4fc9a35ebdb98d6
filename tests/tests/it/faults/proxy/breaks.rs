//! Connections that break while both ends live.

use std::time::Instant;

use baseapp::{AskError, Result};
use tests::{
    Test, poll_once,
    proxy::{At, Fault, Faults},
};

use super::{BOUND, broken_by, start};
use crate::common::{Mark, Note, Notes, lost};

/// Messages of a flood, of which each hundredth is an ask.
const FLOOD: u64 = 10_000;

/// Messages that may have been handled without main having heard of it.
const WINDOW: u64 = 4096;

/// That happens within a flood, and never again. Each ask ends once, each message
/// is handled at most once and in order, and what is lost is reported: so many.
async fn floods_through(test: &Test, faults: fn() -> Faults) -> Result<u64> {
    let which = move |number| match number {
        0 => faults(),
        _ => Faults::none(),
    };
    let (app, holder, proxy) = start(test, which).await?;
    let is_ask = |number: &u64| number % 100 == 99;
    let mut asks = Vec::new();
    for number in 0..FLOOD {
        if is_ask(&number) {
            let mut ask = app.ask(&holder, Mark(number)).timeout(4 * BOUND);
            // It may end at once: while the connection is broken there is no room.
            let ended = poll_once(&mut ask).await;
            asks.push((number, ask, ended));
        } else {
            app.send(&holder, Note(number)).await?;
        }
    }
    let begun = Instant::now();
    let (mut answered, mut refused, mut interrupted) = (Vec::new(), Vec::new(), 0);
    for (number, ask, ended) in asks {
        let ended = match ended {
            std::task::Poll::Ready(ended) => ended,
            std::task::Poll::Pending => ask.await,
        };
        match ended {
            Ok(()) => answered.push(number),
            Err(AskError::NotDelivered(error)) => refused.push(error.message.0),
            Err(AskError::Interrupted { to, .. }) => {
                assert_eq!(to, "holder");
                interrupted += 1;
            }
            Err(other) => panic!("{number}: {other:?}"),
        }
    }
    assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
    assert!(!answered.is_empty() && interrupted > 0, "{interrupted}");

    let notes = app.ask(&holder, Notes).await?;
    assert_eq!(proxy.connections(), 2);
    assert!(notes.is_sorted_by(|one, next| one < next), "in order, once");
    assert_eq!(notes.last(), Some(&(FLOOD - 1)), "the new one works");
    let handled = |number: &u64| notes.binary_search(number).is_ok();
    assert!(answered.iter().all(handled));
    assert!(!refused.iter().any(handled), "it was given back");

    let one_way = notes.iter().filter(|number| !is_ask(number)).count() as u64;
    let (sent, lost) = (FLOOD - FLOOD / 100, lost(app.stop().await));
    println!("{sent} sent, {one_way} handled, {lost} reported, {interrupted} asks interrupted");
    assert!(sent <= one_way + lost, "{sent} = {one_way} + {lost}");
    // What was handled and not acknowledged yet may be reported as well.
    assert!(
        one_way + lost <= sent + WINDOW,
        "{sent} = {one_way} + {lost}"
    );
    Ok(sent - one_way)
}

const IN_THE_MIDDLE: At = At {
    frame: 3_000,
    byte: 0,
};

#[baseapp::test]
async fn a_cut_within_a_flood_loses_what_is_reported_and_nothing_else() -> Result<()> {
    let cut = || Faults::out(Fault::Cut(IN_THE_MIDDLE));
    assert!(floods_through(&tests::test!(), cut).await? > 0);
    Ok(())
}

#[baseapp::test]
async fn a_cut_within_a_frame_of_a_flood_is_a_cut() -> Result<()> {
    let at = || {
        Faults::out(Fault::Cut(At {
            byte: 17,
            ..IN_THE_MIDDLE
        }))
    };
    assert!(floods_through(&tests::test!(), at).await? > 0);
    Ok(())
}

#[baseapp::test]
async fn a_flood_that_nobody_hears_any_more_is_reported() -> Result<()> {
    let half = || Faults::out(Fault::Half(IN_THE_MIDDLE));
    assert!(floods_through(&tests::test!(), half).await? > 0);
    Ok(())
}

#[baseapp::test]
async fn a_flood_whose_answers_are_cut_off_is_reported() -> Result<()> {
    let within_a_reply = || Faults::back(Fault::Half(At { frame: 10, byte: 3 }));
    // The worker hears everything; but main does not hear that.
    floods_through(&tests::test!(), within_a_reply).await?;
    Ok(())
}

#[baseapp::test]
async fn a_cut_within_a_message_ends_its_ask_which_was_not_handled() -> Result<()> {
    let cut = |byte| Faults::out(Fault::Cut(At { frame: 2, byte }));
    let bytes = [0, 1, 15, 16, 20];
    let broken = broken_by(&tests::test!(), bytes.map(cut).into()).await?;
    // Of those with odd numbers no frame was whole.
    assert_eq!(broken.notes, [0, 2, 4, 6, 8, 10]);
    Ok(())
}

#[baseapp::test]
async fn a_cut_within_a_reply_ends_its_ask_which_was_handled() -> Result<()> {
    let cut = |byte| Faults::back(Fault::Cut(At { frame: 2, byte }));
    let broken = broken_by(&tests::test!(), [0, 1, 15].map(cut).into()).await?;
    assert_eq!(broken.notes, (0..=6).collect::<Vec<_>>());
    let ends = [
        "the connection ended",
        "the connection ended within a frame",
    ];
    assert_eq!(broken.told, [ends[0], ends[1], ends[1]]);
    Ok(())
}

#[baseapp::test]
async fn a_direction_that_is_closed_closes_the_other_one() -> Result<()> {
    let at = || Fault::Half(At { frame: 2, byte: 0 });
    let faults = vec![Faults::out(at()), Faults::back(at())];
    let broken = broken_by(&tests::test!(), faults).await?;
    // What main had said before it was not heard any more was not; what it had
    // said before it did not hear any more was.
    assert_eq!(broken.notes, [0, 2, 3, 4]);
    Ok(())
}
