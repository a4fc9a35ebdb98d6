//! "Did you mean": the closest of some names.

/// The closest name, if it is close enough to have been meant: at most a third
/// of its letters differ.
pub(crate) fn closest<'a>(
    wrong: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let close = |name: &&str| distance(wrong, name) <= name.chars().count().max(3) / 3;
    names
        .into_iter()
        .filter(close)
        .min_by_key(|name| distance(wrong, name))
}

/// Levenshtein's distance: insertions, deletions and substitutions.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_is_suggested_and_a_far_one_is_not() {
        let names = ["printer", "resizer", "main"];
        assert_eq!(closest("prnter", names), Some("printer"));
        assert_eq!(closest("zebra", names), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
