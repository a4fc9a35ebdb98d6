//! Corners in which two things are wanted of a worker at once.

use std::time::{Duration, Instant};

use baseapp::{ManageErrorKind, Restart, Result, Strategy, Supervision, prelude::*};
use tests::{Gate, Test, poll_once};

use super::phoenix::{Book, Crash, Life, Phoenix, Write};
use crate::{
    common::{lost, twice},
    crash::about_to_crash,
};

twice!(
    a_group_stops_at_once_although_a_member_waits_for_the_one_that_died,
    a_restart_that_is_wanted_while_the_app_stops_is_refused_at_once,
    a_name_is_free_after_a_restart_was_cut_short_by_a_stop,
    a_next_life_goes_with_a_worker_that_is_given_up,
);

/// Send so many numbers to the phoenix.
#[message(reply = ())]
struct Relay(u64);

/// Wait at the gate, then start the phoenix anew: why that did not go.
#[message(reply = String)]
struct Renew(String);

/// Sends to a phoenix.
#[worker]
struct Relayer {
    to: Address<Phoenix>,
}

#[worker]
impl Relayer {
    #[handler(Relay)]
    async fn relay(&mut self, Relay(count): Relay, cx: &Context<Self>) -> Result<()> {
        for number in 0..count {
            cx.send(&self.to, Write(number)).await?;
        }
        Ok(())
    }

    #[handler(Renew)]
    async fn renew(&mut self, Renew(gate): Renew, cx: &Context<Self>) -> Result<String> {
        tests::pass(&gate)?;
        match cx.restart_worker(&self.to).await {
            Ok(()) => Ok("done".into()),
            Err(error) if error.kind == ManageErrorKind::Stopping => Ok("the app stops".into()),
            Err(error) => Err(error.into()),
        }
    }
}

async fn a_group_stops_at_once_although_a_member_waits_for_the_one_that_died(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let book = Book::new()?;
    let mut group = app.group("group", Strategy::OneForAll);
    let phoenix = group.worker("phoenix", book.phoenix())?;
    let relayer = group.worker(
        "relayer",
        Relayer {
            to: phoenix.clone(),
        },
    )?;
    let app = app.start().await?;
    let (crash, held) = about_to_crash(&app, &phoenix).await?;
    app.ask(&relayer, Relay(100)).await?;
    let begun = Instant::now();
    held.release().await?;
    assert!(crash.await.is_err());
    assert_eq!(app.ask(&phoenix, Life).await?, 2);
    app.ask(&relayer, Relay(0)).await?;
    assert!(begun.elapsed() < Duration::from_secs(4), "within its grace");
    // What the relayer had to say went with it, and it has said so.
    let arrived = book.numbers().len() as u64;
    assert_eq!(arrived + lost(app.stop().await), 100);
    Ok(())
}

async fn a_restart_that_is_wanted_while_the_app_stops_is_refused_at_once(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let (book, gate) = (Book::new()?, Gate::new()?);
    let phoenix = app.worker("phoenix", book.phoenix())?;
    let relayer = app.worker("relayer", Relayer { to: phoenix })?;
    let app = app.start().await?;
    let mut renew = app.ask(&relayer, Renew(gate.path()));
    assert!(poll_once(&mut renew).await.is_pending());
    let held = gate.entered().await?;
    let mut stopped = Box::pin(app.stop());
    // The hub has heard of it before it hears of the restart.
    assert!(poll_once(&mut stopped).await.is_pending());
    held.release().await?;
    let (stopped, renewed) = tokio::join!(stopped, renew);
    assert_eq!(renewed?, "the app stops");
    stopped
}

async fn a_name_is_free_after_a_restart_was_cut_short_by_a_stop(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let book = Book::new()?;
    let phoenix = app.worker("phoenix", book.phoenix())?;
    let app = app.start().await?;
    let mut restart = app.restart_worker(&phoenix);
    assert!(poll_once(&mut restart).await.is_pending());
    app.stop_worker(&phoenix).await?;
    assert!(restart.await.is_err());
    let again = app.spawn_worker("phoenix", book.phoenix()).await?;
    assert_eq!(
        app.ask(&again, Life).await?,
        2,
        "the prepared one never began"
    );
    app.stop().await
}

async fn a_next_life_goes_with_a_worker_that_is_given_up(_: &Test, mut app: App) -> Result<()> {
    let (book, gate) = (Book::new()?, Gate::new()?);
    let phoenix = app.worker("phoenix", book.phoenix())?;
    app.supervise(&phoenix, Supervision::new().restart(Restart::Temporary));
    let app = app.start().await?;
    app.send(&phoenix, Crash(gate.path())).await?;
    let held = gate.entered().await?;
    let mut restart = app.restart_worker(&phoenix);
    assert!(poll_once(&mut restart).await.is_pending());
    held.release().await?;
    let _ = restart.await; // whichever came first
    // Its name is free as soon as the prepared one has ended, too.
    let again = loop {
        match app.spawn_worker("phoenix", book.phoenix()).await {
            Ok(again) => break again,
            Err(error) => assert_eq!(error.kind, ManageErrorKind::SameName, "{error}"),
        }
        if app.ask(&phoenix, Life).await.is_ok() {
            break phoenix.clone(); // the restart was done before the crash
        }
    };
    app.ask(&again, Life).await?;
    let _ = app.stop().await; // a message was in hand
    Ok(())
}
