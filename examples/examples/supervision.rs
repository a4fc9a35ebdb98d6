//! A worker dies of one message, and the program goes on: it is started again
//! under its address, handles what was waiting, and a second worker is told.
//!
//! Run it with `cargo run -p examples --example supervision`.

use baseapp::{AskError, WorkerDied, prelude::*};

/// Tune to a frequency.
#[message(reply = String)]
struct Tune(u32);

/// Cannot bear 13.
#[worker(intensity = "3 in 10s", hang = "5s")]
struct Tuner;

#[worker]
impl Tuner {
    #[handler(Tune)]
    fn tune(&mut self, Tune(frequency): Tune) -> String {
        if frequency == 13 {
            std::process::abort(); // a segmentation fault would be the same
        }
        format!("tuned to {frequency}")
    }
}

/// The deaths so far.
#[message(reply = Vec<WorkerDied>)]
struct Deaths;

/// Is told of every death in the app.
#[worker]
#[derive(Default)]
struct Logbook {
    #[local]
    deaths: Vec<WorkerDied>,
}

#[worker]
impl Logbook {
    #[handler(WorkerDied, subscribe)]
    fn died(&mut self, died: WorkerDied) {
        self.deaths.push(died);
    }

    #[handler(Deaths)]
    fn deaths(&self, _: Deaths) -> Vec<WorkerDied> {
        self.deaths.clone()
    }
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let mut app = App::new("supervision");
    let tuner = app.worker("tuner", Tuner)?;
    let logbook = app.worker("logbook", Logbook::default())?;
    let app = app.start().await?;
    for frequency in 11..=15 {
        match app.ask::<Tune>(&tuner, Tune(frequency)).await {
            Ok(said) => println!("{said}"),
            // It may be half done, so it is ours to decide whether to ask again.
            Err(AskError::Interrupted { how, .. }) => println!("{frequency} was too much: {how}"),
            Err(error) => return Err(error.into()),
        }
    }
    for died in app.ask::<Deaths>(&logbook, Deaths).await? {
        println!("in life {}: {}", died.life, died.cause);
    }
    app.stop().await // all is well: what was lost, we know of
}
