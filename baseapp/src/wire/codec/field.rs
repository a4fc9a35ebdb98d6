//! How fields that are lists of bytes are encoded: what `#[serde(with = ..)]` names, which
//! the macros put on them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// In one piece. In a format for people to read, as without this: what a message looks
/// like there is nobody's business here.
///
/// # Errors
/// Those of the format.
pub fn serialize<T, S>(bytes: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Serialize + serde_bytes::Serialize,
    S: Serializer,
{
    match serializer.is_human_readable() {
        true => Serialize::serialize(bytes, serializer),
        false => serde_bytes::serialize(bytes, serializer),
    }
}

/// The reverse of [`serialize`].
///
/// # Errors
/// Those of the format.
pub fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + serde_bytes::Deserialize<'de>,
    D: Deserializer<'de>,
{
    match deserializer.is_human_readable() {
        true => Deserialize::deserialize(deserializer),
        false => serde_bytes::deserialize(deserializer),
    }
}
