//! The library is known to the user's crate by another name.

#![deny(warnings)]

mod app {
    pub use ::baseapp as ba;
}

use app::ba::{self, Context};

#[ba::message(reply = u64, crate = ba)]
struct Count;

#[ba::data(crate = crate::app::ba)]
struct Config {
    first: u64,
}

#[ba::worker(init = Config, crate = ba)]
struct Counter {
    counted: u64,
}

#[ba::worker(crate = ba)]
impl Counter {
    #[init]
    fn init(config: Config) -> Self {
        Counter {
            counted: config.first,
        }
    }

    #[ba::handler(Count)]
    fn count(&mut self, _: Count, _: &Context<Self>) -> u64 {
        self.counted
    }
}

#[ba::worker(crate = ba)]
struct Local {
    #[ba::local]
    started: u32,
}

#[ba::worker(crate = ba)]
impl Local {
    #[start]
    fn start(&mut self) {
        self.started += 1;
    }
}

#[ba::main(crate = ba)]
async fn main() -> ba::Result<()> {
    Ok(())
}
