//! Exactly one outcome, and the right one.

use baseapp::{AskError, Result, SendErrorKind, prelude::*};
use tests::Test;

use crate::common::{Echo, Note, Recorder, Sum, twice};

twice!(
    an_unknown_name_is_refused_with_a_suggestion,
    a_name_without_a_handler_is_refused_with_the_type,
    an_address_of_another_app_is_refused,
    the_text_of_a_handlers_error_reaches_the_asker,
    an_error_of_a_handler_of_send_ends_nothing,
    a_handler_may_fail_and_go_on,
);

/// Fail with that text.
#[message(reply = u64)]
struct Fail(String);

/// Fails when told to.
#[worker]
struct Failing;

#[derive(Debug)]
struct Cause;

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the cause")
    }
}

impl std::error::Error for Cause {}

#[worker]
impl Failing {
    #[handler(Fail)]
    fn fail(&self, Fail(text): Fail) -> Result<u64> {
        if text == "cause" {
            return Err(std::io::Error::other(Cause).into());
        }
        Err(baseapp::Error::msg(text))
    }

    #[handler(Note)]
    async fn note(&mut self, Note(number): Note) -> std::result::Result<(), String> {
        Err(format!("no {number}"))
    }

    #[handler(Echo)]
    fn echo(&self, Echo(text): Echo) -> String {
        text
    }
}

async fn an_unknown_name_is_refused_with_a_suggestion(_: &Test, mut app: App) -> Result<()> {
    app.worker("recorder", Recorder::default())?;
    let app = app.start().await?;
    let refused = app.send("recoder", Note(5)).await;
    let Err(error) = refused else { panic!("sent") };
    assert_eq!((error.message.0, error.to.as_str()), (5, "recoder"));
    assert!(
        error.to_string().contains("did you mean `recorder`?"),
        "{error}"
    );
    let Err(error) = app.try_send("zzzzzzzz", Note(6)) else {
        panic!("sent")
    };
    assert!(matches!(
        error.kind,
        SendErrorKind::NoSuchWorker { similar: None }
    ));
    let asked = app.ask("nobody-at-all", Sum).await;
    assert!(matches!(asked, Err(AskError::NotDelivered(_))), "{asked:?}");
    app.stop().await
}

async fn a_name_without_a_handler_is_refused_with_the_type(_: &Test, mut app: App) -> Result<()> {
    app.worker("recorder", Recorder::default())?;
    let app = app.start().await?;
    let Err(error) = app.send("recorder", Fail("x".into())).await else {
        panic!("sent")
    };
    let SendErrorKind::NoHandler { worker, message } = error.kind else {
        panic!("{error}")
    };
    assert!(worker.ends_with("Recorder") && message.ends_with("Fail"));
    assert_eq!(error.message.0, "x");
    app.stop().await
}

async fn an_address_of_another_app_is_refused(_: &Test, mut app: App) -> Result<()> {
    app.worker("recorder", Recorder::default())?;
    let mut other = App::new("other").in_process();
    let stranger = other.worker("recorder", Recorder::default())?;
    let app = app.start().await?;
    let Err(error) = app.send(&stranger, Note(1)).await else {
        panic!("sent")
    };
    assert!(matches!(error.kind, SendErrorKind::OtherApp), "{error}");
    app.stop().await
}

async fn the_text_of_a_handlers_error_reaches_the_asker(_: &Test, mut app: App) -> Result<()> {
    let failing = app.worker("failing", Failing)?;
    let app = app.start().await?;
    for (asked, said) in [("no milk", "no milk"), ("cause", "the cause")] {
        let failed = app.ask(&failing, Fail(asked.into())).await;
        let Err(AskError::Handler { to, text }) = failed else {
            panic!("{failed:?}")
        };
        assert_eq!((to.as_str(), text.as_str()), ("failing", said));
    }
    app.stop().await
}

async fn an_error_of_a_handler_of_send_ends_nothing(_: &Test, mut app: App) -> Result<()> {
    let failing = app.worker("failing", Failing)?;
    let app = app.start().await?;
    app.send(&failing, Note(1)).await?;
    assert_eq!(app.ask(&failing, Echo("on".into())).await?, "on");
    app.stop().await
}

async fn a_handler_may_fail_and_go_on(_: &Test, mut app: App) -> Result<()> {
    let failing = app.worker("failing", Failing)?;
    let app = app.start().await?;
    // Longer than what a report may be: cut, at a character.
    let long = "ä".repeat(100_000);
    let failed = app.ask(&failing, Fail(long)).await;
    let Err(AskError::Handler { text, .. }) = failed else {
        panic!("{failed:?}")
    };
    assert!(text.len() < 20_000 && text.starts_with("ää") && text.ends_with('…'));
    assert_eq!(app.ask(&failing, Echo("on".into())).await?, "on");
    app.stop().await
}
