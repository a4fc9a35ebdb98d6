//! What else the machine did meanwhile: the figures of a measure that had to
//! share its cores mean little, whatever their median.

use std::fs;

use crate::cpu::own_ticks;

/// Above this share of the machine, other work is worth a warning: less than a
/// core's worth of a desktop's background, more than the clock's coarse ticks.
const WORTH_A_WARNING: f64 = 0.05;

/// Ticks of CPU time since the machine was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    /// All there were, on all cores.
    all: u64,
    /// Those that somebody used, or that the host kept for itself.
    busy: u64,
    /// Those that this process and its ended children used.
    own: u64,
}

impl Load {
    /// The ticks until now; `None` where the system does not tell.
    pub(crate) fn now() -> Option<Self> {
        let machine = fs::read_to_string("/proc/stat").ok()?;
        let process = fs::read_to_string("/proc/self/stat").ok()?;
        Self::parse(&machine, &process)
    }

    fn parse(machine: &str, process: &str) -> Option<Self> {
        // User, nice, system, idle, waiting for a disk, interrupts twice, stolen;
        // what follows is counted among the first two already.
        let line = machine.lines().next()?.strip_prefix("cpu ")?;
        let ticks: Vec<u64> = line
            .split_whitespace()
            .map_while(|tick| tick.parse().ok())
            .collect();
        let all = ticks.get(..8)?.iter().sum();
        Some(Self {
            all,
            busy: all - ticks[3] - ticks[4],
            own: own_ticks(process)?,
        })
    }

    /// The share of the machine that others have had since then, if it is worth
    /// a warning.
    pub(crate) fn disturbance_since(self, before: Self) -> Option<f64> {
        let all = self.all.saturating_sub(before.all).max(1) as f64;
        let busy = self.busy.saturating_sub(before.busy);
        let own = self.own.saturating_sub(before.own);
        let others = busy.saturating_sub(own) as f64 / all;
        (others > WORTH_A_WARNING).then_some(others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: &str = "cpu  100 10 50 700 40 5 5 90 7 7\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
    const PROCESS: &str = "42 (a ) name) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 20 0 1 0 0\n";

    #[test]
    fn the_systems_files_are_read() {
        let load = Load {
            all: 1000,
            busy: 260,
            own: 11 + 12 + 13 + 14,
        };
        assert_eq!(Load::parse(MACHINE, PROCESS), Some(load));
        assert_eq!(Load::parse("", ""), None);
    }

    #[test]
    fn only_others_disturb() {
        let at = |all, busy, own| Load { all, busy, own };
        let before = at(1000, 260, 50);
        assert_eq!(at(2000, 860, 640).disturbance_since(before), None);
        assert_eq!(at(2000, 860, 150).disturbance_since(before), Some(0.5));
        assert_eq!(before.disturbance_since(before), None);
    }
}
