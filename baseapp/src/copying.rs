//! Copies of many bytes that take as long wherever the bytes lie.
//!
//! The usual C libraries copy what is long with one instruction, `rep movsb`, and so does
//! `copy_from_slice`. On AMD's processors, from Zen 3 on, that takes ten times as long
//! where the place to write to begins a few bytes behind the place to read from, as seen
//! within their pages ([glibc bug 30994]): 3.5 instead of 40 GB/s, measured. Messages meet
//! that often: a header and a number, and the bytes behind them, are copied from memory of
//! one page to that of another. Copies of little are made in another way, which is as fast
//! everywhere; so in that case what is long is copied little by little.
//!
//! [glibc bug 30994]: https://sourceware.org/bugzilla/show_bug.cgi?id=30994

/// Bytes that are copied without that instruction: half of the shortest for which glibc
/// has it.
const LITTLE: usize = 1024;

/// Bytes of a page.
const PAGE: usize = 4096;

/// How close behind is slow: 15 bytes on the processors that were measured. Further than
/// that it costs nothing to be careful.
const CLOSE: usize = 64;

/// Whether it matters how so many bytes are copied.
#[inline]
pub(crate) fn is_long(len: usize) -> bool {
    len > 2 * LITTLE
}

/// Whether so many bytes are copied from there to there little by little.
#[inline]
fn is_slow(from: *const u8, to: *const u8, len: usize) -> bool {
    is_long(len) && to.addr().wrapping_sub(from.addr()) % PAGE < CLOSE
}

/// [`LITTLE`], of which the compiler does not know how much it is: it would make one copy
/// of many.
#[inline]
fn little() -> usize {
    std::hint::black_box(LITTLE)
}

/// Copies bytes to a place of the same length.
///
/// # Panics
/// If it is not.
#[inline]
#[allow(unsafe_code, reason = "the loop is that of `copy_raw`")]
pub(crate) fn copy(from: &[u8], to: &mut [u8]) {
    assert_eq!(from.len(), to.len(), "the place is as long as the bytes");
    // SAFETY: both are as long, and nobody else has what is borrowed to be written to.
    unsafe { copy_raw(from.as_ptr(), to.as_mut_ptr(), from.len()) };
}

/// Copies as many bytes from there to there.
///
/// # Safety
/// As for [`copy_nonoverlapping`](std::ptr::copy_nonoverlapping).
#[inline]
#[allow(
    unsafe_code,
    reason = "what is shared with another process is reached by its address alone"
)]
pub(crate) unsafe fn copy_raw(from: *const u8, to: *mut u8, len: usize) {
    let size = if is_slow(from, to, len) {
        little()
    } else {
        len
    };
    let mut at = 0;
    while at < len {
        let next = size.min(len - at);
        // SAFETY: what is copied is a part of what the caller may copy.
        unsafe { std::ptr::copy_nonoverlapping(from.add(at), to.add(at), next) };
        at += next;
    }
}

/// Appends bytes.
#[inline]
pub(crate) fn append(to: &mut Vec<u8>, bytes: &[u8]) {
    to.reserve(bytes.len());
    let end = to.spare_capacity_mut().as_ptr().cast();
    if !is_slow(bytes.as_ptr(), end, bytes.len()) {
        return to.extend_from_slice(bytes);
    }
    for bytes in bytes.chunks(little()) {
        to.extend_from_slice(bytes);
    }
}

/// The same bytes in memory of their own.
pub(crate) fn to_vec(bytes: &[u8]) -> Vec<u8> {
    let mut vec = Vec::new();
    append(&mut vec, bytes);
    vec
}

/// The same text in memory of its own.
pub(crate) fn to_string(text: &str) -> String {
    let mut string = String::with_capacity(text.len());
    match is_slow(text.as_ptr(), string.as_ptr(), text.len()) {
        true => push_by_little(&mut string, text),
        false => string.push_str(text),
    }
    string
}

fn push_by_little(string: &mut String, mut text: &str) {
    while text.len() > LITTLE {
        let end = (0..=LITTLE).rev().find(|end| text.is_char_boundary(*end));
        let (next, rest) = text.split_at(end.unwrap_or(LITTLE));
        string.push_str(next);
        text = rest;
    }
    string.push_str(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_long_and_close_behind_is_copied_little_by_little() {
        let at = |address: usize| std::ptr::without_provenance::<u8>(address);
        let slow = |behind: usize, len| is_slow(at(0x7000), at(0x1_7000 + behind), len);
        for behind in [0, 1, 15, 63] {
            assert!(slow(behind, 1 << 20) && !slow(behind, 2 * LITTLE));
            // It may lie before it: the pages are all the same.
            assert!(is_slow(at(0x9fff), at(0x1fff + behind), 1 << 20));
        }
        for behind in [CLOSE, PAGE / 2, PAGE - 1] {
            assert!(!slow(behind, 1 << 20));
        }
    }

    #[test]
    fn copies_are_the_same_wherever_they_lie_and_however_long_they_are() {
        let bytes: Vec<u8> = (0..20_000_u32).map(|at| (at % 251) as u8).collect();
        let mut place = vec![0; 3 * bytes.len()];
        for len in [0, 1, LITTLE, 2 * LITTLE, 2 * LITTLE + 1, 10_000, 20_000] {
            for behind in [0, 1, 8, 15, 64, 4095] {
                // The first place that is so much behind, within a page.
                let from = bytes[..len].as_ptr().addr();
                let start = from.wrapping_sub(place.as_ptr().addr()) % PAGE + behind;
                let place = &mut place[start..][..len];
                place.fill(0);
                copy(&bytes[..len], place);
                assert_eq!(place, &bytes[..len]);
                place.fill(0);
                // SAFETY: two slices of the same length.
                #[allow(unsafe_code, reason = "to test it")]
                unsafe {
                    copy_raw(bytes.as_ptr(), place.as_mut_ptr(), len);
                }
                assert_eq!(place, &bytes[..len]);
                let mut vec = vec![7; behind];
                append(&mut vec, &bytes[..len]);
                assert_eq!(vec[behind..], bytes[..len]);
                assert_eq!(to_vec(&bytes[..len]), bytes[..len]);
            }
        }
    }

    #[test]
    fn text_is_copied_whatever_its_characters_are() {
        for character in ["a", "ä", "€", "🦀"] {
            for count in [0, 1, 700, 10_000] {
                let text = format!("x{}", character.repeat(count));
                let mut copy = String::new();
                push_by_little(&mut copy, &text);
                assert!(copy == text && to_string(&text) == text);
            }
        }
    }
}
