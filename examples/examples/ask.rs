//! Asking: a reply, and each way in which there is none.
//!
//! Run it with `cargo run -p examples --example ask`.

use std::{thread, time::Duration};

use baseapp::{AskError, prelude::*};

/// One number divided by another.
#[message(reply = i64)]
struct Divide(i64, i64);

/// Sleeps before it replies.
#[message(reply = ())]
struct Sleep(Duration);

/// What the mean of these numbers is.
#[message(reply = i64)]
struct Mean(Vec<i64>);

/// Has the calculator ask the clerk, who waits for the calculator.
#[message(reply = i64)]
struct AskEachOther;

#[worker]
struct Calculator;

#[worker]
impl Calculator {
    /// An error reaches who asks as its text.
    #[handler(Divide)]
    fn divide(&mut self, Divide(a, b): Divide) -> Result<i64, String> {
        a.checked_div(b)
            .ok_or_else(|| format!("{a} cannot be divided by {b}"))
    }

    #[handler(Sleep)]
    fn sleep(&mut self, Sleep(time): Sleep) {
        thread::sleep(time);
    }

    #[handler(AskEachOther)]
    async fn ask_back(
        &mut self,
        _: AskEachOther,
        cx: &Context<Self>,
    ) -> Result<i64, AskError<Mean>> {
        cx.ask::<Mean>("clerk", Mean(vec![1, 2, 3])).await
    }
}

/// Leaves the arithmetic to the calculator.
#[worker]
struct Clerk {
    calculator: Address<Calculator>,
}

#[worker]
impl Clerk {
    #[handler(Mean)]
    async fn mean(&mut self, Mean(numbers): Mean, cx: &Context<Self>) -> baseapp::Result<i64> {
        let (sum, count) = (numbers.iter().sum(), numbers.len() as i64);
        let divide = Divide(sum, count);
        Ok(cx.ask::<Divide>(&self.calculator, divide).await?)
    }

    #[handler(AskEachOther)]
    async fn ask_each_other(
        &mut self,
        message: AskEachOther,
        cx: &Context<Self>,
    ) -> baseapp::Result<i64> {
        Ok(cx.ask::<AskEachOther>(&self.calculator, message).await?)
    }
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let mut app = App::new("ask");
    let calculator = app.worker("calculator", Calculator)?;
    let clerk = Clerk {
        calculator: calculator.clone(),
    };
    let clerk = app.worker("clerk", clerk)?;
    let app = app.start().await?;

    let mean = app.ask::<Mean>(&clerk, Mean(vec![20, 40, 66])).await?;
    println!("the mean of 20, 40 and 66 is {mean}");

    // A handler's error: `AskError::Handler`, here through two workers.
    if let Err(error) = app.ask::<Mean>(&clerk, Mean(vec![])).await {
        println!("the mean of nothing: {error}");
    }

    // Late: `AskError::Timeout`. The calculator sleeps on, then goes on.
    let sleep = Sleep(Duration::from_millis(300));
    let ask = app.ask::<Sleep>(&calculator, sleep);
    if let Err(error) = ask.timeout(Duration::from_millis(100)).await {
        println!("too slow: {error}");
    }

    // A circle, refused before anyone waits for ever: `AskError::Cycle`.
    if let Err(error) = app.ask::<AskEachOther>(&clerk, AskEachOther).await {
        println!("a circle: {error}");
    }

    // Never sent: `AskError::NotDelivered`, with the message in it.
    if let Err(error) = app.ask::<Divide>("calculater", Divide(6, 3)).await {
        println!("a slip: {error}");
    }
    app.stop().await
}
