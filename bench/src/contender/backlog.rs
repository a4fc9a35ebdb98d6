//! Baseapp workers that send to one that does not look: what waits for it is handled
//! all at once.

use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use baseapp::RunningApp;
use baseapp::prelude::*;
use futures_util::future::try_join_all;
use tempfile::TempDir;
use tokio::net::UnixListener;

use super::baseapp::stop;
use super::fan_in::{Fence, FromMany, Taken};
use super::{Link, Piles};
use crate::cpu;
use crate::messages::Small;

/// Messages of one sender: less than a link lets through while nobody handles them.
/// Those are 4096, but up to a quarter of them may have been handled without a word.
const OF_A_SENDER: u64 = 3_000;

/// Handle nothing until the socket with this path, to which you connect, is closed.
/// Then so many messages wait for you.
#[message]
struct Hold {
    gate: PathBuf,
    messages: u64,
}

/// What has come since you were held?
#[message(reply = Handled)]
struct TakeHandled;

/// What came after a hold.
#[data]
#[derive(Clone, Copy, Debug, Default)]
struct Handled {
    taken: Taken,
    /// CPU time of the process, from the end of the hold to the last message.
    used: Duration,
}

/// Send so many.
#[message(reply = ())]
struct Send(u64);

/// Return when all that was sent is handled.
#[message(reply = ())]
struct Settle;

/// Handles what has piled up before it.
#[worker]
#[derive(Debug, Default)]
struct Receiver {
    #[local]
    handled: Handled,
    #[local]
    expected: u64,
    #[local]
    released: Duration,
}

#[worker]
impl Receiver {
    #[handler(Hold)]
    fn hold(&mut self, Hold { gate, messages }: Hold) -> Result<()> {
        let mut gate = UnixStream::connect(gate).context("connecting to the gate")?;
        let end = gate.read(&mut [0]).context("waiting at the gate")?;
        ensure!(end == 0, "nothing is said through the gate");
        self.expected = messages;
        self.released = cpu::of_this_process()?;
        Ok(())
    }

    /// Looks at the clock with the last one: when somebody asks later, this process has
    /// looked for more, and slept.
    #[handler(FromMany)]
    fn take(&mut self, FromMany(message): FromMany) -> Result<()> {
        let Handled { taken, used } = &mut self.handled;
        taken.take(&message);
        if taken.count == self.expected {
            *used = cpu::of_this_process()?.saturating_sub(self.released);
        }
        Ok(())
    }

    #[handler(Fence)]
    fn fence(&self, _: Fence) {}

    #[handler(TakeHandled)]
    fn take_handled(&mut self, _: TakeHandled) -> Handled {
        std::mem::take(&mut self.handled)
    }
}

/// Sends to a [`Receiver`] when told to.
#[worker]
struct Sender {
    to: Address<Receiver>,
}

#[worker]
impl Sender {
    #[handler(Send)]
    async fn send(&mut self, Send(messages): Send, cx: &Context<Self>) -> Result<()> {
        for number in 0..messages {
            let message = FromMany(Small::new(number));
            cx.send::<FromMany>(&self.to, message).await?;
        }
        Ok(())
    }

    #[handler(Settle)]
    async fn settle(&mut self, _: Settle, cx: &Context<Self>) -> Result<()> {
        cx.ask::<Fence>(&self.to, Fence).await?;
        Ok(())
    }
}

/// An app with one receiver, and as many senders as the largest pile needs.
#[derive(Debug)]
pub(crate) struct Backlog {
    app: RunningApp,
    receiver: Address<Receiver>,
    senders: Vec<Address<Sender>>,
    gate: UnixListener,
    /// Where the gate is.
    directory: TempDir,
}

impl Backlog {
    /// Starts the app; piles are not larger than this.
    pub(crate) async fn open(largest: u64) -> Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("bench-")
            .tempdir()
            .context("making a directory for the gate")?;
        let gate = UnixListener::bind(gate_in(&directory)).context("making the gate")?;
        let mut app = App::new("bench");
        let receiver = app.worker("receiver", Receiver::default())?;
        let senders = (0..largest.div_ceil(OF_A_SENDER))
            .map(|number| {
                let to = receiver.clone();
                app.worker(format!("sender-{number}"), Sender { to })
            })
            .collect::<Result<_, _>>()?;
        let app = app.start().await.context("starting the app")?;
        Ok(Self {
            app,
            receiver,
            senders,
            gate,
            directory,
        })
    }

    /// Waits until all that these have sent is handled.
    async fn settle(&self, senders: &[Address<Sender>]) -> Result<()> {
        let settle = senders.iter().map(|sender| self.app.ask(sender, Settle));
        let settled = try_join_all(settle.map(IntoFuture::into_future)).await;
        settled.context("waiting until all is handled")?;
        Ok(())
    }
}

impl Link for Backlog {
    async fn close(self) -> Result<()> {
        stop(self.app).await
    }
}

impl Piles for Backlog {
    async fn pile(&mut self, messages: u64) -> Result<Duration> {
        let shares = shares(messages);
        ensure!(
            shares.len() <= self.senders.len(),
            "too few senders for {messages} messages"
        );
        let senders = &self.senders[..shares.len()];
        let gate = gate_in(&self.directory);
        let hold = self.app.send(&self.receiver, Hold { gate, messages });
        hold.await.context("holding the receiver")?;
        let (held, _) = self.gate.accept().await.context("at the gate")?;

        let sends = senders.iter().zip(&shares);
        let sends = sends.map(|(sender, share)| self.app.ask(sender, Send(*share)).into_future());
        try_join_all(sends).await.context("sending")?;
        drop(held);
        self.settle(senders).await?;
        let handled = self.app.ask(&self.receiver, TakeHandled).await;
        let handled = handled.context("asking what was handled")?;
        handled.taken.check(&shares)?;
        Ok(handled.used)
    }
}

fn gate_in(directory: &TempDir) -> PathBuf {
    directory.path().join("gate")
}

/// What each sender sends of so many.
fn shares(messages: u64) -> Vec<u64> {
    let senders = messages.div_ceil(OF_A_SENDER).max(1);
    let share = |number| messages / senders + u64::from(number < messages % senders);
    (0..senders).map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_sent_by_as_few_as_can() {
        assert_eq!(shares(1_000), [1_000]);
        assert_eq!(shares(10_000), [2_500; 4]);
        let million = shares(1_000_000);
        assert_eq!(million.len(), 334);
        assert_eq!(million.iter().sum::<u64>(), 1_000_000);
        assert!(million.iter().all(|share| *share <= OF_A_SENDER));
    }
}
