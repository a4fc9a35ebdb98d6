//! [`SmallBytes`]: what a task carries, and what comes of it.

use std::{fmt, ops::Deref};

use bytes::Bytes;

use crate::copying;

/// Bytes that lie in place if they are few, as those of most tasks are: no memory is
/// asked for or given back for them, and none is looked up. More of them are shared by
/// all copies, and with nothing else: what stays for long holds no more than it needs.
#[derive(Clone)]
pub(crate) struct SmallBytes(Repr);

/// So many bytes that the whole is no larger than it is with what is shared.
const IN_PLACE: usize = 38;

#[derive(Clone)]
enum Repr {
    InPlace { len: u8, bytes: [u8; IN_PLACE] },
    Shared(Bytes),
}

impl SmallBytes {
    /// A copy of that.
    pub(crate) fn copy(bytes: &[u8]) -> SmallBytes {
        match u8::try_from(bytes.len()) {
            Ok(len) if bytes.len() <= IN_PLACE => {
                let mut place = [0; IN_PLACE];
                place[..bytes.len()].copy_from_slice(bytes);
                SmallBytes(Repr::InPlace { len, bytes: place })
            }
            _ => copying::to_vec(bytes).into(),
        }
    }

    /// These few.
    pub(crate) const fn short<const N: usize>(bytes: [u8; N]) -> SmallBytes {
        const { assert!(N <= IN_PLACE) }
        let mut place = [0; IN_PLACE];
        let mut at = 0;
        while at < N {
            place[at] = bytes[at];
            at += 1;
        }
        let len = N as u8;
        SmallBytes(Repr::InPlace { len, bytes: place })
    }
}

impl Deref for SmallBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Repr::InPlace { len, bytes } => &bytes[..usize::from(*len)],
            Repr::Shared(bytes) => bytes,
        }
    }
}

impl Default for SmallBytes {
    fn default() -> SmallBytes {
        SmallBytes::short([])
    }
}

impl From<Vec<u8>> for SmallBytes {
    fn from(bytes: Vec<u8>) -> SmallBytes {
        if bytes.len() <= IN_PLACE {
            return SmallBytes::copy(&bytes);
        }
        SmallBytes(Repr::Shared(bytes.into_boxed_slice().into()))
    }
}

impl PartialEq for SmallBytes {
    fn eq(&self, other: &SmallBytes) -> bool {
        self[..] == other[..]
    }
}

impl Eq for SmallBytes {}

impl fmt::Debug for SmallBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_as_they_went_in_however_many_they_are() {
        for len in [
            0,
            1,
            IN_PLACE - 1,
            IN_PLACE,
            IN_PLACE + 1,
            255,
            256,
            300,
            70_000,
        ] {
            let bytes: Vec<u8> = (0..len).map(|at| at as u8).collect();
            let payload = SmallBytes::copy(&bytes);
            assert_eq!(payload[..], bytes);
            assert_eq!(payload, SmallBytes::from(bytes.clone()));
            assert_eq!(payload.clone(), payload);
            assert_ne!(payload, SmallBytes::copy(&[bytes, vec![1]].concat()));
        }
        assert_eq!(SmallBytes::short([7; 3]), SmallBytes::copy(&[7; 3]));
        assert!(SmallBytes::default().is_empty());
    }

    #[test]
    fn it_is_hardly_larger_than_what_is_shared() {
        assert_eq!(size_of::<SmallBytes>(), size_of::<Bytes>() + 8);
        assert_eq!(size_of::<Option<SmallBytes>>(), size_of::<SmallBytes>());
    }
}
