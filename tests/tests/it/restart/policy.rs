//! Who is started again, and when it is enough.

use std::time::Duration;

use baseapp::{
    AskError, Restart, Result, SendErrorKind, StopProblem, Strategy, Supervision, prelude::*,
};
use tests::{Test, poll_once};

use super::phoenix::{Book, Exit, Life, Write};
use crate::{
    common::{problems, twice},
    crash::{about_to_crash, crash},
};

twice!(
    a_temporary_worker_is_not_started_again,
    a_worker_that_dies_too_often_stops_the_app,
    a_group_of_one_for_all_starts_anew_together,
    a_group_of_rest_for_one_starts_anew_from_there,
    a_group_that_fails_is_started_again_as_a_whole,
    what_waits_for_a_worker_that_is_given_up_comes_back,
);

async fn a_temporary_worker_is_not_started_again(_: &Test, mut app: App) -> Result<()> {
    let book = Book::new()?;
    let phoenix = app.worker("phoenix", book.phoenix())?;
    app.supervise(&phoenix, Supervision::new().restart(Restart::Temporary));
    let app = app.start().await?;
    crash(&app, &phoenix).await?;
    let Err(AskError::NotDelivered(error)) = app.ask(&phoenix, Life).await else {
        panic!("it lives")
    };
    assert!(matches!(error.kind, SendErrorKind::Ended(_)), "{error}");
    let problems = problems(app.stop().await);
    assert!(
        matches!(&problems[..], [StopProblem::Died { name, .. }] if name == "phoenix"),
        "{problems:?}"
    );
    Ok(())
}

#[baseapp::test]
async fn a_transient_worker_may_exit_with_zero_and_with_nothing_else() -> Result<()> {
    let _test = tests::test!();
    let (book, other) = (Book::new()?, Book::new()?);
    let mut app = App::new("transient");
    let done = app.worker("done", book.phoenix())?;
    let failed = app.worker("failed", other.phoenix())?;
    let transient = Supervision::new().restart(Restart::Transient);
    app.supervise(&done, transient);
    app.supervise(&failed, transient);
    let app = app.start().await?;
    let gone = app.ask(&done, Life);
    app.send(&done, Exit(0)).await?;
    app.send(&failed, Exit(1)).await?;
    assert_eq!(app.ask(&failed, Life).await?, 2);
    // It is not known when it has gone, but that it does not come again.
    drop(gone);
    while app.ask(&done, Life).await.is_ok() {}
    assert!(book.lines().len() == 1, "{:?}", book.lines());
    let problems = problems(app.stop().await);
    let lost = |problem: &StopProblem| matches!(problem, StopProblem::Lost { .. });
    assert!(problems.iter().all(lost), "{problems:?}"); // those in hand
    Ok(())
}

async fn a_worker_that_dies_too_often_stops_the_app(_: &Test, mut app: App) -> Result<()> {
    let book = Book::new()?;
    let phoenix = app.worker("phoenix", book.phoenix())?;
    let twice = Supervision::new()
        .intensity(2, Duration::from_secs(60))
        .backoff(Duration::from_millis(1), Duration::from_millis(1));
    app.supervise(&phoenix, twice);
    let app = app.start().await?;
    for life in 1..=3 {
        assert_eq!(app.ask(&phoenix, Life).await?, life);
        crash(&app, &phoenix).await?;
    }
    let problems = problems(app.stopped().await);
    let [
        StopProblem::GivenUp {
            name,
            group: None,
            how,
            ..
        },
    ] = &problems[..]
    else {
        panic!("{problems:?}")
    };
    assert!(name == "phoenix" && how.contains("as I was told"), "{how}");
    Ok(())
}

async fn a_group_of_one_for_all_starts_anew_together(_: &Test, mut app: App) -> Result<()> {
    let books = [Book::new()?, Book::new()?, Book::new()?];
    let mut group = app.group("group", Strategy::OneForAll);
    let first = group.worker("first", books[0].phoenix())?;
    let second = group.worker("second", books[1].phoenix())?;
    let third = group.worker("third", books[2].phoenix())?;
    let app = app.start().await?;
    crash(&app, &second).await?;
    // It is started when all others have stopped.
    for worker in [&second, &third, &first] {
        assert_eq!(app.ask(worker, Life).await?, 2, "{worker}");
    }
    app.stop().await?;
    assert_eq!(books[0].lines(), ["life", "stop", "life", "stop"]);
    assert_eq!(books[1].lines(), ["life", "life", "stop"]);
    assert_eq!(books[2].lines(), ["life", "stop", "life", "stop"]);
    Ok(())
}

async fn a_group_of_rest_for_one_starts_anew_from_there(_: &Test, mut app: App) -> Result<()> {
    let books = [Book::new()?, Book::new()?, Book::new()?];
    let mut group = app.group("group", Strategy::RestForOne);
    let first = group.worker("first", books[0].phoenix())?;
    let second = group.worker("second", books[1].phoenix())?;
    let third = group.worker("third", books[2].phoenix())?;
    let app = app.start().await?;
    // What waits for one that is stopped with the others reaches its next life.
    crash(&app, &second).await?;
    app.send(&third, Write(1)).await?;
    assert_eq!(app.ask(&second, Life).await?, 2);
    assert_eq!(app.ask(&third, Life).await?, 2);
    assert_eq!(app.ask(&first, Life).await?, 1);
    app.stop().await?;
    assert_eq!(books[0].lines(), ["life", "stop"]);
    assert_eq!(books[2].numbers(), [1]);
    Ok(())
}

async fn a_group_that_fails_is_started_again_as_a_whole(_: &Test, mut app: App) -> Result<()> {
    let books = [Book::new()?, Book::new()?, Book::new()?];
    let mut outer = app.group("outer", Strategy::OneForOne);
    let outside = outer.worker("outside", books[0].phoenix())?;
    let mut inner = outer.group("inner", Strategy::OneForOne);
    let weak = inner.worker("weak", books[1].phoenix())?;
    let strong = inner.worker("strong", books[2].phoenix())?;
    app.supervise(
        &weak,
        Supervision::new().intensity(0, Duration::from_secs(60)),
    );
    let app = app.start().await?;
    crash(&app, &weak).await?;
    assert_eq!(app.ask(&weak, Life).await?, 2);
    assert_eq!(
        app.ask(&strong, Life).await?,
        2,
        "its group was started again"
    );
    assert_eq!(
        app.ask(&outside, Life).await?,
        1,
        "what is around it was not"
    );
    app.stop().await?;
    Ok(())
}

async fn what_waits_for_a_worker_that_is_given_up_comes_back(_: &Test, mut app: App) -> Result<()> {
    let book = Book::new()?;
    let phoenix = app.worker("phoenix", book.sickly_phoenix(u64::MAX))?;
    let quick = Supervision::new()
        .intensity(3, Duration::from_secs(60))
        .backoff(Duration::from_millis(5), Duration::from_millis(5));
    app.supervise(&phoenix, quick);
    let app = app.start().await?;
    let (crash, held) = about_to_crash(&app, &phoenix).await?;
    let mut ask = app.ask(&phoenix, Life);
    assert!(poll_once(&mut ask).await.is_pending());
    held.release().await?;
    assert!(matches!(crash.await, Err(AskError::Interrupted { .. })));
    let Err(AskError::NotDelivered(error)) = ask.await else {
        panic!("answered")
    };
    let SendErrorKind::Ended(how) = &error.kind else {
        panic!("{error}")
    };
    assert!(how.contains("not in this life"), "{how}");
    let problems = problems(app.stopped().await);
    assert!(
        matches!(&problems[..], [StopProblem::GivenUp { .. }]),
        "{problems:?}"
    );
    Ok(())
}
