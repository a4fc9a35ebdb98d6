//! Values that nest too deeply, and how deeply they may.

use std::{collections::BTreeMap, panic::resume_unwind, thread};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::error;
use crate::wire::{
    budget::DEPTH_LIMIT,
    codec::{CodecError, decode, encode},
};

/// A value that nests as deeply as the peer likes.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum E {
    Leaf,
    Node(Box<E>),
}

/// The same with more in every level.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Folder {
    names: [u64; 4],
    parent: Option<Box<Folder>>,
    children: BTreeMap<u8, Folder>,
}

/// Decodes on a small stack.
fn decode_nested<T: DeserializeOwned + Send>(bytes: &[u8]) -> Result<T, CodecError> {
    thread::scope(|scope| {
        thread::Builder::new()
            .stack_size(256 * 1024)
            .spawn_scoped(scope, || decode(bytes))
            .unwrap_or_else(|error| panic!("no thread: {error}"))
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// So many ones and then a zero.
fn nodes(count: usize) -> Vec<u8> {
    let mut bytes = vec![1; count];
    bytes.push(0);
    bytes
}

#[test]
fn a_recursive_enum_does_not_overflow_a_small_stack() {
    let too_deep = Err(CodecError::TooDeep { limit: DEPTH_LIMIT });
    // The leaf is a level too.
    assert!(decode_nested::<E>(&nodes(DEPTH_LIMIT - 1)).is_ok());
    assert_eq!(decode_nested::<E>(&nodes(DEPTH_LIMIT)), too_deep);
    assert_eq!(decode_nested::<E>(&nodes(1 << 20)), too_deep);
}

#[test]
fn a_recursive_struct_does_not_overflow_a_small_stack() {
    let mut bytes = Vec::new();
    for _ in 0..1000 {
        // Four names, and there is a parent.
        bytes.extend([0, 0, 0, 0, 1]);
    }
    let result = decode_nested::<Folder>(&bytes);
    assert_eq!(result, Err(CodecError::TooDeep { limit: DEPTH_LIMIT }));

    let mut bytes = Vec::new();
    for _ in 0..1000 {
        // No parent, and there is a child.
        bytes.extend([0, 0, 0, 0, 0, 1, 7]);
    }
    let result = decode_nested::<Folder>(&bytes);
    assert_eq!(result, Err(CodecError::TooDeep { limit: DEPTH_LIMIT }));
}

#[test]
fn every_shape_is_a_level() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Newtype(Box<Newtype>);
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Tuple((), Box<Tuple>);
    #[derive(Debug, Deserialize)]
    #[serde(transparent)]
    struct Seq(Vec<Seq>);
    #[derive(Debug, Deserialize)]
    #[serde(transparent)]
    struct Map(BTreeMap<u8, Map>);
    #[derive(Debug, Deserialize)]
    #[serde(transparent)]
    struct Maybe(Option<Box<Maybe>>);

    let too_deep = Some(CodecError::TooDeep { limit: DEPTH_LIMIT });
    // These two need no byte at all for each level.
    assert_eq!(error::<Newtype>(&[]), too_deep);
    assert_eq!(error::<Tuple>(&[]), too_deep);
    assert_eq!(error::<Seq>(&[1; 1000]), too_deep);
    assert_eq!(error::<Map>(&[1; 1000]), too_deep);
    assert_eq!(error::<Maybe>(&[1; 1000]), too_deep);
    assert!(decode::<Maybe>(&nodes(DEPTH_LIMIT)).is_ok_and(|maybe| maybe.0.is_some()));
    assert!(decode::<Seq>(&nodes(DEPTH_LIMIT - 1)).is_ok_and(|seq| seq.0.len() == 1));
    assert!(decode::<Map>(&[0]).is_ok_and(|map| map.0.is_empty()));
}

#[test]
fn levels_side_by_side_are_not_deep() {
    let wide: Vec<Option<(u8, u8)>> = vec![Some((1, 2)); 1000];
    let bytes = encode(&wide, 1 << 20).unwrap_or_default();
    assert_eq!(decode(&bytes), Ok(wide));
}
