//! [`Encoded`]: a value that has been encoded, on its way as part of another.

use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};

/// Bytes that are written and read at once. A sequence of bytes goes one by one,
/// which for megabytes of them would hold up a thread that others wait for.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Encoded(pub(crate) Arc<[u8]>);

impl Serialize for Encoded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Encoded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Encoded, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = Encoded;

            fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Encoded, E> {
                Ok(Encoded(bytes.into()))
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

impl Debug for Encoded {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Encoded({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::codec::{self, CodecError};

    #[test]
    fn bytes_arrive_as_they_were() -> Result<(), CodecError> {
        for length in [0, 1, 200, 1 << 20] {
            let sent = Encoded((0..length).map(|at: u32| at as u8).collect());
            let bytes = codec::encode(&sent, 2 << 20)?;
            assert!(bytes.len() <= sent.0.len() + 5);
            assert_eq!(codec::decode::<Encoded>(&bytes)?, sent);
            assert!(codec::decode::<Encoded>(&bytes[..bytes.len() - 1]).is_err());
        }
        Ok(())
    }
}
