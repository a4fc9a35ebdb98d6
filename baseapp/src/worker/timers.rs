//! Timers: when which is due. Knows no clock.

use std::time::{Duration, Instant};

/// Timers of a worker, each with the number of its method.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    timers: Vec<Timer>,
}

#[derive(Debug)]
struct Timer {
    method: usize,
    due: Instant,
    period: Option<Duration>,
}

impl Timers {
    /// Due once, `after` from `now`.
    pub(crate) fn once(&mut self, method: usize, now: Instant, after: Duration) {
        self.timers.push(Timer {
            method,
            due: now + after,
            period: None,
        });
    }

    /// Due again and again, first one `period` from `now`.
    pub(crate) fn every(&mut self, method: usize, now: Instant, period: Duration) {
        self.timers.push(Timer {
            method,
            due: now + period,
            period: Some(period),
        });
    }

    /// When the next one is due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.timers.iter().map(|timer| timer.due).min()
    }

    /// The method that has been due for the longest time, which is then due
    /// again on its grid: beats that were missed are skipped, not caught up.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<usize> {
        let due = self
            .timers
            .iter()
            .enumerate()
            .filter(|(_, timer)| timer.due <= now);
        let (at, _) = due.min_by_key(|(_, timer)| timer.due)?;
        let timer = &mut self.timers[at];
        let method = timer.method;
        match timer.period {
            None => {
                self.timers.remove(at);
            }
            Some(period) => {
                let late = now - timer.due;
                let into_beat = late.as_nanos() % period.as_nanos().max(1);
                let into_beat = Duration::from_nanos(u64::try_from(into_beat).unwrap_or(0));
                timer.due = now + period.saturating_sub(into_beat);
            }
        }
        Some(method)
    }

    /// No timer is due any more.
    pub(crate) fn clear(&mut self) {
        self.timers.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_beat_that_was_missed_is_skipped_and_the_grid_is_kept() {
        let start = Instant::now();
        let mut timers = Timers::default();
        timers.every(7, start, 10 * MS);
        assert_eq!(timers.take_due(start + 9 * MS), None);
        assert_eq!(timers.take_due(start + 10 * MS), Some(7));
        assert_eq!(timers.next_due(), Some(start + 20 * MS));
        assert_eq!(timers.take_due(start + 57 * MS), Some(7));
        assert_eq!(timers.next_due(), Some(start + 60 * MS));
        assert_eq!(timers.take_due(start + 57 * MS), None);
    }

    #[test]
    fn the_longest_due_comes_first_and_once_is_once() {
        let start = Instant::now();
        let mut timers = Timers::default();
        timers.every(1, start, 5 * MS);
        timers.once(2, start, 3 * MS);
        let now = start + 6 * MS;
        assert_eq!(timers.take_due(now), Some(2));
        assert_eq!(timers.take_due(now), Some(1));
        assert_eq!(timers.take_due(now), None);
        timers.clear();
        assert_eq!(timers.next_due(), None);
    }
}
