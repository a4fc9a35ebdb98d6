//! What was sent to a worker that died reaches its next life, or is reported.

use std::time::Duration;

use baseapp::{AskError, Result, Supervision, prelude::*};
use tests::{Gate, Test, poll_once};

use super::phoenix::{Book, Crash, Life, Stubborn, StubbornAsked, Write, WriteAsked};
use crate::{
    common::{lost, twice},
    crash::about_to_crash,
};

twice!(
    a_worker_that_died_lives_again_under_its_address,
    what_was_never_begun_reaches_the_next_life_in_order,
    asks_that_were_never_begun_are_answered_by_the_next_life,
    what_is_sent_between_two_lives_waits_for_the_next,
    a_message_in_hand_is_reported_and_not_repeated,
    an_idempotent_message_in_hand_is_delivered_again,
    an_idempotent_message_that_always_kills_is_given_up,
    an_ask_that_nobody_awaits_any_more_is_not_delivered_again,
);

async fn a_worker_that_died_lives_again_under_its_address(_: &Test, mut app: App) -> Result<()> {
    let book = Book::new()?;
    let phoenix = app.worker("phoenix", book.phoenix())?;
    let app = app.start().await?;
    assert_eq!(app.ask(&phoenix, Life).await?, 1);
    let (crash, held) = about_to_crash(&app, &phoenix).await?;
    held.release().await?;
    let Err(AskError::Interrupted { to, how }) = crash.await else {
        panic!("not interrupted")
    };
    assert!(to == "phoenix" && how.contains("as I was told"), "{how}");
    assert_eq!(app.ask(&phoenix, Life).await?, 2, "by address");
    assert_eq!(app.ask::<Life>("phoenix", Life).await?, 2, "by name");
    app.stop().await?; // nothing was lost
    assert_eq!(book.lines(), ["life", "life", "stop"]);
    Ok(())
}

async fn what_was_never_begun_reaches_the_next_life_in_order(_: &Test, mut app: App) -> Result<()> {
    let book = Book::new()?;
    let phoenix = app.worker("phoenix", book.phoenix())?;
    let app = app.start().await?;
    app.send(&phoenix, Write(0)).await?;
    let (crash, held) = about_to_crash(&app, &phoenix).await?;
    for number in 1..=1000 {
        app.send(&phoenix, Write(number)).await?;
    }
    held.release().await?;
    assert!(matches!(crash.await, Err(AskError::Interrupted { .. })));
    for number in 1001..=2000 {
        app.send(&phoenix, Write(number)).await?;
    }
    assert_eq!(app.ask(&phoenix, Life).await?, 2);
    assert_eq!(book.numbers(), (0..=2000).collect::<Vec<_>>());
    app.stop().await?;
    Ok(())
}

async fn asks_that_were_never_begun_are_answered_by_the_next_life(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let (book, gate) = (Book::new()?, Gate::new()?);
    let phoenix = app.worker("phoenix", book.phoenix())?;
    let app = app.start().await?;
    app.send(&phoenix, Crash(gate.path())).await?;
    let held = gate.entered().await?;
    let mut asks = Vec::new();
    for number in 0..50 {
        let mut ask = app.ask(&phoenix, WriteAsked(number));
        assert!(poll_once(&mut ask).await.is_pending());
        asks.push(ask);
    }
    held.release().await?;
    for ask in asks {
        assert_eq!(ask.await?, 2);
    }
    assert_eq!(book.numbers(), (0..50).collect::<Vec<_>>());
    assert_eq!(lost(app.stop().await), 1, "the one in hand");
    Ok(())
}

async fn what_is_sent_between_two_lives_waits_for_the_next(_: &Test, mut app: App) -> Result<()> {
    let book = Book::new()?;
    let phoenix = app.worker("phoenix", book.sickly_phoenix(3))?;
    let quick = Supervision::new().backoff(Duration::from_millis(20), Duration::from_millis(20));
    app.supervise(&phoenix, quick);
    let app = app.start().await?;
    let (crash, held) = about_to_crash(&app, &phoenix).await?;
    app.send(&phoenix, Write(0)).await?;
    held.release().await?;
    assert!(matches!(crash.await, Err(AskError::Interrupted { .. })));
    // Lives 2 and 3 do not come far.
    for number in 1..100 {
        app.send(&phoenix, Write(number)).await?;
    }
    assert_eq!(app.ask(&phoenix, Life).await?, 4);
    assert_eq!(book.numbers(), (0..100).collect::<Vec<_>>());
    app.stop().await?;
    Ok(())
}

async fn a_message_in_hand_is_reported_and_not_repeated(_: &Test, mut app: App) -> Result<()> {
    let (book, gate) = (Book::new()?, Gate::new()?);
    let phoenix = app.worker("phoenix", book.phoenix())?;
    let app = app.start().await?;
    app.send(&phoenix, Crash(gate.path())).await?;
    gate.entered().await?.release().await?;
    app.send(&phoenix, Write(1)).await?;
    assert_eq!(app.ask(&phoenix, Life).await?, 2);
    assert_eq!(lost(app.stop().await), 1);
    assert_eq!(book.lines(), ["life", "life", "1", "stop"]);
    Ok(())
}

async fn an_idempotent_message_in_hand_is_delivered_again(_: &Test, mut app: App) -> Result<()> {
    let book = Book::new()?;
    let phoenix = app.worker("phoenix", book.phoenix())?;
    let app = app.start().await?;
    app.send(&phoenix, Write(1)).await?;
    let (lives, number) = (2, 2);
    app.send(&phoenix, Stubborn { lives, number }).await?;
    app.send(&phoenix, Write(3)).await?;
    assert_eq!(app.ask(&phoenix, Life).await?, 3);
    let (lives, number) = (4, 4);
    assert_eq!(app.ask(&phoenix, StubbornAsked { lives, number }).await?, 5);
    assert_eq!(book.numbers(), [1, 2, 3, 4]);
    app.stop().await?; // nothing was lost
    Ok(())
}

async fn an_idempotent_message_that_always_kills_is_given_up(_: &Test, mut app: App) -> Result<()> {
    let book = Book::new()?;
    let phoenix = app.worker("phoenix", book.phoenix())?;
    let app = app.start().await?;
    let (lives, number) = (u64::MAX, 1);
    app.send(&phoenix, Stubborn { lives, number }).await?;
    app.send(&phoenix, Write(2)).await?;
    assert_eq!(app.ask(&phoenix, Life).await?, 4, "after three deaths");
    assert_eq!(book.numbers(), [2]);
    assert_eq!(lost(app.stop().await), 1);
    Ok(())
}

async fn an_ask_that_nobody_awaits_any_more_is_not_delivered_again(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let book = Book::new()?;
    let phoenix = app.worker("phoenix", book.phoenix())?;
    let app = app.start().await?;
    let (crash, held) = about_to_crash(&app, &phoenix).await?;
    let mut ask = app.ask(&phoenix, WriteAsked(1));
    assert!(poll_once(&mut ask).await.is_pending());
    let mut late = app
        .ask(&phoenix, WriteAsked(2))
        .timeout(Duration::from_millis(1));
    assert!(poll_once(&mut late).await.is_pending());
    assert!(matches!(late.await, Err(AskError::Timeout { .. })));
    drop(ask);
    held.release().await?;
    assert!(matches!(crash.await, Err(AskError::Interrupted { .. })));
    assert_eq!(app.ask(&phoenix, WriteAsked(3)).await?, 2);
    assert_eq!(book.numbers(), [3]);
    app.stop().await?;
    Ok(())
}
