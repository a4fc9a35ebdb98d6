//! What is counted, and whether it grows.

use std::{
    fmt::{self, Display, Formatter},
    fs,
};

use baseapp::{Error, Result};

/// What there was at one moment. It travels as numbers in this order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sample {
    pub(crate) millis: u64,
    pub(crate) memory: u64,
    pub(crate) descriptors: u64,
    pub(crate) threads: u64,
    pub(crate) children: u64,
    pub(crate) zombies: u64,
    pub(crate) files: u64,
    pub(crate) messages: u64,
    pub(crate) tasks: u64,
    pub(crate) deaths: u64,
    pub(crate) steady_memory: u64,
    pub(crate) steady_descriptors: u64,
}

impl Display for Sample {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Sample {
            millis,
            memory,
            descriptors,
            threads,
            children,
            zombies,
            ..
        } = self;
        let Sample {
            files,
            messages,
            tasks,
            deaths,
            ..
        } = self;
        let Sample {
            steady_memory,
            steady_descriptors,
            ..
        } = self;
        write!(
            f,
            "{millis} {memory} {descriptors} {threads} {children} {zombies} {files} "
        )?;
        write!(
            f,
            "{messages} {tasks} {deaths} {steady_memory} {steady_descriptors}"
        )
    }
}

impl Sample {
    pub(crate) fn parse(text: &str) -> Result<Sample> {
        let numbers = text.split(' ').map(str::parse);
        let numbers = numbers.collect::<std::result::Result<Vec<u64>, _>>()?;
        let [
            millis,
            memory,
            descriptors,
            threads,
            children,
            zombies,
            files,
            messages,
            tasks,
            deaths,
            steady_memory,
            steady_descriptors,
        ] = numbers[..]
        else {
            return Err(Error::msg(format!("`{text}` is no sample")));
        };
        Ok(Sample {
            millis,
            memory,
            descriptors,
            threads,
            children,
            zombies,
            files,
            messages,
            tasks,
            deaths,
            steady_memory,
            steady_descriptors,
        })
    }

    pub(crate) fn minutes(&self) -> f64 {
        self.millis as f64 / 60_000.0
    }

    /// For people.
    pub(crate) fn line(&self) -> String {
        format!(
            "minute {:5.2}: main has {:6} KiB, {:3} descriptors, {:2} threads, {:2} children, \
             {:2} files; the steady worker {:5} KiB, {:2} descriptors; \
             {} messages, {} tasks, {} deaths",
            self.minutes(),
            self.memory >> 10,
            self.descriptors,
            self.threads,
            self.children,
            self.files,
            self.steady_memory >> 10,
            self.steady_descriptors,
            self.messages,
            self.tasks,
            self.deaths,
        )
    }
}

/// How fast something grows, in bytes per minute: the slope of the line that lies
/// closest to the points, by least squares.
pub(crate) fn slope(samples: &[Sample], of: fn(&Sample) -> u64) -> f64 {
    let count = samples.len() as f64;
    let mean = |of: &dyn Fn(&Sample) -> f64| samples.iter().map(of).sum::<f64>() / count;
    let (mean_x, mean_y) = (mean(&Sample::minutes), mean(&|sample| of(sample) as f64));
    let (mut xy, mut xx) = (0.0, 0.0);
    for sample in samples {
        let x = sample.minutes() - mean_x;
        xy += x * (of(sample) as f64 - mean_y);
        xx += x * x;
    }
    if xx > 0.0 { xy / xx } else { 0.0 }
}

/// Files in the run directory of this process, which is the only one there.
pub(crate) fn own_files() -> u64 {
    let base = std::env::var_os("XDG_RUNTIME_DIR").unwrap_or_default();
    let dirs = fs::read_dir(base).into_iter().flatten().flatten();
    dirs.filter_map(|dir| fs::read_dir(dir.path()).ok())
        .map(|files| files.count() as u64)
        .sum()
}
