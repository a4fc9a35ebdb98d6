//! First in, first out, for each pair of sender and receiver.

use baseapp::{Result, prelude::*};
use tests::Test;

use crate::common::twice;

twice!(
    a_hundred_thousand_messages_arrive_in_order_asks_included,
    many_senders_to_one_receiver_keep_the_order_of_each,
);

/// The next number of that sender, and by which verb.
#[message(reply = u64)]
struct Next {
    sender: u64,
    number: u64,
}

/// How many came, and how many of them out of order.
#[message(reply = (u64, u64))]
struct Result2;

/// Send that many to the one who checks.
#[message(reply = ())]
struct Flood(u64);

#[worker]
#[derive(Default)]
struct Checker {
    #[local]
    next: std::collections::HashMap<u64, u64>,
    #[local]
    wrong: u64,
}

#[worker]
impl Checker {
    #[handler(Next)]
    fn next(&mut self, Next { sender, number }: Next) -> u64 {
        let expected = self.next.entry(sender).or_default();
        self.wrong += u64::from(*expected != number);
        *expected = number + 1;
        number
    }

    #[handler(Result2)]
    fn result(&self, _: Result2) -> (u64, u64) {
        (self.next.values().sum(), self.wrong)
    }
}

#[worker]
struct Sender {
    number: u64,
}

#[worker]
impl Sender {
    #[handler(Flood)]
    async fn flood(&mut self, Flood(count): Flood, cx: &Context<Self>) -> Result<()> {
        let sender = self.number;
        for number in 0..count {
            let next = Next { sender, number };
            if number % 500 == 499 {
                cx.ask("checker", next).await?;
            } else {
                cx.send("checker", next).await?;
            }
        }
        Ok(())
    }
}

async fn a_hundred_thousand_messages_arrive_in_order_asks_included(
    _: &Test,
    mut app: App,
) -> Result<()> {
    const COUNT: u64 = 100_000;
    let checker = app.worker("checker", Checker::default())?;
    let app = app.start().await?;
    for number in 0..COUNT {
        let next = Next { sender: 0, number };
        if number % 500 == 499 {
            assert_eq!(app.ask(&checker, next).await?, number);
        } else {
            app.send(&checker, next).await?;
        }
    }
    assert_eq!(app.ask(&checker, Result2).await?, (COUNT, 0));
    app.stop().await
}

async fn many_senders_to_one_receiver_keep_the_order_of_each(_: &Test, mut app: App) -> Result<()> {
    const COUNT: u64 = 10_000;
    let checker = app.worker("checker", Checker::default())?;
    let mut senders = Vec::new();
    for number in 1..=4 {
        senders.push(app.worker(format!("sender-{number}"), Sender { number })?);
    }
    let app = app.start().await?;
    let [a, b, c, d] = &senders[..] else {
        panic!("four")
    };
    let flood = |sender| app.ask(sender, Flood(COUNT));
    tokio::try_join!(flood(a), flood(b), flood(c), flood(d))?;
    assert_eq!(app.ask(&checker, Result2).await?, (4 * COUNT, 0));
    app.stop().await
}
