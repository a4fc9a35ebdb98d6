//! A worker may come out of a macro of the user.

#![deny(warnings)]

use baseapp::prelude::*;

macro_rules! counter {
    ($worker:ident, $message:ident -> $reply:ty, $method:ident, $period:literal) => {
        #[message(reply = $reply)]
        struct $message;

        #[worker]
        struct $worker {
            counted: $reply,
        }

        #[worker]
        impl $worker {
            #[handler($message)]
            fn $method(&mut self, message: $message) -> $reply {
                let $message = message;
                self.counted.clone()
            }

            #[every($period)]
            fn tick(&mut self, cx: &Context<Self>) {
                let _ = cx;
                self.counted = Default::default();
            }
        }
    };
}

counter!(Counter, Count -> u64, count, "1s");
counter!(Lister, List -> Vec<String>, list, "2s");

fn main() {}
