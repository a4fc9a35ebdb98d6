//! A blob as a part of what is encoded: its bytes, or its place among the blobs that
//! travel beside.

use std::fmt::{self, Formatter};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, SeqAccess, Visitor},
};

use super::{Blob, SHARED_FROM, attached};
use crate::copying;

#[derive(Serialize)]
#[serde(rename = "Blob")]
enum Written<'a> {
    Bytes(Slice<'a>),
    Attached(u32),
}

#[derive(Deserialize)]
#[serde(rename = "Blob")]
enum Read {
    Bytes(Buf),
    Attached(u32),
}

struct Slice<'a>(&'a [u8]);
struct Buf(Vec<u8>);

impl Serialize for Slice<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de> Deserialize<'de> for Buf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Buf, D::Error> {
        struct Bytes;

        impl<'de> Visitor<'de> for Bytes {
            type Value = Buf;

            fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Buf, E> {
                Ok(Buf(copying::to_vec(bytes)))
            }

            fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Buf, E> {
                Ok(Buf(bytes))
            }

            /// As text formats write bytes.
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Buf, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = seq.next_element()? {
                    bytes.push(byte);
                }
                Ok(Buf(bytes))
            }
        }

        deserializer.deserialize_byte_buf(Bytes)
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let long = self.len() >= SHARED_FROM;
        match long.then(|| attached::attach(self)).flatten() {
            Some(at) => Written::Attached(at).serialize(serializer),
            None => Written::Bytes(Slice(self)).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Blob, D::Error> {
        match Read::deserialize(deserializer)? {
            Read::Bytes(Buf(bytes)) => Ok(bytes.into()),
            Read::Attached(at) => attached::supplied(at).ok_or_else(|| {
                D::Error::custom("a blob of it could not be received (are too many files open?)")
            }),
        }
    }
}
