//! Workers whose state is kept.

#![deny(warnings, clippy::pedantic)]

use std::time::Duration;

use baseapp::{Worker, prelude::*};

#[message]
struct Keep;

#[worker(checkpoint = "1.5s")]
struct Kept {
    count: u64,
    #[local]
    last: Option<std::time::Instant>,
}

#[worker]
impl Kept {
    #[start]
    fn start(&mut self, cx: &Context<Self>) {
        self.last = None;
        cx.checkpoint();
    }

    #[handler(Keep)]
    async fn keep(&mut self, _: Keep, cx: &Context<Self>) {
        self.count += 1;
        cx.clone().checkpoint();
    }
}

/// Names that generated code must not meet.
#[worker(checkpoint = "1s")]
struct Named;

impl Named {
    const CHECKPOINT: u8 = 1;

    fn as_init(&self) -> u8 {
        Self::CHECKPOINT
    }
}

mod bare {
    #![no_implicit_prelude]

    #[::baseapp::worker(checkpoint = "1ms")]
    pub(crate) struct Bare;
}

#[worker]
struct Plain;

fn main() {
    assert_eq!(Kept::CHECKPOINT, Some(Duration::from_millis(1_500)));
    assert_eq!(<Named as Worker>::CHECKPOINT, Some(Duration::from_secs(1)));
    assert_eq!(Named.as_init(), 1);
    assert_eq!(bare::Bare::CHECKPOINT, Some(Duration::from_millis(1)));
    assert_eq!(Plain::CHECKPOINT, None);
    assert_eq!(Kept { count: 0, last: None }.count, 0);
}
