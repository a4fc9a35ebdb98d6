//! [`Rich`]: a type with every shape of the serde data model.

use std::{
    collections::BTreeMap,
    fmt::{self, Formatter},
};

use proptest::{collection, option, prelude::*};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Visitor};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Rich {
    nothing: (),
    marker: Marker,
    flag: bool,
    signed: (i8, i16, i32, i64, i128),
    unsigned: (u8, u16, u32, u64, u128),
    floats: (f32, f64),
    letter: char,
    text: String,
    bytes: Bytes,
    maybe: Option<Option<u8>>,
    array: [u16; 3],
    wrapped: Wrapped,
    variants: Vec<Variant>,
    map: BTreeMap<String, Vec<u16>>,
    tree: Tree,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Marker;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Wrapped(u32);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Variant {
    Unit,
    Newtype(i32),
    Tuple(u8, String),
    Struct { on: bool, at: Option<u64> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tree(Vec<Tree>);

/// Bytes as bytes, which `Vec<u8>` is not: to serde that is a sequence.
#[derive(Debug, Clone, PartialEq)]
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BytesVisitor;

        impl Visitor<'_> for BytesVisitor {
            type Value = Bytes;

            fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }

        deserializer.deserialize_byte_buf(BytesVisitor)
    }
}

fn variant() -> impl Strategy<Value = Variant> {
    prop_oneof![
        Just(Variant::Unit),
        any::<i32>().prop_map(Variant::Newtype),
        any::<(u8, String)>().prop_map(|(number, text)| Variant::Tuple(number, text)),
        any::<(bool, Option<u64>)>().prop_map(|(on, at)| Variant::Struct { on, at }),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    Just(Tree(Vec::new())).prop_recursive(6, 32, 4, |inner| {
        collection::vec(inner, 0..4).prop_map(Tree)
    })
}

/// Any [`Rich`] of moderate size.
pub(super) fn rich() -> impl Strategy<Value = Rich> {
    let scalars = any::<(bool, (f32, f64), char, u32)>();
    let integers = any::<(
        (i8, i16, i32, i64, i128),
        (u8, u16, u32, u64, u128),
        [u16; 3],
    )>();
    let strings = any::<(String, Vec<u8>)>();
    let maybe = option::of(option::of(any::<u8>()));
    let lists = (
        collection::vec(variant(), 0..5),
        collection::btree_map(any::<String>(), any::<Vec<u16>>(), 0..3),
    );
    (scalars, integers, strings, maybe, lists, tree()).prop_map(
        |(scalars, integers, strings, maybe, (variants, map), tree)| Rich {
            nothing: (),
            marker: Marker,
            flag: scalars.0,
            signed: integers.0,
            unsigned: integers.1,
            floats: scalars.1,
            letter: scalars.2,
            text: strings.0,
            bytes: Bytes(strings.1),
            maybe,
            array: integers.2,
            wrapped: Wrapped(scalars.3),
            variants,
            map,
            tree,
        },
    )
}
