//! What counting should give, by another way than that of the example; and
//! what it gave.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    path::PathBuf,
};

use crate::Result;

/// Files, lines, words and bytes.
pub(crate) type Totals = [u64; 4];

/// A report of the example.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Report {
    pub(crate) kinds: BTreeMap<String, Totals>,
    pub(crate) words: Vec<(String, u64)>,
    pub(crate) skipped: Vec<String>,
}

impl Report {
    pub(crate) fn total(&self) -> Totals {
        self.kinds.get("total").copied().unwrap_or_default()
    }
}

/// Counts the slow and simple way.
pub(crate) fn count(files: &BTreeMap<PathBuf, Vec<u8>>, top: usize) -> Report {
    let mut report = Report::default();
    let mut frequencies = HashMap::<_, u64>::new();
    for (path, content) in files {
        let extension = path.extension().map_or("(none)".into(), |extension| {
            extension.to_string_lossy().to_lowercase()
        });
        let words = content.split(|byte| b" \t\n\x0b\x0c\r".contains(byte));
        let counted = [
            1,
            content.iter().filter(|byte| **byte == b'\n').count() as u64,
            words.filter(|word| !word.is_empty()).count() as u64,
            content.len() as u64,
        ];
        for kind in [extension, "total".into()] {
            let totals = report.kinds.entry(kind).or_default();
            totals
                .iter_mut()
                .zip(counted)
                .for_each(|(sum, more)| *sum += more);
        }
        let text = String::from_utf8_lossy(content);
        for word in text.split(|letter: char| !letter.is_alphabetic()) {
            let word: String = word.chars().flat_map(char::to_lowercase).collect();
            if word.chars().count() >= 3 && word.len() <= 64 {
                *frequencies.entry(word).or_default() += 1;
            }
        }
    }
    report.words = frequencies.into_iter().collect();
    report
        .words
        .sort_by_key(|(word, count)| (Reverse(*count), word.clone()));
    report.words.truncate(top);
    report
}

/// Reads what the example has printed.
pub(crate) fn read(out: &str) -> Result<Report> {
    let mut report = Report::default();
    for part in out.split("\n\n") {
        let (title, rest) = part.split_once('\n').unwrap_or((part, ""));
        let lines = rest.lines();
        if title.trim_start().starts_with("files") {
            for line in lines {
                let mut columns = line.split_whitespace();
                let kind = columns.next().unwrap_or_default().to_owned();
                let numbers = columns
                    .map(str::parse)
                    .collect::<std::result::Result<Vec<_>, _>>()?;
                let totals = numbers
                    .try_into()
                    .map_err(|_| format!("not a row: {line}"))?;
                report.kinds.insert(kind, totals);
            }
        } else if title == "most frequent words" {
            for line in lines {
                let (word, count) = line.split_once(' ').ok_or("not a word")?;
                report.words.push((word.to_owned(), count.trim().parse()?));
            }
        } else if title.ends_with(" skipped") {
            report.skipped.extend(lines.map(str::to_owned));
            assert_eq!(title, format!("{} skipped", report.skipped.len()));
        } else {
            return Err(format!("unknown part: {part}").into());
        }
    }
    Ok(report)
}
