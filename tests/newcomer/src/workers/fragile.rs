//! A worker that dies, and one whose messages to it come back.

use std::time::Duration;

use baseapp::{SendErrorKind, prelude::*};

use crate::messages::{CameBack, Fill, Load};

/// Dies of its first load, and is not started again.
#[worker(restart = "temporary")]
pub struct Fragile;

#[worker]
impl Fragile {
    #[handler(Load)]
    fn load(&mut self, _: Load) {
        std::thread::sleep(Duration::from_millis(200));
        std::process::exit(3);
    }
}

/// Sends more than the other can take.
#[worker]
pub struct Filler {
    pub to: Address<Fragile>,
    #[local]
    pub came_back: u64,
}

#[worker]
impl Filler {
    #[handler(Fill)]
    fn fill(&mut self, _: Fill, cx: &Context<Self>) -> Result<u64, String> {
        let mut taken = 0;
        loop {
            match cx.try_send::<Load>(&self.to, Load(vec![0; 60_000])) {
                Ok(()) => taken += 1,
                // The message comes back with the error.
                Err(error) if matches!(error.kind, SendErrorKind::Full) => {
                    let whole = error.message.0.len() == 60_000;
                    return whole.then_some(taken).ok_or_else(|| "cut".into());
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    #[undelivered(Load)]
    fn back(&mut self, Load(load): Load) {
        self.came_back += u64::from(load.len() == 60_000);
    }

    #[handler(CameBack)]
    fn came_back(&self, _: CameBack) -> u64 {
        self.came_back
    }
}
