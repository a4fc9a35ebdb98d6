//! Where what stands in a page: words of 64 bits, little-endian. Nobody else
//! knows an offset.
//!
//! | words | what |
//! | --- | --- |
//! | 0..4 | magic, version, number of slots; written once |
//! | 4..8 | how many messages it knows to be lost: seldom written, by any thread |
//! | 8..16 | what is in hand: a cache line that one thread alone writes |
//! | 16.. | slots, 4 words each: one per incoming link |

/// A page's first bytes.
const MAGIC: u64 = u64::from_le_bytes(*b"ba-black");
/// Changes whenever a word changes its meaning.
const VERSION: u64 = 2;

/// The most slots that a page has, and with it the most that is read of one.
const MAX_SLOTS: usize = 4096;

const AT_MAGIC: usize = 0;
const AT_VERSION: usize = 1;
const AT_SLOTS: usize = 2;
const HEADER: usize = 3;

/// How many messages the worker knows to be lost.
pub(super) const LOST: usize = 4;

/// An [`InHand`](super::InHand).
pub(super) const HAND: usize = 8;
/// Counts what begins. Behind what is in hand: pages are copied from the front to the back, so
/// that what is found in hand has not begun after the progress that is found.
pub(super) const PROGRESS: usize = 9;
/// When what is in hand began, on the host's clock, or a little before: see
/// [`Pace`](super::Pace).
pub(super) const SINCE: usize = 10;
/// The connection that the message in hand came over; 0 if it is none, or not
/// started.
pub(super) const HAND_CONNECTION: usize = 11;

const FIRST_SLOT: usize = 16;
const SLOT_WORDS: usize = 4;

/// Of which connection the slot is; 0 if it is free, and its other words mean
/// nothing.
pub(super) const CONNECTION: usize = 0;
/// The peer's id and life.
pub(super) const PEER: usize = 1;
/// How many messages of the link were begun.
pub(super) const STARTED: usize = 2;
/// How many of them have ended.
pub(super) const FINISHED: usize = 3;

pub(super) const WORD: usize = size_of::<u64>();

/// More bytes than any page has.
pub(super) const TOO_MANY_BYTES: usize = words(MAX_SLOTS) * WORD + 1;

/// How many slots a page gets of those that were asked for.
pub(super) fn allowed(slots: usize) -> usize {
    slots.min(MAX_SLOTS)
}

/// How many words a page with so many slots has.
pub(super) const fn words(slots: usize) -> usize {
    FIRST_SLOT + slots * SLOT_WORDS
}

/// Where a slot begins.
pub(super) const fn slot(index: usize) -> usize {
    words(index)
}

/// What a page begins with.
pub(super) fn header(slots: usize) -> [u64; HEADER] {
    let mut header = [0; HEADER];
    header[AT_MAGIC] = MAGIC;
    header[AT_VERSION] = VERSION;
    header[AT_SLOTS] = slots as u64;
    header
}

/// How many slots the page has that begins with this header and has so many
/// words; `None` if it is no page of ours.
pub(super) fn check(header: [u64; HEADER], length: usize) -> Option<usize> {
    let slots = length.checked_sub(FIRST_SLOT)? / SLOT_WORDS;
    let fits = allowed(slots) == slots && words(slots) == length;
    (fits && header == self::header(slots)).then_some(slots)
}

/// The words of a page, from its bytes.
pub(super) fn from_bytes(bytes: &[u8]) -> Option<Vec<u64>> {
    let (words, rest) = bytes.as_chunks::<WORD>();
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    rest.is_empty().then(|| words.collect())
}

pub(super) fn to_bytes(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_with_124_slots_is_4_kib() {
        assert!(words(124) * WORD == 4096);
        assert!(words(MAX_SLOTS) * WORD < TOO_MANY_BYTES);
    }

    #[test]
    fn a_page_has_as_many_slots_as_it_says() {
        for slots in [0, 1, 124, MAX_SLOTS] {
            assert_eq!(check(header(slots), words(slots)), Some(slots));
            assert_eq!(check(header(slots), words(slots) + 1), None);
            assert_eq!(check(header(slots), words(slots) - 1), None);
            assert_eq!(check(header(slots + 1), words(slots)), None);
        }
        let many = MAX_SLOTS + 1;
        assert_eq!(check(header(many), words(many)), None);
        assert_eq!(check(header(0), 0), None);
        let mut other = header(1);
        other[AT_VERSION] += 1;
        assert_eq!(check(other, words(1)), None);
    }
}
