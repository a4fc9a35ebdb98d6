//! Values through bytes and back, and what cannot make the journey.

mod shapes;

use std::{
    fmt::{self, Debug, Display, Formatter},
    panic::{AssertUnwindSafe, catch_unwind},
};

use proptest::prelude::*;
use serde::{Deserialize, Serialize, Serializer, de::DeserializeOwned, ser::SerializeSeq};

use self::shapes::Rich;
use super::{CodecError, decode, decode_any, encode, encode_any_into, encode_into};

/// Room enough for any test.
const ROOM: usize = 1 << 24;

/// What the decoding failed with.
fn reason<T: DeserializeOwned + Debug>(bytes: &[u8]) -> String {
    match decode::<T>(bytes) {
        Err(CodecError::Decode { reason }) => reason,
        other => panic!("expected a decoding error, found {other:?}"),
    }
}

proptest! {
    /// The bytes are postcard's, and come back as the value.
    #[test]
    fn every_shape_survives_the_journey(value in shapes::rich()) {
        let bytes = encode(&value, ROOM);
        prop_assert_eq!(bytes.clone().ok(), postcard::to_stdvec(&value).ok());
        prop_assert_eq!(bytes.and_then(|bytes| decode::<Rich>(&bytes)), Ok(value));
    }

    /// In one piece they are the same.
    #[test]
    fn lists_of_bytes_are_what_they_are_byte_by_byte(
        list: Vec<u8>,
        numbers: Vec<u16>,
        cut: prop::sample::Index,
    ) {
        let mut bytes = Vec::new();
        encode_any_into(&list, &mut bytes, ROOM)?;
        prop_assert_eq!(&bytes, &postcard::to_stdvec(&list)?);
        prop_assert_eq!(decode_any::<Vec<u8>>(&bytes)?, list);
        let cut = &bytes[..cut.index(bytes.len())];
        prop_assert_eq!(decode_any::<Vec<u8>>(cut).is_ok(), decode::<Vec<u8>>(cut).is_ok());

        let mut bytes = Vec::new();
        encode_any_into(&numbers, &mut bytes, ROOM)?;
        prop_assert_eq!(&bytes, &postcard::to_stdvec(&numbers)?);
        prop_assert_eq!(decode_any::<Vec<u16>>(&bytes)?, numbers);
    }

    /// Damaged bytes are what postcard says that they are, but for the budget.
    #[test]
    fn damage_is_judged_as_by_postcard(
        value in shapes::rich(),
        at: prop::sample::Index,
        byte: u8,
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = encode(&value, ROOM)?;
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        match decode::<Rich>(&bytes) {
            Ok(ours) => {
                let theirs = postcard::from_bytes::<Rich>(&bytes)?;
                // As bytes, because not even a NaN may differ.
                prop_assert_eq!(encode(&ours, ROOM), encode(&theirs, ROOM));
            }
            Err(CodecError::TrailingBytes { count }) => {
                let rest = postcard::take_from_bytes::<Rich>(&bytes)?.1;
                prop_assert_eq!(rest.len(), count);
            }
            Err(CodecError::Decode { .. }) => {
                prop_assert!(postcard::from_bytes::<Rich>(&bytes).is_err());
            }
            Err(CodecError::TooDeep { .. } | CodecError::TooManyElements { .. }) => {}
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }

    /// Nothing that a peer sends makes decoding panic.
    #[test]
    fn noise_is_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = decode::<Rich>(&bytes);
        let _ = decode::<Vec<Rich>>(&bytes);
        let _ = decode::<shapes::Tree>(&bytes);
    }
}

#[test]
fn the_format_is_not_for_humans() {
    // It writes four bytes, where a readable format would have a text.
    let address = std::net::Ipv4Addr::LOCALHOST;
    assert_eq!(encode(&address, ROOM), Ok(vec![127, 0, 0, 1]));
    assert_eq!(decode(&[127, 0, 0, 1]), Ok(address));
}

#[test]
fn encoding_appends() {
    let mut out = vec![9];
    assert_eq!(encode_into("ab", &mut out, 3), Ok(()));
    assert_eq!(encode_into(&7_u8, &mut out, 1), Ok(()));
    assert_eq!(out, [9, 2, b'a', b'b', 7]);
}

#[test]
fn a_message_over_the_limit_leaves_no_bytes() {
    let mut out = vec![9];
    let result = encode_into("abc", &mut out, 3);
    assert_eq!(result, Err(CodecError::TooLarge { max: 3 }));
    assert_eq!(out, [9]);
    assert_eq!(encode(&1_u8, 0), Err(CodecError::TooLarge { max: 0 }));
    assert_eq!(encode(&(), 0), Ok(Vec::new()));
}

#[test]
fn encoding_stops_at_the_limit() {
    /// It would never end.
    struct Endless;

    impl Serialize for Endless {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut seq = serializer.serialize_seq(Some(usize::MAX))?;
            loop {
                seq.serialize_element("and so on")?;
            }
        }
    }

    let mut out = Vec::new();
    let result = encode_into(&Endless, &mut out, 1000);
    assert_eq!(result, Err(CodecError::TooLarge { max: 1000 }));
    assert!(out.is_empty() && out.capacity() <= 2048);
}

#[test]
fn a_limit_that_a_value_ignores_still_holds() {
    /// It drops the error of its first element, and then goes on.
    struct Careless;

    impl Serialize for Careless {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut seq = serializer.serialize_seq(Some(2))?;
            let _ = seq.serialize_element("too long");
            let _ = seq.serialize_element(&0_u8);
            seq.end()
        }
    }

    assert_eq!(encode(&Careless, 4), Err(CodecError::TooLarge { max: 4 }));
}

#[test]
fn a_displayed_value_over_the_limit_is_too_large() {
    let shown = Shown(Ok("0123456789"));
    assert_eq!(encode(&shown, 4), Err(CodecError::TooLarge { max: 4 }));
}

#[test]
fn a_panic_while_encoding_leaves_no_bytes() {
    struct Panics;

    impl Serialize for Panics {
        fn serialize<S: Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
            panic!("on purpose");
        }
    }

    let mut out = vec![9];
    let result = catch_unwind(AssertUnwindSafe(|| {
        encode_into(&(1_u8, Panics), &mut out, ROOM)
    }));
    assert!(result.is_err());
    assert_eq!(out, [9]);
}

/// A text or a failure that is formatted to be encoded.
struct Shown(Result<&'static str, fmt::Error>);

impl Display for Shown {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.and_then(|text| f.write_str(text))
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[test]
fn what_cannot_be_encoded_is_told() {
    #[derive(Serialize)]
    struct Flat {
        #[serde(flatten)]
        rest: std::collections::BTreeMap<String, u8>,
    }

    let said = |result: Result<Vec<u8>, CodecError>| match result {
        Err(error @ CodecError::Encode { .. }) => error.to_string(),
        other => panic!("expected an encoding error, found {other:?}"),
    };
    let flat = Flat {
        rest: [("a".to_owned(), 1)].into(),
    };
    assert!(said(encode(&flat, ROOM)).contains("`#[serde(flatten)]` is not supported"));

    let poisoned = std::sync::Mutex::new(0);
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let _guard = poisoned.lock();
        panic!("on purpose");
    }));
    assert!(said(encode(&poisoned, ROOM)).contains("its `Serialize` implementation failed"));

    let shown = Shown(Err(fmt::Error));
    assert!(said(encode(&shown, ROOM)).contains("its `Display` implementation failed"));
}

#[test]
fn trailing_bytes_are_refused() {
    let result = decode::<u8>(&[1, 2, 3]);
    assert_eq!(result, Err(CodecError::TrailingBytes { count: 2 }));
    let result = decode::<()>(&[0]);
    assert_eq!(result, Err(CodecError::TrailingBytes { count: 1 }));
}

#[test]
fn what_cannot_be_decoded_is_told() {
    #[derive(Debug, Deserialize)]
    enum Known {
        A,
        B,
    }
    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    #[expect(dead_code, reason = "only its shape matters")]
    enum Untagged {
        Number(u8),
    }

    assert!(matches!(decode(&[0]), Ok(Known::A)));
    assert!(matches!(decode(&[1]), Ok(Known::B)));
    // The texts of serde and of the types themselves arrive.
    assert!(reason::<Known>(&[2]).contains("variant index 0 <= i < 2"));
    assert!(reason::<std::num::NonZeroU8>(&[0]).contains("nonzero"));
    assert!(reason::<Untagged>(&[0]).contains("self-describing"));
    assert!(reason::<u32>(&[]).contains("ends too early"));
    assert!(reason::<u16>(&[0xff; 3]).contains("out of range"));
    assert!(reason::<bool>(&[2]).contains("bool"));
    assert!(reason::<Option<u8>>(&[2]).contains("Option"));
    assert!(reason::<String>(&[1, 0xff]).contains("utf-8"));
}
