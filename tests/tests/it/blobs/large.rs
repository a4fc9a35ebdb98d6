//! Large messages, which are lent as blobs are.

use baseapp::{AskError, Result, prelude::*};
use tests::{Test, poll_once};

use super::MIB;
use crate::{
    common::twice,
    crash::{CrashAsked, about_to_crash, pass_and_panic},
};

twice!(
    large_messages_arrive_in_their_order_among_small_ones,
    large_messages_that_were_never_begun_reach_the_next_life,
);

/// Answer with this, whose payload is so large that it is lent as a blob is.
#[message(reply = String)]
struct Text(String);

#[worker(restart = "permanent")]
#[derive(Default)]
struct Reader {
    #[local]
    read: Vec<usize>,
}

/// How long was what you have read?
#[message(reply = Vec<usize>)]
struct Lengths;

/// Read this.
#[message]
struct Page(String);

#[worker]
impl Reader {
    #[handler(Text)]
    fn text(&mut self, Text(text): Text) -> String {
        text
    }

    #[handler(Page)]
    fn page(&mut self, Page(page): Page) {
        assert!(page.bytes().all(|byte| byte == b'p'));
        self.read.push(page.len());
    }

    #[handler(Lengths)]
    fn lengths(&self, _: Lengths) -> Vec<usize> {
        self.read.clone()
    }

    #[handler(CrashAsked)]
    fn crash(&mut self, CrashAsked(gate): CrashAsked) {
        pass_and_panic(&gate);
    }
}

async fn large_messages_arrive_in_their_order_among_small_ones(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let reader = app.worker("reader", Reader::default())?;
    let app = app.start().await?;
    let sizes = [1, MIB, 10, 5 * MIB, 400_000, 3, 2 * MIB, 0, 100_000];
    for size in sizes {
        app.send(&reader, Page("p".repeat(size))).await?;
    }
    assert_eq!(app.ask(&reader, Lengths).await?, sizes);
    for size in sizes {
        let text = "t".repeat(size);
        let back = app.ask(&reader, Text(text.clone())).await?;
        assert!(back == text, "{size}");
    }
    app.stop().await
}

async fn large_messages_that_were_never_begun_reach_the_next_life(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let reader = app.worker("reader", Reader::default())?;
    let app = app.start().await?;
    // The link is there, and what follows is lent.
    assert!(app.ask(&reader, Lengths).await?.is_empty());
    let (dies, held) = about_to_crash(&app, &reader).await?;
    app.send(&reader, Page("p".repeat(MIB))).await?;
    let text = "t".repeat(MIB);
    let mut asked = app.ask(&reader, Text(text.clone()));
    assert!(poll_once(&mut asked).await.is_pending());
    held.release().await?;
    assert!(matches!(dies.await, Err(AskError::Interrupted { .. })));
    assert!(asked.await? == text);
    assert_eq!(app.ask(&reader, Lengths).await?, [MIB]);
    app.stop().await
}
