//! A main and two workers, each of its own type, that all send each other
//! messages: every 3.5 s, 1 s and 2 s, until Ctrl-C.
//!
//! Run it with `cargo run -p examples --example messages`; with
//! `-- --speed 20` all of it is 20 times as fast.

use std::{num::NonZeroU32, time::Duration};

use baseapp::prelude::*;

/// What they all say to each other.
#[message]
struct Hello {
    from: String,
}

/// Runs in the main process.
#[worker]
struct Main {
    alice: Address<Alice>,
    bob: Address<Bob>,
    period: Duration,
}

#[worker]
impl Main {
    #[handler(Hello)]
    fn hello(&mut self, Hello { from }: Hello) {
        println!("main: hello from {from}");
    }

    /// A timer whose period is known only now; else it would be `#[every("3.5s")]`.
    #[action]
    async fn greet(&mut self, cx: &Context<Self>) -> baseapp::Result<Again> {
        cx.send::<Hello>(&self.alice, hello(cx)).await?;
        cx.send::<Hello>(&self.bob, hello(cx)).await?;
        Ok(Again::After(self.period))
    }
}

#[worker]
struct Alice {
    main: Address<Main>,
    period: Duration,
}

#[worker]
impl Alice {
    #[handler(Hello)]
    fn hello(&mut self, Hello { from }: Hello) {
        println!("alice: hello from {from}");
    }

    #[action]
    async fn greet(&mut self, cx: &Context<Self>) -> baseapp::Result<Again> {
        cx.send::<Hello>(&self.main, hello(cx)).await?;
        // Bob is added after Alice, who knows only his name: that is checked
        // now, while an address is checked by the compiler.
        cx.send::<Hello>("bob", hello(cx)).await?;
        Ok(Again::After(self.period))
    }
}

#[worker]
struct Bob {
    main: Address<Main>,
    alice: Address<Alice>,
    period: Duration,
}

#[worker]
impl Bob {
    #[handler(Hello)]
    fn hello(&mut self, Hello { from }: Hello) {
        println!("bob: hello from {from}");
    }

    #[action]
    async fn greet(&mut self, cx: &Context<Self>) -> baseapp::Result<Again> {
        cx.send::<Hello>(&self.main, hello(cx)).await?;
        cx.send::<Hello>(&self.alice, hello(cx)).await?;
        Ok(Again::After(self.period))
    }
}

/// A greeting from the worker that says it.
fn hello<W>(cx: &Context<W>) -> Hello {
    Hello {
        from: cx.name().into(),
    }
}

/// What follows `--speed`.
fn speed() -> baseapp::Result<u32> {
    let speed = std::env::args().skip_while(|word| word != "--speed").nth(1);
    let speed = speed.map_or(Ok(NonZeroU32::MIN), |speed| speed.parse())?;
    Ok(speed.get())
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let speed = speed()?;
    let period = |millis| Duration::from_millis(millis) / speed;
    let mut app = App::new("messages");
    let main = app.main::<Main>()?;
    let alice = Alice {
        main: main.clone(),
        period: period(1000),
    };
    let alice = app.worker("alice", alice)?;
    let bob = Bob {
        main,
        alice: alice.clone(),
        period: period(2000),
    };
    let bob = app.worker("bob", bob)?;
    let period = period(3500);
    app.run(Main { alice, bob, period }).await
}
