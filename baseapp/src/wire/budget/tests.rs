//! Decode bombs, each by name, and what must pass beside them.

mod depth;

use std::{
    collections::{BTreeMap, HashMap, HashSet, LinkedList},
    fmt::{self, Debug, Formatter},
    marker::PhantomData,
};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, SeqAccess, Visitor},
};

use super::{BASE_BUDGET, BUDGET_PER_BYTE, Budgeted, LEAST_CHARGE};
use crate::wire::codec::{CodecError, decode, encode};

/// Ten billion, as postcard writes a length.
const TEN_BILLION: [u8; 5] = [0x80, 0xc8, 0xaf, 0xa0, 0x25];

/// The error for a message of `len` bytes whose elements cost too much.
fn too_many(len: usize) -> CodecError {
    CodecError::TooManyElements {
        budget: BASE_BUDGET + BUDGET_PER_BYTE * len,
    }
}

fn error<T: DeserializeOwned + Debug>(bytes: &[u8]) -> Option<CodecError> {
    decode::<T>(bytes).err()
}

/// The bytes of a length.
fn length(len: usize) -> Vec<u8> {
    encode(&len, 10).unwrap_or_default()
}

/// What decoding a `T` was charged.
fn spent<T: DeserializeOwned>(bytes: &[u8]) -> Option<usize> {
    let mut de = Budgeted::new(bytes);
    T::deserialize(&mut de).ok()?;
    Some(de.budget - de.credit)
}

#[test]
fn four_bytes_of_linked_list_are_not_48_megabytes() {
    let bytes = length(3_000_000);
    assert_eq!(bytes.len(), 4);
    assert_eq!(error::<LinkedList<()>>(&bytes), Some(too_many(4)));

    // What is allowed takes no more memory than the budget, at 32 bytes a node.
    let most = BASE_BUDGET / LEAST_CHARGE + 3 * BUDGET_PER_BYTE / LEAST_CHARGE;
    assert!(most * 32 <= BASE_BUDGET + 3 * BUDGET_PER_BYTE);
    let list = decode::<LinkedList<()>>(&length(most));
    assert_eq!(list.map(|list| list.len()), Ok(most));
    assert_eq!(
        error::<LinkedList<()>>(&length(most + 1)),
        Some(too_many(3))
    );
}

#[test]
fn ten_billion_units_do_not_hang() {
    assert_eq!(error::<Vec<()>>(&TEN_BILLION), Some(too_many(5)));
    assert_eq!(error::<HashSet<()>>(&TEN_BILLION), Some(too_many(5)));
    assert_eq!(error::<BTreeMap<(), ()>>(&TEN_BILLION), Some(too_many(5)));
    assert_eq!(
        error::<Vec<PhantomData<u8>>>(&TEN_BILLION),
        Some(too_many(5))
    );
    assert_eq!(error::<Vec<[(); 8]>>(&TEN_BILLION), Some(too_many(5)));
}

#[test]
fn a_length_of_all_bits_does_not_overflow() {
    // The charge for so many would be a multiple of 2^64.
    let bytes = length(usize::MAX / LEAST_CHARGE + 1);
    assert_eq!(error::<Vec<()>>(&bytes), Some(too_many(bytes.len())));
    let bytes = length(usize::MAX);
    assert_eq!(error::<Vec<()>>(&bytes), Some(too_many(bytes.len())));
    assert_eq!(
        error::<HashMap<u64, String>>(&bytes),
        Some(too_many(bytes.len()))
    );
}

#[test]
fn an_element_without_bytes_is_charged_its_size() {
    /// No bytes on the wire, 4 KiB in memory.
    #[derive(Debug, Default, Deserialize)]
    struct Skipped {
        #[serde(skip)]
        _page: Page,
    }
    #[derive(Debug)]
    struct Page([u8; 4096]);
    impl Default for Page {
        fn default() -> Self {
            Page([0; 4096])
        }
    }

    assert_eq!(spent::<Vec<Skipped>>(&[10]), Some(40960));
    assert_eq!(error::<Vec<Skipped>>(&length(3000)), Some(too_many(2)));
    let page = Skipped::default()._page.0;
    assert_eq!(page.len(), size_of::<Skipped>());
}

/// The most elements that a sequence or map told its visitor to expect.
struct Hint(usize);

impl<'de> Visitor<'de> for Hint {
    type Value = Hint;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("elements")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Hint, A::Error> {
        Ok(Hint(seq.size_hint().unwrap_or(0)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Hint, A::Error> {
        Ok(Hint(map.size_hint().unwrap_or(0)))
    }
}

#[test]
fn a_header_allocates_nothing_up_front() {
    let mut bytes = TEN_BILLION.to_vec();
    bytes.extend([1, 2, 3]);
    let seq = Budgeted::new(&bytes).deserialize_seq(Hint(0));
    assert_eq!(seq.map(|hint| hint.0).ok(), Some(3));
    let map = Budgeted::new(&bytes).deserialize_map(Hint(0));
    assert_eq!(map.map(|hint| hint.0).ok(), Some(3));
    let tuple = Budgeted::new(&bytes).deserialize_tuple(usize::MAX, Hint(0));
    assert_eq!(tuple.map(|hint| hint.0).ok(), Some(0));
    // An honest header is believed.
    let honest = Budgeted::new(&[3, 1, 2, 3]).deserialize_seq(Hint(0));
    assert_eq!(honest.map(|hint| hint.0).ok(), Some(3));

    assert_eq!(error::<HashMap<u64, u64>>(&bytes), Some(too_many(8)));
}

#[test]
fn a_mebibyte_of_empty_vectors_is_bounded() {
    // They cost what their type costs, which is within the budget.
    let count = 1 << 20;
    let mut bytes = length(count);
    bytes.resize(bytes.len() + count, 0);
    assert_eq!(spent::<Vec<Vec<()>>>(&bytes), Some(count * LEAST_CHARGE));
    // The same bytes as a type that makes more of each is refused.
    let refused = Some(too_many(bytes.len()));
    assert_eq!(error::<Vec<Option<[u64; 32]>>>(&bytes), refused);
}

#[test]
fn what_vectors_in_vectors_announce_adds_up() {
    // Each of ten thousand vectors announces units for no bytes at all.
    let units = length(20_000);
    let mut bytes = length(10_000);
    bytes.extend(units.iter().cycle().take(10_000 * units.len()));
    assert_eq!(error::<Vec<Vec<()>>>(&bytes), Some(too_many(bytes.len())));
}

#[test]
fn huge_strings_are_not_believed() {
    assert!(matches!(
        error::<String>(&TEN_BILLION),
        Some(CodecError::Decode { .. })
    ));
    assert!(matches!(
        error::<Box<str>>(&length(usize::MAX)),
        Some(CodecError::Decode { .. })
    ));
    assert!(matches!(
        error::<std::ffi::CString>(&length(usize::MAX)),
        Some(CodecError::Decode { .. })
    ));
}

#[test]
fn the_reason_does_not_repeat_a_huge_string() {
    let bytes = encode(&"ä".repeat(100_000), 1 << 20).unwrap_or_default();
    // The error quotes the text that is no address.
    let Some(CodecError::Decode { reason }) = error::<Quoting>(&bytes) else {
        panic!("expected a decoding error");
    };
    assert!(reason.starts_with("invalid value: string \"ää") && reason.ends_with('…'));
    assert!(reason.len() < 600, "{} bytes", reason.len());
}

/// A type that never likes its string.
#[derive(Debug)]
struct Quoting;

impl<'de> Deserialize<'de> for Quoting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Err(serde::de::Error::invalid_value(
            serde::de::Unexpected::Str(&text),
            &"another",
        ))
    }
}

#[test]
fn each_element_is_paid_for_once() {
    let vector = encode(&vec![1_u64; 100], 1000).unwrap_or_default();
    assert_eq!(spent::<Vec<u64>>(&vector), Some(100 * LEAST_CHARGE));
    let rows = encode(&vec![[1_u64; 8]; 100], 1000).unwrap_or_default();
    assert_eq!(spent::<Vec<[u64; 8]>>(&rows), Some(100 * 64));
    let pairs: BTreeMap<u8, [u64; 8]> = (0..100).map(|key| (key, [1; 8])).collect();
    let pairs = encode(&pairs, 1000).unwrap_or_default();
    assert_eq!(
        spent::<BTreeMap<u8, [u64; 8]>>(&pairs),
        Some(100 * (LEAST_CHARGE + 64))
    );
    // Structs, tuples and strings are part of what they are in.
    assert_eq!(
        spent::<(String, [u8; 2], Option<u8>)>(&[1, b'a', 1, 2, 0]),
        Some(0)
    );
}

#[test]
fn an_honest_mebibyte_of_numbers_passes() {
    let bytes = vec![7_u8; 1 << 20];
    let encoded = encode(&bytes, 2 << 20).unwrap_or_default();
    assert_eq!(decode(&encoded), Ok(bytes));
    let pairs: HashMap<u32, u8> = (0..100_000).map(|key| (key, 1)).collect();
    let encoded = encode(&pairs, 2 << 20).unwrap_or_default();
    assert_eq!(decode(&encoded), Ok(pairs));
}
