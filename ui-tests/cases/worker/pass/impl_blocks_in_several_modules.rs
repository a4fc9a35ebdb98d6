//! Handlers may be added anywhere in the crate, under any path of the worker.

#![deny(warnings)]

use baseapp::prelude::*;

#[worker]
pub struct Printer {
    printed: u64,
}

#[worker]
impl Printer {
    #[handler(messages::Print)]
    fn print(&mut self, _: messages::Print) {
        self.printed += 1;
    }
}

mod messages {
    use baseapp::prelude::*;

    #[message]
    pub struct Print;

    #[message(reply = u64)]
    pub struct Count;

    pub mod more {
        use super::{super::Printer as P, Count};
        use baseapp::prelude::*;

        #[worker]
        impl P {
            #[handler(Count)]
            fn count(&mut self, super::Count: super::Count) -> u64 {
                self.printed
            }
        }

        #[worker]
        impl crate::Printer {
            #[start]
            fn start(&mut self) {}
        }
    }
}

fn handles<M: baseapp::Message, W: baseapp::Handler<M>>() {}

fn main() {
    handles::<messages::Print, Printer>();
    handles::<messages::Count, Printer>();
}
