//! What is counted, and whether it grows.

use std::{
    fmt::{self, Display, Formatter},
    fs,
};

use baseapp::{Error, Result};

/// Makes a struct of numbers that travels as these, in this order.
macro_rules! numbers {
    ($(#[$about:meta])* $name:ident: $($number:ident),* $(,)?) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default)]
        pub(crate) struct $name {
            $(pub(crate) $number: u64),*
        }

        impl Display for $name {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                let numbers = [$(self.$number.to_string()),*];
                f.write_str(&numbers.join(" "))
            }
        }

        impl $name {
            pub(crate) fn parse(text: &str) -> Result<$name> {
                let numbers = text.split(' ').map(str::parse);
                let numbers = numbers.collect::<std::result::Result<Vec<u64>, _>>()?;
                let [$($number),*] = numbers[..] else {
                    return Err(Error::msg(format!("`{text}` are other numbers")));
                };
                Ok($name { $($number),* })
            }
        }
    };
}

numbers! {
    /// What there was at one moment.
    Sample:
    millis,
    memory,
    descriptors,
    lanes,
    threads,
    children,
    zombies,
    files,
    messages,
    tasks,
    deaths,
    steady_memory,
    steady_descriptors,
    steady_lanes,
}

impl Sample {
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
