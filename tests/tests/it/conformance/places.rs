//! Who may talk to whom: every pair of main and workers, and a worker with
//! itself.

use baseapp::{AskError, Result, prelude::*};
use tests::{Gate, Test};

use crate::common::{Echo, Holder, Note, Notes, Recorder, twice};

twice!(
    a_worker_sends_to_and_asks_another,
    a_worker_sends_to_itself_in_order,
    an_ask_of_oneself_is_refused_with_the_path,
    an_ask_that_comes_back_to_its_asker_is_refused_with_the_path,
    a_main_that_is_no_worker_has_no_handlers,
);

/// Send numbers 0.. to that worker, by its name.
#[message(reply = ())]
struct Pass(String, u64);

/// Ask that worker to echo.
#[message(reply = String)]
struct Relay(Address<Holder>, String);

/// Send yourself numbers 0.. .
#[message(reply = ())]
struct ToYourself(u64);

/// Ask that chain of workers, one after the other: the text of the cycle.
#[message(reply = String)]
struct Around(Vec<String>);

/// Passes things on.
#[worker]
#[derive(Default)]
struct Go {
    #[local]
    seen: Vec<u64>,
}

#[worker]
impl Go {
    #[handler(Pass)]
    async fn pass(&mut self, Pass(to, count): Pass, cx: &Context<Self>) -> Result<()> {
        for number in 0..count {
            cx.send(&to, Note(number)).await?;
        }
        Ok(())
    }

    #[handler(Relay)]
    async fn relay(&mut self, Relay(to, text): Relay, cx: &Context<Self>) -> Result<String> {
        Ok(cx.ask(&to, Echo(text)).await?)
    }

    #[handler(ToYourself)]
    async fn yourself(&mut self, ToYourself(n): ToYourself, cx: &Context<Self>) -> Result<()> {
        for number in 0..n {
            cx.send(cx.address(), Note(number)).await?;
        }
        assert!(self.seen.is_empty(), "one message at a time");
        Ok(())
    }

    #[handler(Note)]
    fn note(&mut self, Note(number): Note) {
        self.seen.push(number);
    }

    #[handler(Notes)]
    fn notes(&self, _: Notes) -> Vec<u64> {
        self.seen.clone()
    }

    #[handler(Around)]
    async fn around(&mut self, Around(mut path): Around, cx: &Context<Self>) -> Result<String> {
        if path.is_empty() {
            return Ok("no cycle".into());
        }
        let next = path.remove(0);
        match cx.ask(&next, Around(path)).await {
            Err(AskError::Cycle { path }) => Ok(path.join(" ")),
            other => Ok(other?),
        }
    }
}

async fn a_worker_sends_to_and_asks_another(_: &Test, mut app: App) -> Result<()> {
    let recorder = app.worker("recorder", Recorder::default())?;
    let holder = app.worker("holder", Holder::default())?;
    let go = app.worker("go", Go::default())?;
    let app = app.start().await?;
    app.ask(&go, Pass("recorder".into(), 100)).await?;
    // No order between senders: ask the one who knows that all were sent.
    app.ask(&go, Pass("recorder".into(), 0)).await?;
    assert_eq!(app.ask(&go, Relay(holder, "hi".into())).await?, "hi");
    while app.ask(&recorder, Notes).await?.len() < 100 {}
    assert_eq!(
        app.ask(&recorder, Notes).await?,
        (0..100).collect::<Vec<_>>()
    );
    app.stop().await
}

async fn a_worker_sends_to_itself_in_order(_: &Test, mut app: App) -> Result<()> {
    let go = app.worker("go", Go::default())?;
    let app = app.start().await?;
    app.ask(&go, ToYourself(1000)).await?;
    while app.ask(&go, Notes).await?.len() < 1000 {}
    assert_eq!(app.ask(&go, Notes).await?, (0..1000).collect::<Vec<_>>());
    app.stop().await
}

async fn an_ask_of_oneself_is_refused_with_the_path(_: &Test, mut app: App) -> Result<()> {
    let go = app.worker("go", Go::default())?;
    let app = app.start().await?;
    let path = app.ask(&go, Around(vec!["go".into()])).await?;
    assert_eq!(path, "go go");
    app.stop().await
}

async fn an_ask_that_comes_back_to_its_asker_is_refused_with_the_path(
    _: &Test,
    mut app: App,
) -> Result<()> {
    for name in ["a", "b", "c", "d"] {
        app.worker(name, Go::default())?;
    }
    let app = app.start().await?;
    let around = |path: &[&str]| Around(path.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(app.ask("a", around(&["b", "a"])).await?, "a b a");
    assert_eq!(app.ask("a", around(&["b", "c", "b"])).await?, "b c b");
    assert_eq!(app.ask("a", around(&["b", "c", "d"])).await?, "no cycle");
    app.stop().await
}

async fn a_main_that_is_no_worker_has_no_handlers(_: &Test, mut app: App) -> Result<()> {
    let go = app.worker("go", Go::default())?;
    let app = app.start().await?;
    let refused = app.ask(&go, Pass("main".into(), 1)).await;
    let Err(AskError::Handler { text, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert!(text.contains("a main that is no worker"), "{text}");
    app.stop().await
}

twice!(main_is_a_worker_that_sends_and_is_sent_to);

/// Main, as a worker.
#[worker]
struct Boss {
    go: Address<Go>,
    gate: String,
}

#[worker]
impl Boss {
    #[start]
    async fn start(&mut self, cx: &Context<Self>) -> Result<()> {
        cx.send(&self.go, Pass("main".into(), 3)).await?;
        Ok(())
    }

    #[handler(Note)]
    async fn note(&mut self, Note(number): Note, cx: &Context<Self>) -> Result<()> {
        if number == 2 {
            let echo = cx.ask("holder", Echo("end".into())).await?;
            tests::leave_word(&self.gate, &echo)?;
            cx.exit();
        }
        Ok(())
    }
}

async fn main_is_a_worker_that_sends_and_is_sent_to(_: &Test, mut app: App) -> Result<()> {
    let gate = Gate::new()?;
    app.worker("holder", Holder::default())?;
    let go = app.worker("go", Go::default())?;
    let _: Address<Boss> = app.main()?;
    let path = gate.path();
    app.run(Boss { go, gate: path }).await?;
    assert_eq!(gate.word().await?, "end");
    Ok(())
}
