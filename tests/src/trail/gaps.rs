//! Whether the deaths of a worker explain what it has not handled: it had one
//! message in hand at each.

use std::collections::BTreeSet;

use super::{is_idempotent, pair::Gap};

/// Deaths with an idempotent message in hand, until it is given up.
const DEATHS_OF_IDEMPOTENT: u32 = 3;

/// Gives each missing message of a receiver a death of its own; those for which
/// there is none.
pub(super) fn unexplained<T: Copy>(mut gaps: Vec<(T, Gap)>) -> Vec<(T, Gap)> {
    // Whose last death comes first chooses first: if there is a way, this is one.
    gaps.sort_by_key(|(_, gap)| (gap.to, gap.from));
    let mut taken = BTreeSet::new();
    gaps.retain(|(_, gap)| {
        let deaths = (gap.first..=gap.last).map(|number| match is_idempotent(number) {
            true => DEATHS_OF_IDEMPOTENT,
            false => 1,
        });
        // A life that follows another one has seen it die.
        let lives = u32::from(gap.to.saturating_sub(gap.from));
        let mut needed = 0;
        for each in deaths {
            needed += each;
            if needed > lives {
                return true;
            }
        }
        for life in gap.from..gap.to {
            if needed > 0 && taken.insert(life) {
                needed -= 1;
            }
        }
        needed > 0
    });
    gaps
}
