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
pub(super) struct FromMany(pub(super) Small);

/// What has come since the last answer?
#[message(reply = Taken)]
struct TakeTaken;

/// What many have sent: how many messages, and the sum of their numbers.
#[data]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    /// How many messages.
    pub(super) count: u64,
    sum: u64,
}

impl Taken {
    /// Counts a message.
    pub(super) fn take(&mut self, message: &Small) {
        self.count += 1;
        self.sum += message.sequence();
    }

    /// Fails unless this is what senders have sent, each of which counts from zero.
    pub(super) fn check(&self, sent: &[u64]) -> Result<()> {
        let expected = Self {
            count: sent.iter().sum(),
            sum: sent
                .iter()
                .map(|sent| sent * sent.saturating_sub(1) / 2)
                .sum(),
        };
        ensure!(
            *self == expected,
            "{self:?} has arrived, but {expected:?} was sent"
        );
        Ok(())
    }
}

/// Are all that I sent before this handled?
#[message(reply = ())]
pub(super) struct Fence;

/// Send for as long as this: how many?
#[message(reply = u64)]
struct Flood(Duration);

/// Counts the messages of many senders.
#[worker]
#[derive(Debug, Default)]
struct Meeting {
    #[local]
    taken: Taken,
}

#[worker]
impl Meeting {
    #[handler(FromMany)]
    fn take(&mut self, FromMany(message): FromMany) {
        self.taken.take(&message);
    }

    #[handler(TakeTaken)]
    fn take_taken(&mut self, _: TakeTaken) -> Taken {
        std::mem::take(&mut self.taken)
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
        let flood = async |to| self.app.ask::<Flood>(to, Flood(lasting)).await;
        let sent: Result<Vec<u64>, AskError<Flood>> =
            try_join_all(self.flooders.iter().map(flood)).await;
        let sent = sent.context("flooding")?;
        let elapsed = start.elapsed();
        let taken = self.app.ask::<TakeTaken>(&self.meeting, TakeTaken).await;
        let taken = taken.context("asking what was taken")?;
        taken.check(&sent)?;
        Ok(taken.count as f64 / elapsed.as_secs_f64())
    }

    /// Stops the app, and fails unless all went well.
    pub(crate) async fn close(self) -> Result<()> {
        super::baseapp::stop(self.app).await
    }
}
