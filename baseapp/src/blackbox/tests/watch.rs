//! Idle, busy or stuck: as tables of looks.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::super::{InHand, Verdict, Watch, period};

const LONG: InHand = InHand::Handler(1);
const SHORT: InHand = InHand::Hook(2);
const FREE: InHand = InHand::Task(3);

/// In milliseconds.
fn limit(of: Option<InHand>) -> Option<Duration> {
    let limit = match of {
        Some(LONG) => 1000,
        Some(SHORT) => 250,
        None => 500,
        _ => return None,
    };
    Some(Duration::from_millis(limit))
}

const PERIOD: Duration = Duration::from_millis(100);

/// A look: after so many milliseconds, progress, in hand, stopped by a signal.
type Look = (u64, u64, Option<InHand>, bool);

fn verdicts(looks: &[Look]) -> Vec<Verdict> {
    let mut now = Instant::now();
    let mut watch = Watch::new(now, PERIOD);
    let looks = looks.iter().map(|(after, progress, in_hand, stopped)| {
        now += Duration::from_millis(*after);
        watch.sample(now, *progress, *in_hand, *stopped, limit)
    });
    looks.collect()
}

fn busy(millis: u64) -> Verdict {
    Verdict::Busy {
        for_: Duration::from_millis(millis),
    }
}

fn stuck(in_hand: Option<InHand>, millis: u64) -> Verdict {
    Verdict::Stuck {
        in_hand,
        for_: Duration::from_millis(millis),
    }
}

#[test]
fn nothing_in_hand_is_idle_for_ever() {
    let looks = [(100, 4, None, false); 50];
    assert_eq!(verdicts(&looks), [Verdict::Idle; 50]);
}

#[test]
fn each_work_has_its_limit() {
    let looks = [(100, 1, Some(SHORT), false); 5];
    let [a, b, c] = [0, 100, 200].map(busy);
    let [d, e] = [300, 400].map(|millis| stuck(Some(SHORT), millis));
    assert_eq!(verdicts(&looks), [a, b, c, d, e]);

    let long = verdicts(&[(100, 1, Some(LONG), false); 12]);
    assert_eq!(
        long[9..],
        [busy(900), stuck(Some(LONG), 1000), stuck(Some(LONG), 1100)]
    );
    let free = verdicts(&[(100, 1, Some(FREE), false); 1000]);
    assert_eq!(free[999], busy(99_900));
}

/// With looks at the milliseconds of `looks`, which find that progress.
fn at_most(looks: &[(u64, u64)], now: u64, progress: u64) -> u128 {
    let begin = Instant::now();
    let mut watch = Watch::new(begin, PERIOD);
    for (at, progress) in looks {
        let at = begin + Duration::from_millis(*at);
        watch.sample(at, *progress, Some(LONG), false, limit);
    }
    let now = begin + Duration::from_millis(now);
    watch.lasts_at_most(now, progress).as_millis()
}

#[test]
fn looks_tell_for_how_long_something_can_have_lasted() {
    assert_eq!(at_most(&[], 70, 4), 70, "since the watch began");
    assert_eq!(at_most(&[(100, 4)], 150, 4), 150);
    assert_eq!(at_most(&[(100, 4)], 150, 5), 50, "not yet at the last look");
    let looks = [(100, 4), (200, 5), (300, 5), (400, 5)];
    assert_eq!(at_most(&looks, 450, 5), 350, "not yet at the first look");
    assert_eq!(at_most(&looks, 450, 6), 50);
}

#[test]
fn progress_begins_anew() {
    let looks = [
        (100, 1, Some(SHORT), false),
        (100, 1, Some(SHORT), false),
        (100, 1, Some(SHORT), false),
        (100, 3, Some(SHORT), false), // another one of the same
        (100, 3, Some(SHORT), false),
        (100, 4, None, false),
        (100, 5, Some(SHORT), false),
    ];
    let idle = Verdict::Idle;
    let told = [
        busy(0),
        busy(100),
        busy(200),
        busy(0),
        busy(100),
        idle,
        busy(0),
    ];
    assert_eq!(verdicts(&looks), told);
}

/// Words of a living page are from different moments.
#[test]
fn another_work_is_not_blamed_for_what_was_before() {
    let looks = [
        (100, 1, Some(LONG), false),
        (100, 1, Some(LONG), false),
        (100, 1, Some(LONG), false),
        (100, 1, Some(SHORT), false),
        (100, 1, Some(SHORT), false),
    ];
    assert_eq!(verdicts(&looks)[3..], [busy(0), busy(100)]);
}

#[test]
fn a_stopped_process_is_stuck_also_when_idle() {
    let mut looks = vec![(100, 1, None, false); 3];
    looks.extend([(100, 1, None, true); 7]);
    let told = verdicts(&looks);
    assert_eq!(told[2..5], [Verdict::Idle, busy(0), busy(100)]);
    assert_eq!(told[7..], [busy(400), stuck(None, 500), stuck(None, 600)]);

    // Going on in time is forgiven.
    looks.truncate(7);
    looks.push((100, 1, None, false));
    looks.extend([(100, 1, None, true); 2]);
    assert_eq!(
        verdicts(&looks)[6..],
        [busy(300), Verdict::Idle, busy(0), busy(100)]
    );

    // With something in hand, being stopped changes nothing.
    let looks = [
        (100, 1, Some(SHORT), false),
        (100, 1, Some(SHORT), true),
        (100, 1, Some(SHORT), false),
        (100, 1, Some(SHORT), true),
    ];
    assert_eq!(verdicts(&looks)[2..], [busy(200), stuck(Some(SHORT), 300)]);
}

#[test]
fn a_gap_is_forgiven() {
    let looks = [
        (100, 1, Some(LONG), false),
        (100, 1, Some(LONG), false),
        (30_000, 1, Some(LONG), false), // main was stopped, or the machine slept
        (100, 1, Some(LONG), false),
    ];
    assert_eq!(verdicts(&looks)[1..], [busy(100), busy(300), busy(400)]);
}

#[test]
fn no_limit_is_too_small_and_no_clock_goes_back() {
    let now = Instant::now();
    let mut watch = Watch::new(now, period(Duration::ZERO));
    let none = |_| Some(Duration::ZERO);
    let mut look = |at: Instant| watch.sample(at, 1, Some(SHORT), false, none);
    let later = now + Duration::from_millis(10);
    assert_eq!(look(later), busy(0));
    assert_eq!(look(now), busy(0));
    assert_eq!(look(later), stuck(Some(SHORT), 10));
}

#[test]
fn the_period_is_an_eighth_within_bounds() {
    let table = [
        (0, 25),
        (100, 25),
        (800, 100),
        (3200, 400),
        (8000, 400),
        (3_600_000, 400),
    ];
    for (limit, told) in table {
        assert_eq!(
            period(Duration::from_millis(limit)),
            Duration::from_millis(told)
        );
    }
    assert_eq!(period(Duration::MAX), Duration::from_millis(400));
}

proptest! {
    /// Never before its limit, and no later than a second after it, whenever
    /// it gets stuck between two looks.
    #[test]
    fn a_stuck_worker_is_found_in_time(limit in 1..20_000_u64, phase in 0..1000_u64) {
        let limit = Duration::from_millis(limit);
        let period = period(limit);
        let start = Instant::now();
        let stuck_at = start + period.mul_f64(phase as f64 / 1000.0);
        let mut watch = Watch::new(start, period);
        let mut now = start;
        watch.sample(now, 1, None, false, |_| Some(limit));
        loop {
            now += period;
            let verdict = watch.sample(now, 2, Some(LONG), false, |_| Some(limit));
            if matches!(verdict, Verdict::Stuck { .. }) {
                break;
            }
        }
        let after = now - stuck_at;
        prop_assert!(after >= limit && after < limit + Duration::from_secs(1), "{:?}", after);
    }
}
