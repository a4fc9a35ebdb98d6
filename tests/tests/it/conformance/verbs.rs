//! `send`, `ask` and `publish`, by address and by name.

use baseapp::{Result, prelude::*};
use tests::Test;

use crate::common::{Echo, Holder, Note, Notes, Pid, Recorder, Shout, twice};

twice!(
    send_by_address_and_by_name,
    ask_by_address_and_by_name,
    publish_reaches_every_subscriber,
    publish_without_subscribers_reaches_nobody,
    an_address_is_small_and_equal_to_its_copies,
    a_message_that_is_sent_before_an_ask_is_handled_before_it,
);

async fn send_by_address_and_by_name(_: &Test, mut app: App) -> Result<()> {
    let recorder = app.worker("recorder", Recorder::default())?;
    let app = app.start().await?;
    app.send::<Note>(&recorder, Note(1)).await?;
    app.send::<Note>("recorder", Note(2)).await?;
    app.send::<Note>(recorder.clone(), Note(3)).await?;
    app.try_send::<Note>(String::from("recorder"), Note(4))?;
    assert_eq!(app.ask::<Notes>(&recorder, Notes).await?, [1, 2, 3, 4]);
    app.stop().await
}

async fn ask_by_address_and_by_name(test: &Test, mut app: App) -> Result<()> {
    let holder = app.worker("holder", Holder::default())?;
    let app = app.start().await?;
    let text = "ä text".to_owned();
    assert_eq!(app.ask(&holder, Echo(text.clone())).await?, text);
    assert_eq!(app.ask("holder", Echo(text.clone())).await?, text);
    let pid = app.ask("holder", Pid).await?;
    let expected = test.worker("holder").unwrap_or(std::process::id());
    assert_eq!(pid, expected);
    app.stop().await
}

async fn publish_reaches_every_subscriber(_: &Test, mut app: App) -> Result<()> {
    let one = app.worker("one", Recorder::default())?;
    let two = app.worker("two", Recorder::default())?;
    app.worker("deaf", Holder::default())?;
    let app = app.start().await?;
    assert_eq!(app.publish(Shout(7)).await?, 2);
    assert_eq!(app.publish(Shout(8)).await?, 2);
    for recorder in [one, two] {
        assert_eq!(app.ask(&recorder, Notes).await?, [7, 8]);
    }
    app.stop().await
}

async fn publish_without_subscribers_reaches_nobody(_: &Test, mut app: App) -> Result<()> {
    app.worker("deaf", Holder::default())?;
    let app = app.start().await?;
    assert_eq!(app.publish(Shout(7)).await?, 0);
    app.stop().await
}

async fn an_address_is_small_and_equal_to_its_copies(_: &Test, mut app: App) -> Result<()> {
    let one = app.worker("one", Recorder::default())?;
    let two = app.worker("two", Recorder::default())?;
    assert_eq!(one, one.clone());
    assert_ne!(one, two);
    assert_eq!((one.name(), one.to_string()), ("one", "one".to_owned()));
    app.start().await?.stop().await
}

async fn a_message_that_is_sent_before_an_ask_is_handled_before_it(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let recorder = app.worker("recorder", Recorder::default())?;
    let app = app.start().await?;
    for number in 0..1000 {
        app.send(&recorder, Note(number)).await?;
        if number % 100 == 99 {
            assert_eq!(app.ask(&recorder, Notes).await?.len() as u64, number + 1);
        }
    }
    app.stop().await
}
