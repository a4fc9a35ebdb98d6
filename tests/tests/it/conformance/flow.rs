//! Back-pressure: nothing grows without bound, and nothing waits for ever.

use std::time::Duration;

use baseapp::{Result, SendErrorKind, prelude::*};
use tests::{Gate, Test, proc};

use crate::common::{Echo, Hold, Holder, Load, Note, Notes, twice};

twice!(
    a_full_receiver_gives_the_message_back,
    a_sender_waits_for_a_slow_receiver_and_loses_nothing,
    what_is_sent_to_a_sleeping_worker_is_bounded_in_memory,
    mutual_floods_do_not_block_each_other,
    handlers_that_await_sends_to_each_other_end_in_full,
    a_flood_of_oneself_ends_in_full,
    stop_gets_through_a_flood,
    what_is_said_to_somebody_for_the_first_time_leaves_while_its_handler_goes_on,
);

/// As many messages as a link takes unacknowledged.
const WINDOW: u64 = 4096;

async fn a_full_receiver_gives_the_message_back(_: &Test, mut app: App) -> Result<()> {
    let gate = Gate::new()?;
    let holder = app.worker("holder", Holder::default())?;
    let app = app.start().await?;
    app.send(&holder, Hold(gate.path())).await?;
    let held = gate.entered().await?;
    let mut sent = 0;
    let error = loop {
        match app.try_send(&holder, Note(sent)) {
            Ok(()) => sent += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error.kind, SendErrorKind::Full), "{error}");
    assert_eq!(error.message.0, sent);
    assert!((WINDOW / 2..=WINDOW).contains(&sent), "{sent} were taken");
    let waited = app
        .send(&holder, Note(sent))
        .timeout(Duration::from_millis(50))
        .await;
    let Err(error) = waited else { panic!("taken") };
    assert!(matches!(error.kind, SendErrorKind::Full), "{error}");
    held.release().await?;
    app.send(&holder, error.message).await?;
    assert_eq!(
        app.ask(&holder, Notes).await?,
        (0..=sent).collect::<Vec<_>>()
    );
    app.stop().await
}

async fn a_sender_waits_for_a_slow_receiver_and_loses_nothing(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let gate = Gate::new()?;
    let holder = app.worker("holder", Holder::default())?;
    let app = app.start().await?;
    app.send(&holder, Hold(gate.path())).await?;
    let held = gate.entered().await?;
    let count = 3 * WINDOW;
    let send_all = async {
        for number in 0..count {
            app.send(&holder, Note(number)).await?;
        }
        Ok::<(), baseapp::Error>(())
    };
    let mut send_all = Box::pin(send_all);
    tokio::select! {
        biased;
        _ = &mut send_all => panic!("all were taken by a worker that holds"),
        () = tokio::time::sleep(Duration::from_millis(50)) => {}
    }
    held.release().await?;
    send_all.await?;
    assert_eq!(
        app.ask(&holder, Notes).await?,
        (0..count).collect::<Vec<_>>()
    );
    app.stop().await
}

async fn what_is_sent_to_a_sleeping_worker_is_bounded_in_memory(
    test: &Test,
    mut app: App,
) -> Result<()> {
    const GIB: usize = 1 << 30;
    let gate = Gate::new()?;
    let holder = app.worker("holder", Holder::default())?;
    let app = app.start().await?;
    app.send(&holder, Hold(gate.path())).await?;
    let held = gate.entered().await?;
    let worker = test.worker("holder");
    let before = worker.map(proc::memory);
    let mut taken = 0;
    for _ in 0..GIB / 10_000 {
        match app.try_send(&holder, Load("0".repeat(10_000))) {
            Ok(()) => taken += 10_000,
            Err(error) => assert!(matches!(error.kind, SendErrorKind::Full), "{error}"),
        }
        if taken % 640_000 == 0 {
            tokio::task::yield_now().await;
        }
    }
    assert!(taken <= 2 << 20, "{taken} bytes were taken");
    if let (Some(worker), Some(before)) = (worker, before) {
        let grown = proc::memory(worker).saturating_sub(before);
        assert!(grown < 16 << 20, "the worker has grown by {grown} bytes");
    }
    held.release().await?;
    app.stop().await
}

/// Flood your peer with so many, by sends that are not awaited in a handler.
#[message]
struct Start(u64);

/// The other one.
#[message]
struct Peer(String);

/// One of the flood.
#[message]
struct Drop1(u64);

/// How many came in order?
#[message(reply = u64)]
struct Came;

/// Send so many in one handler, and await each: how many went?
#[message(reply = (u64, String))]
struct AwaitAll(String, u64);

#[worker]
#[derive(Default)]
struct Flooder {
    #[local]
    peer: String,
    #[local]
    to_send: std::ops::Range<u64>,
    #[local]
    came: u64,
}

#[worker]
impl Flooder {
    #[handler(Peer)]
    fn peer(&mut self, Peer(peer): Peer) {
        self.peer = peer;
    }

    #[handler(Start)]
    fn start(&mut self, Start(count): Start) {
        self.to_send = 0..count;
    }

    /// Sends as many as are taken, between messages.
    #[action]
    fn work(&mut self, cx: &Context<Self>) -> Again {
        while let Some(number) = self.to_send.next() {
            if cx.try_send(&self.peer, Drop1(number)).is_err() {
                self.to_send.start = number;
                return Again::After(Duration::from_micros(100));
            }
        }
        Again::AfterMessage
    }

    #[handler(Drop1)]
    fn drop(&mut self, Drop1(number): Drop1) {
        self.came += u64::from(self.came == number);
    }

    #[handler(Came)]
    fn came(&self, _: Came) -> u64 {
        self.came
    }

    #[handler(Echo)]
    fn echo(&self, Echo(text): Echo) -> String {
        text
    }

    #[handler(AwaitAll)]
    async fn await_all(&mut self, all: AwaitAll, cx: &Context<Self>) -> (u64, String) {
        let AwaitAll(to, count) = all;
        for number in 0..count {
            let sent = cx
                .send(&to, Drop1(number))
                .timeout(Duration::from_millis(300));
            if let Err(error) = sent.await {
                return (number, format!("{:?}", error.kind));
            }
        }
        (count, String::new())
    }
}

async fn mutual_floods_do_not_block_each_other(_: &Test, mut app: App) -> Result<()> {
    const COUNT: u64 = 20_000;
    let a = app.worker("a", Flooder::default())?;
    let b = app.worker("b", Flooder::default())?;
    let app = app.start().await?;
    app.send(&a, Peer("b".into())).await?;
    app.send(&b, Peer("a".into())).await?;
    app.send(&a, Start(COUNT)).await?;
    app.send(&b, Start(COUNT)).await?;
    for worker in [&a, &b] {
        while app.ask(worker, Came).await? < COUNT {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    app.stop().await
}

/// A handler that awaits a send holds its worker, which then handles nothing:
/// two of them that flood each other both wait for credit, until the timeout.
async fn handlers_that_await_sends_to_each_other_end_in_full(_: &Test, mut app: App) -> Result<()> {
    let a = app.worker("a", Flooder::default())?;
    let b = app.worker("b", Flooder::default())?;
    let app = app.start().await?;
    let flood = |from, to: &str| app.ask(from, AwaitAll(to.into(), 30_000));
    let (one, other) = tokio::try_join!(flood(&a, "b"), flood(&b, "a"))?;
    // Whoever gives up first lets the other one go on, a little.
    let first = if one.0 < other.0 { one } else { other };
    assert_eq!(first.1, "Full");
    assert!(first.0 >= WINDOW / 2 && first.0 < 30_000, "{}", first.0);
    assert_eq!(app.ask(&a, Echo("on".into())).await?, "on");
    assert_eq!(app.ask(&b, Echo("on".into())).await?, "on");
    app.stop().await
}

async fn a_flood_of_oneself_ends_in_full(_: &Test, mut app: App) -> Result<()> {
    let a = app.worker("a", Flooder::default())?;
    let app = app.start().await?;
    let (sent, why) = app.ask(&a, AwaitAll("a".into(), 1_000_000)).await?;
    assert_eq!(why, "Full");
    assert_eq!(sent, WINDOW);
    while app.ask(&a, Came).await? < sent {}
    app.stop().await
}

async fn stop_gets_through_a_flood(_: &Test, mut app: App) -> Result<()> {
    let holder = app.worker("holder", Holder::default())?;
    let app = app.start().await?;
    let mut number = 0;
    while app.try_send(&holder, Note(number)).is_ok() {
        number += 1;
    }
    app.stop().await
}

/// Send somebody to the one gate, and wait at the other, holding the thread.
#[message]
struct SendAndHold {
    there: String,
    here: String,
}

#[worker]
struct Sender;

#[worker]
impl Sender {
    #[handler(SendAndHold)]
    fn hold(&mut self, gates: SendAndHold, cx: &Context<Self>) -> Result<()> {
        cx.try_send::<Hold>("holder", Hold(gates.there))?;
        Ok(tests::pass(&gates.here)?)
    }
}

async fn what_is_said_to_somebody_for_the_first_time_leaves_while_its_handler_goes_on(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let (there, here) = (Gate::new()?, Gate::new()?);
    app.worker("holder", Holder::default())?;
    let sender = app.worker("sender", Sender)?;
    let app = app.start().await?;
    let gates = SendAndHold {
        there: there.path(),
        here: here.path(),
    };
    app.send(&sender, gates).await?;
    let goes_on = here.entered().await?;
    there.entered().await?.release().await?;
    goes_on.release().await?;
    app.stop().await
}
