//! What the two programs are told.

use baseapp::{Error, Result};

/// For how long, and how.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) minutes: u64,
    pub(crate) seed: u64,
    /// Measure what so many names cost instead.
    pub(crate) names: Option<u64>,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
        let mut options = Options {
            minutes: 10,
            seed: 0x5eed,
            names: None,
        };
        while let Some(argument) = arguments.next() {
            let number = tests::number(&argument, arguments.next())?;
            match argument.as_str() {
                "--minutes" => options.minutes = number,
                "--seed" => options.seed = number,
                "--names" => options.names = Some(number),
                other => return Err(Error::msg(format!("{other:?} is no option"))),
            }
        }
        Ok(options)
    }

    pub(crate) fn run(&self) -> Run {
        match self.names {
            Some(count) => Run::Names { count },
            None => Run::Load {
                seconds: 60 * self.minutes,
                seed: self.seed,
            },
        }
    }
}

/// What the program does that is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Run {
    Load { seconds: u64, seed: u64 },
    Names { count: u64 },
}

impl Run {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Run> {
        let mut next = || {
            let next = arguments.next();
            next.ok_or_else(|| Error::msg("who looks says more than that"))
        };
        match next()?.as_str() {
            "load" => Ok(Run::Load {
                seconds: next()?.parse()?,
                seed: next()?.parse()?,
            }),
            _ => Ok(Run::Names {
                count: next()?.parse()?,
            }),
        }
    }

    pub(crate) fn arguments(self) -> Vec<String> {
        let mut arguments = vec!["run".to_owned()];
        match self {
            Run::Load { seconds, seed } => {
                arguments.extend(["load".to_owned(), seconds.to_string(), seed.to_string()]);
            }
            Run::Names { count } => {
                arguments.extend(["names".to_owned(), count.to_string()]);
            }
        }
        arguments
    }
}
