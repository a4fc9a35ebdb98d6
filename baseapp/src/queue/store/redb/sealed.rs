//! Values with a checksum of their own.
//!
//! redb checks its pages when it repairs a file, not when it reads one. What is
//! read from the file later than it was opened is therefore checked here.

/// Which table a value is in, so that none passes for one of another.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(super) enum Kind {
    Front = 0,
    Task = 1,
    Payload = 2,
    Dead = 3,
    Outcome = 4,
}

/// The length of a checksum.
const SUM: usize = size_of::<u64>();

/// The value with the checksum of kind, key and value in front.
pub(super) fn seal(kind: Kind, key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(SUM + value.len());
    sealed.extend_from_slice(&sum(kind, key, value).to_le_bytes());
    sealed.extend_from_slice(value);
    sealed
}

/// The value, unless it is not what was sealed.
pub(super) fn unseal<'a>(kind: Kind, key: &[u8], sealed: &'a [u8]) -> Option<&'a [u8]> {
    let (found, value) = sealed.split_first_chunk::<SUM>()?;
    (*found == sum(kind, key, value).to_le_bytes()).then_some(value)
}

/// FNV-1a with 64 bits: <http://www.isthe.com/chongo/tech/comp/fnv/>. Each step
/// is a bijection, so any change within one byte is noticed for certain.
fn sum(kind: Kind, key: &[u8], value: &[u8]) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    let bytes = [kind as u8].into_iter().chain(key.iter().copied());
    let basis = bytes.fold(BASIS, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(PRIME)
    });
    value.iter().fold(basis, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(PRIME)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_flipped_bit_is_noticed() {
        let sealed = seal(Kind::Payload, &[7], b"as it was");
        assert_eq!(
            unseal(Kind::Payload, &[7], &sealed),
            Some(&b"as it was"[..])
        );
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(unseal(Kind::Payload, &[7], &flipped), None, "bit {bit}");
        }
    }

    #[test]
    fn a_value_is_that_of_its_key_and_table_alone() {
        let sealed = seal(Kind::Payload, &[7], b"as it was");
        assert_eq!(unseal(Kind::Payload, &[6], &sealed), None);
        assert_eq!(unseal(Kind::Task, &[7], &sealed), None);
        assert_eq!(unseal(Kind::Task, &[7], &[]), None);
    }
}
