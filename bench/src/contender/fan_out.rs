//! One sender to several receivers, all of which get every message.

use anyhow::{Context as _, Result, ensure};
use baseapp::RunningApp;
use baseapp::prelude::*;

use super::{Link, Sends};
use crate::messages::{Numbered, Report, Small};

/// How many receivers.
pub(crate) const RECEIVERS: usize = 4;

/// A small message to whom it may concern.
#[message]
struct News(Small);

/// What was taken since the last report?
#[message(reply = Report)]
struct TakeNews;

/// Counts the news.
#[worker]
#[derive(Debug, Default)]
struct Listener {
    #[local]
    taken: Report,
}

#[worker]
impl Listener {
    #[handler(News, subscribe)]
    fn news(&mut self, News(message): News) {
        self.taken.take(&message);
    }

    #[handler(TakeNews)]
    fn take_news(&mut self, _: TakeNews) -> Report {
        std::mem::take(&mut self.taken)
    }
}

/// An app whose main publishes.
#[derive(Debug)]
pub(crate) struct Publisher {
    app: RunningApp,
    listeners: Vec<Address<Listener>>,
}

impl Publisher {
    /// Starts the app.
    pub(crate) async fn open() -> Result<Self> {
        let mut app = App::new("bench");
        let listeners = (0..RECEIVERS)
            .map(|number| app.worker(format!("listener-{number}"), Listener::default()))
            .collect::<Result<_, _>>()?;
        let app = app.start().await.context("starting the app")?;
        Ok(Self { app, listeners })
    }
}

impl Link for Publisher {
    async fn close(self) -> Result<()> {
        super::baseapp::stop(self.app).await
    }
}

impl Sends<Small> for Publisher {
    async fn send(&mut self, message: Small) -> Result<()> {
        let receivers = self.app.publish(News(message)).await;
        let receivers = receivers.context("publishing")?;
        ensure!(receivers == RECEIVERS, "published to {receivers}");
        Ok(())
    }

    async fn report(&mut self) -> Result<Report> {
        let mut reports = Vec::new();
        for listener in &self.listeners {
            let report = self.app.ask::<TakeNews>(listener, TakeNews).await;
            reports.push(report.context("asking for a report")?);
        }
        agreed(&reports)
    }
}

/// A link to each of several receivers.
#[derive(Debug)]
pub(crate) struct Several<L>(Vec<L>);

impl<L> Several<L> {
    /// Opens them.
    pub(crate) fn open(mut one: impl FnMut() -> Result<L>) -> Result<Self> {
        let links = (0..RECEIVERS).map(|_| one());
        Ok(Self(links.collect::<Result<_>>()?))
    }
}

impl<L: Link> Link for Several<L> {
    async fn close(self) -> Result<()> {
        for link in self.0 {
            link.close().await?;
        }
        Ok(())
    }
}

impl<M: Numbered + Clone, L: Sends<M>> Sends<M> for Several<L> {
    async fn send(&mut self, message: M) -> Result<()> {
        for link in &mut self.0 {
            link.send(message.clone()).await?;
        }
        Ok(())
    }

    async fn report(&mut self) -> Result<Report> {
        let mut reports = Vec::new();
        for link in &mut self.0 {
            reports.push(link.report().await?);
        }
        agreed(&reports)
    }
}

/// What all of them say.
fn agreed(reports: &[Report]) -> Result<Report> {
    let first = *reports.first().context("no receivers")?;
    ensure!(
        reports.iter().all(|report| *report == first),
        "the receivers report {reports:?}"
    );
    Ok(first)
}
