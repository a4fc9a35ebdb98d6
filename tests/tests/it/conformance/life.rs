//! The life of a worker: its state, its turns, its end.

use std::time::Duration;

use baseapp::{Result, prelude::*};
use tests::{Gate, Test};

use crate::common::{Echo, Note, Notes, twice};

twice!(
    state_is_sent_and_local_fields_start_from_default,
    handlers_in_several_impl_blocks_share_the_state,
    one_message_at_a_time_while_an_async_handler_awaits,
    an_exit_called_by_a_worker_stops_the_app,
    start_hooks_may_ask_workers_that_have_started_before,
    nothing_is_left_of_an_app_that_is_dropped,
);

#[worker]
struct Local {
    sent: u64,
    #[local]
    not_sent: u64,
}

#[worker]
impl Local {
    #[handler(Notes)]
    fn notes(&self, _: Notes) -> Vec<u64> {
        vec![self.sent, self.not_sent]
    }
}

mod elsewhere {
    use super::{Local, Note};
    use baseapp::prelude::*;

    #[worker]
    impl Local {
        #[handler(Note)]
        fn note(&mut self, Note(number): Note) {
            self.sent += number;
            self.not_sent += number;
        }
    }
}

async fn state_is_sent_and_local_fields_start_from_default(
    test: &Test,
    mut app: App,
) -> Result<()> {
    let local = app.worker(
        "local",
        Local {
            sent: 5,
            not_sent: 6,
        },
    )?;
    let app = app.start().await?;
    // The same in a thread: the state is encoded there, too.
    assert_eq!(app.ask(&local, Notes).await?, [5, 0], "{}", test.name());
    app.stop().await
}

async fn handlers_in_several_impl_blocks_share_the_state(_: &Test, mut app: App) -> Result<()> {
    let local = app.worker(
        "local",
        Local {
            sent: 5,
            not_sent: 6,
        },
    )?;
    let app = app.start().await?;
    app.send(&local, Note(2)).await?;
    assert_eq!(app.ask(&local, Notes).await?, [7, 2]);
    app.stop().await
}

/// Wait at the gate; were you alone?
#[message(reply = bool)]
struct Alone(String);

#[worker]
#[derive(Default)]
struct OneByOne {
    #[local]
    inside: bool,
}

#[worker]
impl OneByOne {
    #[handler(Alone)]
    async fn alone(&mut self, Alone(gate): Alone) -> Result<bool> {
        let alone = !std::mem::replace(&mut self.inside, true);
        tests::pass_async(&gate).await?;
        self.inside = false;
        Ok(alone)
    }

    #[handler(Echo)]
    fn echo(&mut self, Echo(text): Echo) -> String {
        assert!(!self.inside);
        text
    }
}

async fn one_message_at_a_time_while_an_async_handler_awaits(_: &Test, mut app: App) -> Result<()> {
    let gate = Gate::new()?;
    let worker = app.worker("worker", OneByOne::default())?;
    let app = app.start().await?;
    let (first, second) = (
        app.ask(&worker, Alone(gate.path())),
        app.ask(&worker, Alone(gate.path())),
    );
    let third = app.ask(&worker, Echo("e".into()));
    let open = async {
        let held = gate.entered().await?;
        let early = tokio::time::timeout(Duration::from_millis(50), gate.entered()).await;
        assert!(early.is_err(), "a second handler has started");
        held.release().await?;
        gate.entered().await?.release().await?;
        Ok::<(), baseapp::Error>(())
    };
    let (first, second, third, open) = tokio::join!(first, second, third, open);
    assert_eq!((first?, second?, third?), (true, true, "e".to_owned()));
    open?;
    app.stop().await
}

#[message]
struct End;

#[worker]
struct Ender;

#[worker]
impl Ender {
    #[handler(End)]
    fn end(&mut self, _: End, cx: &Context<Self>) {
        cx.exit();
    }
}

async fn an_exit_called_by_a_worker_stops_the_app(_: &Test, mut app: App) -> Result<()> {
    let ender = app.worker("ender", Ender)?;
    let app = app.start().await?;
    app.send(&ender, End).await?;
    app.stopped().await?;
    let sent = app.send(&ender, End).await;
    assert!(sent.is_err(), "the app has stopped");
    app.stop().await
}

/// Asks another one when it starts.
#[worker]
struct Curious {
    of: Address<Local>,
    #[local]
    answer: Vec<u64>,
}

#[worker]
impl Curious {
    #[start]
    async fn start(&mut self, cx: &Context<Self>) -> Result<()> {
        self.answer = cx.ask(&self.of, Notes).await?;
        Ok(())
    }

    #[handler(Notes)]
    fn notes(&self, _: Notes) -> Vec<u64> {
        self.answer.clone()
    }
}

async fn start_hooks_may_ask_workers_that_have_started_before(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let of = app.worker(
        "local",
        Local {
            sent: 3,
            not_sent: 4,
        },
    )?;
    let curious = app.worker("curious", Curious { of, answer: vec![] })?;
    let app = app.start().await?;
    assert_eq!(app.ask(&curious, Notes).await?, [3, 0]);
    app.stop().await
}

async fn nothing_is_left_of_an_app_that_is_dropped(test: &Test, mut app: App) -> Result<()> {
    let local = app.worker(
        "local",
        Local {
            sent: 3,
            not_sent: 4,
        },
    )?;
    let app = app.start().await?;
    app.ask(&local, Notes).await?;
    let (dir, workers) = (test.run_dir(), test.workers());
    drop(app);
    assert_eq!(test.workers(), Vec::<u32>::new(), "of {workers:?}");
    assert!(dir.is_none_or(|dir| !dir.exists()));
    Ok(())
}
