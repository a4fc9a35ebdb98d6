//! A message may say that it may be delivered again.

#![deny(warnings, clippy::pedantic)]

use baseapp::{Message, prelude::*};

/// Nothing is said.
#[message]
struct Plain;

#[message(idempotent)]
struct SetTitle(String);

#[message(attempts = 3, idempotent, reply = u64)]
enum Choice {
    A,
    B { at: u32 },
}

mod bare {
    #![no_implicit_prelude]

    #[::baseapp::message(idempotent)]
    pub(crate) struct Bare;
}

/// Names that generated code must not meet.
mod shadowed {
    #[allow(dead_code, non_camel_case_types, reason = "taken by nothing")]
    struct bool;

    #[baseapp::message(idempotent)]
    #[derive(Clone, Copy)]
    pub(crate) struct Shadowed;
}

fn is_idempotent<M: Message>(_: &M) -> bool {
    M::IDEMPOTENT
}

fn main() {
    assert!(!is_idempotent(&Plain));
    assert!(is_idempotent(&SetTitle("new".to_owned())));
    assert!(is_idempotent(&Choice::A));
    assert!(is_idempotent(&Choice::B { at: 1 }));
    assert!(is_idempotent(&bare::Bare));
    assert!(is_idempotent(&shadowed::Shadowed));
}
