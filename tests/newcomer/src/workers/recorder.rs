//! Most attributes, and state that is sent to the process.

use baseapp::prelude::*;

use crate::messages::{Ask4Ticks, Divide, Echo, Heard, Labelled, News, Note, Notes, Shape, Ticks};

/// Writes numbers down.
#[worker(
    restart = "transient",
    intensity = "3 in 1m",
    backoff = "10ms..1s",
    hang = "1m",
    grace = "10s"
)]
pub struct Recorder {
    pub first: u64,
    #[local]
    pub notes: Vec<u64>,
    #[local]
    pub heard: usize,
    #[local]
    pub ticks: Ticks,
}

#[worker]
impl Recorder {
    #[start]
    fn start(&mut self) {
        self.notes.push(self.first);
        self.ticks.started = true;
    }

    #[handler(Note)]
    fn note(&mut self, Note(number): Note) {
        self.notes.push(number);
    }

    #[handler(Notes)]
    async fn notes(&self, _: Notes) -> Vec<u64> {
        self.notes.clone()
    }

    #[handler(Echo)]
    fn echo(&self, Echo(labelled): Echo, cx: &Context<Self>) -> Labelled<Shape> {
        let label = format!("{} says {}", cx.name(), labelled.label);
        Labelled { label, ..labelled }
    }
}

/// Handlers may stand in several blocks.
#[worker]
impl Recorder {
    /// The text of the error reaches who asked.
    #[handler(Divide, timeout = "30s")]
    async fn divide(&mut self, message: Divide, cx: &Context<Self>) -> Result<i64, String> {
        let Divide { dividend, divisor } = message;
        let result = dividend.checked_div(divisor);
        result.ok_or_else(|| format!("{} does not divide by {divisor}", cx.name()))
    }

    #[handler(News, subscribe)]
    fn news(&mut self, news: News) {
        self.heard += match news {
            News::Opened(_) => 1,
            News::Closed => 100,
        };
    }

    #[handler(Heard)]
    fn heard(&self, _: Heard) -> usize {
        self.heard
    }

    #[handler(Ask4Ticks)]
    fn ticks(&self, _: Ask4Ticks) -> Ticks {
        self.ticks
    }

    #[every("5ms")]
    fn beat(&mut self) {
        self.ticks.beats += 1;
    }

    #[after("1ms")]
    async fn ring(&mut self, _: &Context<Self>) {
        self.ticks.rang = true;
    }

    /// Three pieces of work between messages.
    #[action]
    fn work(&mut self) -> Result<Again, std::fmt::Error> {
        self.ticks.worked += 1;
        Ok(if self.ticks.worked < 3 {
            Again::Now
        } else {
            Again::Never
        })
    }
}

impl Recorder {
    pub fn new(first: u64) -> Self {
        Recorder {
            first,
            notes: Vec::new(),
            heard: 0,
            ticks: Ticks::default(),
        }
    }
}
