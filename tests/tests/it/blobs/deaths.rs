//! What becomes of blobs when somebody dies.

use baseapp::{AskError, Result, prelude::*};
use tests::{Test, poll_once};

use super::{Album, Give, Keep, Keeper, MIB, MakeFor, PassTo, Seen, filled, seen};
use crate::{
    common::twice,
    crash::{CrashAsked, about_to_crash, crash, pass_and_panic},
};

twice!(
    a_blob_in_a_message_that_was_never_begun_reaches_the_next_life,
    a_blob_in_an_ask_that_was_never_begun_comes_back,
    who_made_a_blob_may_die,
    who_has_passed_a_blob_on_may_die,
);

async fn a_blob_in_a_message_that_was_never_begun_reaches_the_next_life(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let keeper = app.worker("keeper", Keeper::default())?;
    let app = app.start().await?;
    let (dies, held) = about_to_crash(&app, &keeper).await?;
    let mut seen = Vec::new();
    for byte in 1..=2 {
        app.send(&keeper, Keep(filled(300_000, byte))).await?;
        seen.push(app.ask(&keeper, Seen));
        assert!(
            poll_once(&mut seen[usize::from(byte) - 1])
                .await
                .is_pending()
        );
    }
    held.release().await?;
    assert!(matches!(dies.await, Err(AskError::Interrupted { .. })));
    for (seen, byte) in seen.into_iter().zip(1..) {
        assert_eq!(seen.await?, Some((300_000, byte)));
    }
    app.stop().await
}

#[worker(restart = "temporary")]
#[derive(Default)]
struct Mortal;

#[worker]
impl Mortal {
    #[handler(CrashAsked)]
    fn crash(&mut self, CrashAsked(gate): CrashAsked) {
        pass_and_panic(&gate);
    }

    #[handler(Album)]
    fn album(&self, album: Album) -> Album {
        album
    }
}

async fn a_blob_in_an_ask_that_was_never_begun_comes_back(_: &Test, mut app: App) -> Result<()> {
    let mortal = app.worker("mortal", Mortal)?;
    let app = app.start().await?;
    let (dies, held) = about_to_crash(&app, &mortal).await?;
    let mut asked = app.ask(
        &mortal,
        Album {
            name: "mine".into(),
            pictures: vec![filled(MIB, 3)],
            cover: None,
        },
    );
    assert!(poll_once(&mut asked).await.is_pending());
    held.release().await?;
    let Err(AskError::NotDelivered(error)) = asked.await else {
        panic!("it was begun")
    };
    assert_eq!(error.message.pictures, [filled(MIB, 3)]);
    drop(dies);
    drop(app.stop().await); // who died is reported
    Ok(())
}

async fn who_made_a_blob_may_die(_: &Test, mut app: App) -> Result<()> {
    let maker = app.worker("maker", Keeper::default())?;
    let keeper = app.worker("keeper", Keeper::default())?;
    let app = app.start().await?;
    app.ask(&maker, MakeFor(keeper.clone(), MIB, 8)).await?;
    assert_eq!(app.ask(&keeper, Seen).await?, Some((MIB, 8)));
    crash(&app, &maker).await?;
    assert_eq!(app.ask(&maker, Seen).await?, None, "it lives again");
    assert_eq!(app.ask(&keeper, Seen).await?, Some((MIB, 8)));
    assert_eq!(
        app.ask(&keeper, Give).await?.as_deref().and_then(seen),
        Some((MIB, 8))
    );
    app.stop().await
}

/// Its maker cannot know that somebody still reads it, and writes elsewhere.
async fn who_has_passed_a_blob_on_may_die(_: &Test, mut app: App) -> Result<()> {
    let between = app.worker("between", Keeper::default())?;
    let keeper = app.worker("keeper", Keeper::default())?;
    let app = app.start().await?;
    app.send(&between, Keep(filled(MIB, 1))).await?;
    app.ask(&between, PassTo(keeper.clone())).await?;
    assert_eq!(app.ask(&keeper, Seen).await?, Some((MIB, 1)));
    crash(&app, &between).await?;
    for byte in 2..20 {
        app.send(&between, Keep(filled(MIB, byte))).await?;
        assert_eq!(app.ask(&between, Seen).await?, Some((MIB, byte)));
    }
    assert_eq!(app.ask(&keeper, Seen).await?, Some((MIB, 1)));
    app.stop().await
}
