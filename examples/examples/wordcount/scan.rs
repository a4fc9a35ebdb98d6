//! Counting bytes as they come: knows no files and no workers.

use std::{collections::HashMap, str};

use baseapp::prelude::*;

/// Letters that a word must have to stand in the table of words.
const SHORTEST: usize = 3;

/// Bytes that it may have: what is longer is encoded data, and would fill the
/// memory.
const LONGEST: usize = 64;

/// What was counted.
#[data]
#[derive(Default)]
pub(crate) struct Tally {
    /// Newlines, as `wc -l` counts them.
    pub(crate) lines: u64,
    /// Runs of bytes that are no white space, as `wc -w` counts them in the C
    /// locale.
    pub(crate) words: u64,
    pub(crate) bytes: u64,
    /// How often each word occurs: letters, of any language, in lower case.
    pub(crate) frequencies: HashMap<String, u64>,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Tally) {
        self.lines += other.lines;
        self.words += other.words;
        self.bytes += other.bytes;
        add_frequencies(&mut self.frequencies, other.frequencies);
    }
}

pub(crate) fn add_frequencies(to: &mut HashMap<String, u64>, more: HashMap<String, u64>) {
    if to.is_empty() {
        *to = more;
        return;
    }
    for (word, count) in more {
        *to.entry(word).or_default() += count;
    }
}

/// Counts bytes as they come. What it keeps in between is small, so that
/// counting may go on in another process.
#[data]
#[derive(Clone, Default)]
pub(crate) struct Scanner {
    /// The last byte was no white space.
    in_word: bool,
    /// The letters before the end of the bytes, in lower case.
    letters: String,
    /// They were too many.
    too_long: bool,
    /// The beginning of a character whose end has not come.
    split: Vec<u8>,
}

impl Scanner {
    /// Counts some more bytes.
    pub(crate) fn feed(&mut self, bytes: &[u8], tally: &mut Tally) {
        tally.bytes += bytes.len() as u64;
        for byte in bytes {
            tally.lines += u64::from(*byte == b'\n');
            // Also the vertical tab, which `is_ascii_whitespace` leaves out.
            let in_word = !matches!(byte, b' ' | b'\t'..=b'\r');
            tally.words += u64::from(in_word && !self.in_word);
            self.in_word = in_word;
        }
        if self.split.is_empty() {
            return self.read(bytes, tally);
        }
        let mut whole = std::mem::take(&mut self.split);
        whole.extend_from_slice(bytes);
        self.read(&whole, tally);
    }

    /// There are no more bytes.
    pub(crate) fn finish(mut self, tally: &mut Tally) {
        self.end_word(tally);
    }

    /// Reads characters. Bytes that are none stand between words.
    fn read(&mut self, mut bytes: &[u8], tally: &mut Tally) {
        loop {
            let error = match str::from_utf8(bytes) {
                Ok(text) => return self.read_text(text, tally),
                Err(error) => error,
            };
            let (text, rest) = bytes.split_at(error.valid_up_to());
            self.read_text(str::from_utf8(text).unwrap_or_default(), tally);
            let Some(length) = error.error_len() else {
                self.split = rest.to_owned();
                return;
            };
            self.end_word(tally);
            bytes = &rest[length..];
        }
    }

    fn read_text(&mut self, text: &str, tally: &mut Tally) {
        for letter in text.chars() {
            if !letter.is_alphabetic() {
                self.end_word(tally);
            } else if self.letters.len() < LONGEST {
                self.letters.extend(letter.to_lowercase());
            } else {
                self.too_long = true;
            }
        }
    }

    fn end_word(&mut self, tally: &mut Tally) {
        let fits = !std::mem::take(&mut self.too_long);
        if fits && self.letters.chars().nth(SHORTEST - 1).is_some() {
            match tally.frequencies.get_mut(&self.letters) {
                Some(count) => *count += 1,
                None => drop(tally.frequencies.insert(self.letters.clone(), 1)),
            }
        }
        self.letters.clear();
    }
}
