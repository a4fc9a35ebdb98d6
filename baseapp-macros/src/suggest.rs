//! Which word did the user mean?

/// The known word nearest to `word`, if it is near enough to be a slip.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|&(distance, candidate)| distance <= tolerance(candidate))
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// All words there are to choose from, as in "`a`, `b` and `c`".
pub(crate) fn list<'a>(known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<_> = known.into_iter().map(|word| format!("`{word}`")).collect();
    match &*known {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        few => few.concat(),
    }
}

/// How many slips are believed to be slips, in a word of this length.
fn tolerance(word: &str) -> usize {
    match word.len() {
        0..=1 => 0,
        2..=4 => 1,
        _ => 2,
    }
}

/// How many letters must be added, removed, replaced or swapped with their
/// neighbour to make `b` from `a`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before = vec![0; b.len() + 1];
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut last = None;
    for (i, letter) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, &other) in b.iter().enumerate() {
            let replaced = row[j] + usize::from(letter != other);
            let mut cost = replaced.min(row[j + 1] + 1).min(next[j] + 1);
            if j > 0 && Some(other) == last && letter == b[j - 1] {
                cost = cost.min(before[j - 1] + 1);
            }
            next.push(cost);
        }
        before = std::mem::replace(&mut row, next);
        last = Some(letter);
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_single_slips() {
        let cases = [
            ("handler", "handler", 0),
            ("handlr", "handler", 1),
            ("hanlder", "handler", 1),
            ("handles", "handler", 1),
            ("every", "ever", 1),
            ("", "run", 3),
            ("step", "stop", 1),
            ("inline", "init", 3),
        ];
        for (a, b, expected) in cases {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn only_near_words_are_suggested() {
        let known = ["handler", "init", "start", "stop", "run"];
        assert_eq!(nearest("hanlder", known), Some("handler"));
        assert_eq!(nearest("int", known), Some("init"));
        assert_eq!(nearest("instrument", known), None);
        assert_eq!(nearest("rnu", known), Some("run"));
        assert_eq!(nearest("fun_run", known), None);
    }

    #[test]
    fn a_letter_is_not_a_slip_for_another() {
        assert_eq!(nearest("a", ["b"]), None);
        assert_eq!(nearest("a", ["a"]), Some("a"));
    }

    #[test]
    fn words_are_listed_as_in_a_sentence() {
        assert_eq!(list([]), "");
        assert_eq!(list(["a"]), "`a`");
        assert_eq!(list(["a", "b"]), "`a` and `b`");
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
