//! Several baseapp workers that send to one.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use baseapp::prelude::*;
use baseapp::{AskError, RunningApp};
use futures_util::future::try_join_all;

use crate::messages::{Numbered, Small};

/// Looking at the clock must not weigh on the messages.
const BETWEEN_LOOKS: u64 = 256;

/// A small message from one of many.
#[message]
struct FromMany(Small);

/// How many have come since the last answer?
#[message(reply = u64)]
struct TakeCount;

/// Are all that I sent before this handled?
#[message(reply = ())]
struct Fence;

/// Send for as long as this: how many?
#[message(reply = u64)]
struct Flood(Duration);

/// Counts the messages of many senders.
#[worker]
#[derive(Debug, Default)]
struct Meeting {
    #[local]
    count: u64,
}

#[worker]
impl Meeting {
    #[handler(FromMany)]
    fn take(&mut self, FromMany(message): FromMany) {
        // The message is looked at, so that decoding it cannot be left out.
        self.count += message.size() / 32;
    }

    #[handler(TakeCount)]
    fn take_count(&mut self, _: TakeCount) -> u64 {
        std::mem::take(&mut self.count)
    }

    #[handler(Fence)]
    fn fence(&self, _: Fence) {}
}

/// Sends to a [`Meeting`] when told to.
#[worker]
struct Flooder {
    to: Address<Meeting>,
}

#[worker]
impl Flooder {
    #[handler(Flood)]
    async fn flood(&mut self, Flood(lasting): Flood, cx: &Context<Self>) -> Result<u64> {
        let start = Instant::now();
        let mut sent = 0;
        while start.elapsed() < lasting {
            for _ in 0..BETWEEN_LOOKS {
                cx.send::<FromMany>(&self.to, FromMany(Small::new(sent)))
                    .await?;
                sent += 1;
            }
        }
        cx.ask::<Fence>(&self.to, Fence).await?;
        Ok(sent)
    }
}

/// An app with one receiver and some senders.
#[derive(Debug)]
pub(crate) struct FanIn {
    app: RunningApp,
    meeting: Address<Meeting>,
    flooders: Vec<Address<Flooder>>,
}

impl FanIn {
    /// Starts the app.
    pub(crate) async fn open(senders: usize) -> Result<Self> {
        let mut app = App::new("bench");
        let meeting = app.worker("meeting", Meeting::default())?;
        let flooders = (0..senders)
            .map(|number| {
                let to = meeting.clone();
                app.worker(format!("flooder-{number}"), Flooder { to })
            })
            .collect::<Result<_, _>>()?;
        let app = app.start().await.context("starting the app")?;
        Ok(Self {
            app,
            meeting,
            flooders,
        })
    }

    /// Has all senders send for as long as `lasting`; messages per second, from
    /// the order to the last one handled, and none of them lost.
    pub(crate) async fn flood(&self, lasting: Duration) -> Result<f64> {
        let start = Instant::now();
        let floods = self.flooders.iter().map(|flooder| {
            let flood = self.app.ask::<Flood>(flooder, Flood(lasting));
            async { flood.await }
        });
        let sent: Result<Vec<u64>, AskError<Flood>> = try_join_all(floods).await;
        let sent: u64 = sent.context("flooding")?.into_iter().sum();
        let elapsed = start.elapsed();
        let count = self.app.ask::<TakeCount>(&self.meeting, TakeCount).await;
        let count = count.context("asking for the count")?;
        ensure!(count == sent, "{count} of {sent} messages arrived");
        Ok(sent as f64 / elapsed.as_secs_f64())
    }

    /// Stops the app, and fails unless all went well.
    pub(crate) async fn close(self) -> Result<()> {
        super::baseapp::stop(self.app).await
    }
}
