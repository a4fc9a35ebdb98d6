//! Main submits multiplications, one each second and one each 2.5 s, to three
//! identical workers: whoever is free takes the next. The products come back to
//! main; until Ctrl-C.
//!
//! Run it with `cargo run -p examples --example multiplication`; with
//! `-- --results 5` it ends after that many products.

use std::{thread, time::Duration};

use baseapp::prelude::*;

/// How long a multiplication takes: long enough to keep several workers busy.
const EFFORT: Duration = Duration::from_millis(1600);

/// Two numbers to multiply.
#[message]
struct Multiply(u64, u64);

/// What they make.
#[message]
struct Product {
    of: (u64, u64),
    is: u64,
    by: String,
}

/// Multiplies: one of three.
#[worker]
struct Multiplier {
    main: Address<Main>,
}

#[worker]
impl Multiplier {
    /// Also a task that has no reply ends when its handler returns: if this
    /// process dies before, another worker gets it.
    #[handler(Multiply)]
    async fn multiply(
        &mut self,
        Multiply(a, b): Multiply,
        cx: &Context<Self>,
    ) -> baseapp::Result<()> {
        println!("{}: {a} × {b}", cx.name());
        thread::sleep(EFFORT);
        let product = Product {
            of: (a, b),
            is: a * b,
            by: cx.name().into(),
        };
        Ok(cx.send::<Product>(&self.main, product).await?)
    }
}

/// Runs in the main process.
#[worker]
struct Main {
    multipliers: Pool<Multiplier>,
    /// Products after which to end.
    results: Option<u64>,
    #[local]
    submitted: u64,
    #[local]
    printed: u64,
}

#[worker]
impl Main {
    #[every("1s")]
    async fn small(&mut self, cx: &Context<Self>) -> baseapp::Result<()> {
        self.submitted += 1;
        let task = Multiply(self.submitted, 7);
        cx.submit::<Multiply>(&self.multipliers, task).await?; // accepted
        Ok(())
    }

    #[every("2.5s")]
    async fn large(&mut self, cx: &Context<Self>) -> baseapp::Result<()> {
        self.submitted += 1;
        let task = Multiply(self.submitted, 1_000_000);
        cx.submit::<Multiply>(&self.multipliers, task).await?;
        Ok(())
    }

    #[handler(Product)]
    fn product(&mut self, Product { of, is, by }: Product, cx: &Context<Self>) {
        let (a, b) = of;
        println!("main: {a} × {b} = {is}, says {by}");
        self.printed += 1;
        if self.results == Some(self.printed) {
            cx.exit();
        }
    }
}

/// What follows `--results`.
fn results() -> baseapp::Result<Option<u64>> {
    let mut words = std::env::args().skip_while(|word| word != "--results");
    Ok(words.nth(1).map(|number| number.parse()).transpose()?)
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let results = results()?;
    let mut app = App::new("multiplication");
    let main = app.main::<Main>()?;
    let multipliers = app.pool("multipliers", Multiplier { main }, 3)?;
    app.run(Main {
        multipliers,
        results,
        submitted: 0,
        printed: 0,
    })
    .await
}
