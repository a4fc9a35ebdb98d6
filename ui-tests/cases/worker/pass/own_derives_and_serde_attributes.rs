//! `#[worker]`, `#[message]` and `#[data]` live beside other derives.

#![deny(warnings)]

use baseapp::prelude::*;

#[derive(Clone, Debug, PartialEq)]
#[message]
struct Before {
    text: String,
}

#[message]
#[derive(Clone, Debug, PartialEq)]
struct After {
    #[serde(default)]
    text: String,
}

#[data]
#[derive(Clone, Debug, PartialEq, Default)]
#[serde(rename_all = "kebab-case")]
enum Shape<T> {
    #[default]
    Nothing,
    Tree {
        #[serde(skip)]
        depth: u8,
        children: Vec<Self>,
        value: T,
    },
}

#[data]
struct Chain {
    next: Option<Box<Chain>>,
    other: Option<Box<Self>>,
}

#[derive(Debug)]
#[worker]
#[derive(Clone)]
struct Tuple(u32, #[local] Vec<*const u8>, Shape<u32>);

#[worker]
struct Unit;

fn main() {
    assert_eq!(
        Before {
            text: String::new()
        }
        .clone(),
        Before {
            text: String::new()
        }
    );
    assert_eq!(
        After {
            text: String::new()
        }
        .clone(),
        After {
            text: String::new()
        }
    );
    let tree = Shape::Tree {
        depth: 1,
        children: vec![Shape::default()],
        value: 1_u8,
    };
    assert_eq!(tree.clone(), tree);
    assert!(
        Chain {
            next: None,
            other: None
        }
        .next
        .is_none()
    );
    assert!(format!("{:?}", Tuple(1, Vec::new(), Shape::Nothing).clone()).starts_with("Tuple"));
    let _ = Unit;
}
