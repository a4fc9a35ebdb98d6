//! Whether there were too many deaths of late.

use std::{collections::VecDeque, time::Instant};

use crate::supervision::Intensity;

/// Deaths that may still count, oldest first: never more than are allowed,
/// and one.
#[derive(Debug, Default)]
pub(super) struct Window(VecDeque<Instant>);

impl Window {
    /// One more. Whether that is too many.
    pub(super) fn is_too_many(&mut self, now: Instant, intensity: Intensity) -> bool {
        self.0.push_back(now);
        let is_old = |at: &Instant| now.saturating_duration_since(*at) > intensity.within;
        while self.0.front().is_some_and(is_old) {
            self.0.pop_front();
        }
        self.0.len() > intensity.deaths as usize
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_death_counts_for_as_long_as_the_window_is() {
        let start = Instant::now();
        let table: &[(u32, &[u64], bool)] = &[
            (0, &[0], true),
            (1, &[0], false),
            (1, &[0, 0], true),
            (2, &[0, 500, 1000], true), // the end of the window is within
            (2, &[0, 500, 1001], false),
            (2, &[0, 500, 1001, 1400], true),
            (2, &[0, 1001, 2002, 3003, 4004], false),
        ];
        for (deaths, times, too_many) in table {
            let intensity = Intensity {
                deaths: *deaths,
                within: Duration::from_secs(1),
            };
            let mut window = Window::default();
            let mut last = false;
            for millis in *times {
                let at = start + Duration::from_millis(*millis);
                last = window.is_too_many(at, intensity);
            }
            assert_eq!(last, *too_many, "{deaths} of {times:?}");
        }
    }
}
