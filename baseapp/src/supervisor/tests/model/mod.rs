//! Anything may happen in any order, in any tree: nobody has two lives, only
//! those are stopped who have to be, each in its turn, and in the end all are up
//! who are to be, or the app has failed.

mod check;
mod events;
mod order;
mod reference;
mod run;

use proptest::prelude::*;

use self::{
    events::{Event, Node},
    run::Run,
};

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        max_shrink_iters: 8_000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens_everybody_returns_once_and_in_order(
        tree in proptest::collection::vec(Node::any(), 1..14),
        events in proptest::collection::vec(Event::any(), 1..120),
    ) {
        let mut run = Run::new(tree);
        for event in events {
            run.happens(event);
        }
        run.drain();
    }
}
