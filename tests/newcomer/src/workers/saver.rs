//! A worker whose state survives it.

use baseapp::prelude::*;

use crate::messages::{Break, Save};

/// Adds numbers up, and goes on with the sum after a death.
#[worker(checkpoint = "1s")]
pub struct Saver {
    pub sum: u64,
}

#[worker]
impl Saver {
    #[handler(Save)]
    fn save(&mut self, Save(number): Save, cx: &Context<Self>) -> u64 {
        self.sum += number;
        cx.checkpoint();
        self.sum
    }

    #[handler(Break)]
    fn break_down(&mut self, _: Break) {
        std::process::exit(3);
    }
}
