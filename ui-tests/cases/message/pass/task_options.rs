//! All that a message may say of its tasks.

#![deny(warnings, clippy::pedantic)]

use baseapp::{Message, prelude::*};

#[message(
    reply = u64,
    attempts = 5,
    timeout = "30s",
    backoff = "100ms..30s",
    unique = path,
    priority = 7
)]
struct Resize {
    path: String,
    width: u32,
}

#[message(backoff = "1s", unique = (name, r#type,),)]
struct Several {
    name: String,
    r#type: u32,
}

#[message(unique = 1, attempts = 4_294_967_295)]
struct Numbered(u32, Vec<String>);

#[message(unique = (1, 0), priority = 0)]
struct SeveralNumbered(u32, Option<String>);

#[message(unique, backoff = "0s")]
struct Unit;

#[message(unique, priority = 9, timeout = "1.5h")]
#[allow(dead_code, reason = "only its form matters")]
enum Choice {
    A,
    B(u32),
    C { d: String },
}

#[message(unique = old)]
struct Deprecated {
    #[deprecated]
    old: u32,
}

/// The attribute may be made by a macro, from what it is given.
macro_rules! task {
    ($name:ident, $field:ident, $attempts:expr, $timeout:literal) => {
        #[message(unique = $field, attempts = $attempts, timeout = $timeout)]
        struct $name {
            $field: u32,
        }
    };
}

task!(Made, id, 3, "2m");

mod bare {
    #![no_implicit_prelude]

    #[::baseapp::message(attempts = 1, unique = (a, b))]
    pub(crate) struct Bare {
        pub(crate) a: u32,
        pub(crate) b: ::std::string::String,
    }

    #[::baseapp::message(unique, timeout = "100us")]
    pub(crate) struct Whole;
}

/// Names that generated code must not meet.
mod shadowed {
    #[allow(dead_code, non_camel_case_types, reason = "taken by nothing")]
    mod core {}
    #[allow(dead_code, reason = "taken by nothing")]
    struct Option;
    #[allow(dead_code, reason = "taken by nothing")]
    fn key_of() {}

    #[baseapp::message(unique = key, priority = 1)]
    pub(crate) struct Shadowed {
        pub(crate) key: u8,
    }
}

fn is_message<M: Message>(_: &M) {}

#[allow(deprecated, reason = "that field is meant to be")]
fn main() {
    is_message(&Resize {
        path: String::new(),
        width: 64,
    });
    is_message(&Several {
        name: String::new(),
        r#type: 1,
    });
    is_message(&Numbered(1, Vec::new()));
    is_message(&SeveralNumbered(1, None));
    is_message(&Unit);
    is_message(&Choice::A);
    is_message(&Deprecated { old: 1 });
    is_message(&Made { id: 1 });
    is_message(&bare::Bare {
        a: 1,
        b: String::new(),
    });
    is_message(&bare::Whole);
    is_message(&shadowed::Shadowed { key: 1 });
}
