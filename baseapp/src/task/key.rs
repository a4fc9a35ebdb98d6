//! [`Key`]: by which tasks are told to be the same, or to belong together.

use std::fmt::{self, Debug, Formatter};

use serde::{Deserialize, Serialize};

use crate::wire::{codec, frame::MAX_PAYLOAD};

/// A value, as 128 bits of its hash. Not against an attacker: whoever submits
/// tasks may submit what he likes.
#[doc(hidden)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key(pub(crate) u128);

impl Debug for Key {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:032x})", self.0)
    }
}

/// The key of a value. The same for equal values in every build, as it may be
/// kept in a file. A value that cannot be encoded, in 64 MiB, has the key of
/// nothing.
#[doc(hidden)]
pub fn key_of<T: Serialize + ?Sized>(value: &T) -> Key {
    let bytes = codec::encode(value, MAX_PAYLOAD).unwrap_or_default();
    Key(fnv128(&bytes))
}

/// FNV-1a with 128 bits: <http://www.isthe.com/chongo/tech/comp/fnv/>.
fn fnv128(bytes: &[u8]) -> u128 {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    bytes.iter().fold(BASIS, |hash, byte| {
        (hash ^ u128::from(*byte)).wrapping_mul(PRIME)
    })
}

impl Key {
    /// The key of this value among those of one kind only.
    pub(crate) fn of_kind(self, kind: &str) -> Key {
        let mut bytes = self.0.to_le_bytes().to_vec();
        bytes.extend_from_slice(kind.as_bytes());
        Key(fnv128(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_the_published_test_vectors() {
        assert_eq!(fnv128(b""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(fnv128(b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }

    #[test]
    fn equal_values_have_equal_keys_and_kinds_tell_them_apart() {
        assert_eq!(key_of("a"), key_of(&"a".to_owned()));
        assert_ne!(key_of("a"), key_of("b"));
        assert_ne!(key_of("a").of_kind("x"), key_of("a").of_kind("y"));
    }
}
