//! What a main does with its workers.

use std::{
    collections::BTreeMap,
    fs,
    time::{Duration, Instant},
};

use baseapp::{AskError, RunningApp, SendErrorKind, prelude::*};

use crate::{
    check::{holds, same},
    messages::{
        Ask4Ticks, Divide, Echo, Heard, Labelled, Line, News, Note, Notes, PassOn, Shape, Ticks,
    },
    workers::{Journal, Looper, Recorder, Relay, Setup},
};

/// Starts an app, does everything once, and stops it.
pub async fn exercise(mut app: App) -> baseapp::Result<()> {
    let path = std::env::temp_dir().join(format!("newcomer-{}-{}", app.name(), std::process::id()));
    let recorder = app.worker("recorder", Recorder::new(7))?;
    let looper = app.worker("looper", Looper::new())?;
    let relay = app.worker("relay", Relay)?;
    let setup = Setup {
        path: path.clone(),
        report_to: None,
    };
    let journal = app.worker::<Journal>("journal", setup)?;
    let taken = app.worker("relay", Relay);
    holds("a name is taken once", taken.is_err())?;

    let app = app.grace(Duration::from_secs(10)).start().await?;
    messages_arrive(&app, &recorder, &looper, &relay).await?;
    errors_tell(&app, &recorder).await?;
    news_is_published(&app, &recorder).await?;
    the_clock_ticks(&app, &recorder).await?;
    routes_are_listed(&app)?;
    app.send::<Line>(&journal, Line("a line".into())).await?;
    app.stop().await?;
    let written = fs::read_to_string(&path)?;
    fs::remove_file(path)?;
    same("the journal", written.as_str(), "a line\nthe end\n")
}

async fn messages_arrive(
    app: &RunningApp,
    recorder: &Address<Recorder>,
    looper: &Address<Looper>,
    relay: &Address<Relay>,
) -> baseapp::Result<()> {
    let six = app
        .ask::<PassOn>(relay, PassOn(recorder.clone(), 42))
        .await?;
    same("notes that were passed on", six, 6)?;
    let notes = app.ask::<Notes>(recorder, Notes).await?;
    same("the first note", notes.first(), Some(&7))?;
    holds("the note of the loop", notes.contains(&1000))?;

    for number in 0..100 {
        app.send::<Note>(looper, Note(number)).await?;
    }
    app.try_send::<Note>("looper", Note(100))?;
    let notes = baseapp::ask::<Notes>("looper", Notes).await;
    let notes = match notes {
        Ok(notes) => notes,
        // Several apps in one process: say which.
        Err(AskError::NotDelivered(error)) if matches!(error.kind, SendErrorKind::NoApp(_)) => {
            app.ask::<Notes>("looper", Notes).await?
        }
        Err(error) => return Err(error.into()),
    };
    same("notes in order", notes, (0..=100).collect())?;

    let sides = BTreeMap::from([("a".to_owned(), Some('b')), ("c".to_owned(), None)]);
    for value in [
        Shape::Point,
        Shape::Circle(0.5),
        Shape::Named {
            sides: 3,
            of: sides,
        },
    ] {
        let echo = Echo(Labelled {
            label: "hi".into(),
            value: value.clone(),
        });
        let reply = app
            .ask::<Echo>(recorder, echo)
            .timeout(Duration::from_secs(5))
            .await?;
        let label = "recorder says hi".to_owned();
        same("an echo", reply, Labelled { label, value })?;
    }
    Ok(())
}

async fn errors_tell(app: &RunningApp, recorder: &Address<Recorder>) -> baseapp::Result<()> {
    let divide = |dividend, divisor| Divide { dividend, divisor };
    same(
        "a quotient",
        app.ask::<Divide>(recorder, divide(6, 3)).await?,
        2,
    )?;
    let failed = app.ask::<Divide>(recorder, divide(1, 0)).await;
    holds(
        "the text of an error",
        matches!(&failed, Err(AskError::Handler { text, .. }) if text == "recorder does not divide by 0"),
    )?;
    let Err(error) = app.send::<Note>("recoder", Note(1)).await else {
        return Err(baseapp::Error::msg("sent to nobody"));
    };
    holds(
        "a slip in a name",
        matches!(&error.kind, SendErrorKind::NoSuchWorker { similar } if similar.as_deref() == Some("recorder")),
    )?;
    same("the message comes back", error.message.0, 1)?;
    let none = app
        .try_send::<Note>("journal", Note(1))
        .map_err(|error| error.kind);
    holds(
        "no handler",
        matches!(none, Err(SendErrorKind::NoHandler { .. })),
    )
}

async fn news_is_published(app: &RunningApp, recorder: &Address<Recorder>) -> baseapp::Result<()> {
    same(
        "subscribers",
        app.publish(News::Opened("x".into())).await?,
        1,
    )?;
    same("subscribers", app.publish(News::Closed).await?, 1)?;
    same("news", app.ask::<Heard>(recorder, Heard).await?, 101)
}

async fn the_clock_ticks(app: &RunningApp, recorder: &Address<Recorder>) -> baseapp::Result<()> {
    let end = Instant::now() + Duration::from_secs(5);
    loop {
        let ticks: Ticks = app.ask::<Ask4Ticks>(recorder, Ask4Ticks).await?;
        if ticks.started && ticks.beats >= 2 && ticks.rang && ticks.worked == 3 {
            return Ok(());
        }
        holds("the clock ticks", Instant::now() < end)?;
    }
}

fn routes_are_listed(app: &RunningApp) -> baseapp::Result<()> {
    let route = app
        .routes()
        .iter()
        .find(|route| route.message.ends_with("::News"));
    let found = route.map(|route| (route.method, route.subscribe, route.reply));
    same("the route of News", found, Some(("news", true, "()")))
}
