//! Mistakes with pools and their names.

use baseapp::{Result, SendErrorKind, StartError, prelude::*};
use tests::Test;

use super::{
    basics::{Square, Squarer},
    puppet::{Hand, Play},
};
use crate::common::twice;

twice!(
    who_submits_to_a_name_that_no_pool_has_is_told_a_similar_one,
    who_submits_by_name_what_the_pool_does_not_handle_is_told,
    the_pool_of_another_app_is_refused,
    a_worker_is_no_pool_and_a_pool_no_worker,
);

async fn who_submits_to_a_name_that_no_pool_has_is_told_a_similar_one(
    _: &Test,
    mut app: App,
) -> Result<()> {
    app.pool("squarers", Squarer, 1)?;
    let app = app.start().await?;
    let Err(error) = app.submit::<Square>("sqarers", Square(7)).await else {
        panic!("accepted")
    };
    match &error.kind {
        SendErrorKind::NoSuchPool { similar } => assert_eq!(similar.as_deref(), Some("squarers")),
        kind => panic!("{kind}"),
    }
    let text = error.to_string();
    assert!(text.contains("did you mean `squarers`?"), "{text}");
    assert_eq!((error.message.0, &*error.to), (7, "sqarers"));
    app.stop().await
}

async fn who_submits_by_name_what_the_pool_does_not_handle_is_told(
    _: &Test,
    mut app: App,
) -> Result<()> {
    app.pool("squarers", Squarer, 1)?;
    let app = app.start().await?;
    let (stage, note) = (String::new(), String::new());
    let Err(error) = app.submit("squarers", Play { stage, note }).await else {
        panic!("accepted")
    };
    match &error.kind {
        SendErrorKind::NoHandler { worker, message } => {
            assert!(worker.ends_with("Squarer") && message.ends_with("Play"));
        }
        kind => panic!("{kind}"),
    }
    app.stop().await
}

async fn the_pool_of_another_app_is_refused(_: &Test, mut app: App) -> Result<()> {
    let mut other = App::new("other").in_process();
    let pool = other.pool("squarers", Squarer, 1)?;
    app.pool("squarers", Squarer, 1)?;
    let app = app.start().await?;
    let Err(error) = app.submit(&pool, Square(7)).await else {
        panic!("accepted")
    };
    assert!(matches!(error.kind, SendErrorKind::OtherApp), "{error}");
    let stats = app.queue(&pool).stats().await;
    assert!(stats.is_err(), "{stats:?}");
    app.stop().await
}

async fn a_worker_is_no_pool_and_a_pool_no_worker(_: &Test, mut app: App) -> Result<()> {
    app.pool("squarers", Squarer, 1)?;
    app.worker("single", Squarer)?;
    let app = app.start().await?;
    let Err(error) = app.submit("single", Square(7)).await else {
        panic!("accepted")
    };
    assert!(
        matches!(error.kind, SendErrorKind::NoSuchPool { .. }),
        "{error}"
    );
    let asked = app.ask("squarers", Square(7)).await;
    let text = asked.err().map(|error| error.to_string());
    assert!(text.is_some_and(|text| text.contains("no worker")));
    app.stop().await
}

#[test]
fn the_names_of_pools_and_workers_differ() -> Result<()> {
    let mut app = App::new("names");
    app.pool("squarers", Squarer, 1)?;
    let again = app.pool("squarers", Squarer, 2).err();
    assert!(
        matches!(again, Some(StartError::SameName { .. })),
        "{again:?}"
    );
    let worker = app.worker("squarers", Squarer).err();
    assert!(
        matches!(worker, Some(StartError::SameName { .. })),
        "{worker:?}"
    );
    for name in ["main", "", "a b", "a#1"] {
        let bad = app.pool(name, Squarer, 1).err();
        assert!(
            matches!(bad, Some(StartError::Name { .. })),
            "{name}: {bad:?}"
        );
    }
    Ok(())
}

#[test]
fn options_that_make_no_sense_are_refused() {
    #[allow(clippy::reversed_empty_ranges, reason = "the mistake that is tested")]
    let reversed = PoolOptions::new(3..=2);
    for (options, told) in [
        (PoolOptions::new(0), "at least one worker"),
        (reversed, "is empty"),
        (PoolOptions::new(1).prefetch(0), "prefetch"),
        (PoolOptions::new(1).capacity(0), "capacity"),
        (PoolOptions::new(1).max_tasks(0), "at least one task"),
    ] {
        let refused = App::new("options").pool("hands", Hand, options).err();
        let Some(StartError::Pool { name, problem }) = refused else {
            panic!("{told}: {refused:?}")
        };
        assert!(name == "hands" && problem.contains(told), "{problem}");
    }
}
