//! All that may be a message, a reply or data.

#![deny(warnings, clippy::pedantic)]

use std::collections::HashMap;

use baseapp::{Data, Message, prelude::*};

#[message]
struct Unit;

#[message(reply = HashMap<String, Vec<(u32, Option<Nested<u8>>)>>)]
struct Tuple(u32, String);

#[message(reply = Result<u32, String>,)]
struct Named {
    map: HashMap<u32, Nested<String>>,
}

#[message]
pub(crate) enum Choice {
    A,
    B(Unit),
    C { tuple: Tuple },
}

#[message]
enum Never {}

#[data]
struct Nested<T> {
    value: T,
    array: [T; 2],
}

#[data]
struct Const<const N: usize>;

#[data]
struct Bounded<T: Clone>
where
    T: Default,
{
    value: T,
}

fn is_message<M: Message>() -> &'static str {
    std::any::type_name::<M>()
}

fn is_data<T: Data>() {}

fn main() {
    assert!(is_message::<Unit>().ends_with("::Unit"));
    let names = [
        is_message::<Tuple>(),
        is_message::<Named>(),
        is_message::<Choice>(),
    ];
    assert!(!names.contains(&is_message::<Never>()));
    is_data::<Nested<u32>>();
    is_data::<Const<3>>();
    is_data::<Bounded<String>>();
    let _ = (
        Choice::A,
        Choice::B(Unit),
        Choice::C {
            tuple: Tuple(1, String::new()),
        },
    );
    let Named { map } = Named {
        map: HashMap::new(),
    };
    drop(map);
    let _ = Nested {
        value: 1,
        array: [1, 2],
    }
    .array[0]
        + Bounded { value: 1 }.value;
}
