//! What the two programs are told.

use std::path::PathBuf;

use baseapp::{Error, Result};

use crate::run::travels;

/// What is to be done with how many faults.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Tasks in all.
    pub(crate) tasks: u64,
    /// How long the tasks shall keep the workers busy.
    pub(crate) seconds: u64,
    pub(crate) workers: u64,
    pub(crate) prefetch: u64,
    pub(crate) durable: bool,
    /// How often main is killed; if never, a worker is, every second.
    pub(crate) main_kills: u64,
    pub(crate) seed: u64,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
        let (mut tasks, mut seconds) = (None, None);
        let mut options = Options {
            tasks: 0,
            seconds: 0,
            workers: 4,
            prefetch: 8,
            durable: false,
            main_kills: 0,
            seed: 0x5eed,
        };
        while let Some(argument) = arguments.next() {
            let mut number = || tests::number(&argument, arguments.next());
            match argument.as_str() {
                "--tasks" => tasks = Some(number()?),
                "--seconds" => seconds = Some(number()?),
                "--workers" => options.workers = number()?,
                "--prefetch" => options.prefetch = number()?,
                "--main-kills" => options.main_kills = number()?,
                "--seed" => options.seed = number()?,
                "--durable" => options.durable = true,
                other => return Err(Error::msg(format!("{other:?} is no option"))),
            }
        }
        if options.main_kills > 0 && !options.durable {
            return Err(Error::msg(
                "--main-kills needs --durable: memory outlives no main",
            ));
        }
        // As many as a main can take that is killed so soon.
        let lives = options.main_kills + 1;
        options.tasks = tasks.unwrap_or(match options.main_kills {
            0 => 200_000,
            _ => 1_000 * lives,
        });
        options.seconds = seconds.unwrap_or(match options.main_kills {
            0 => 60,
            _ => lives.div_ceil(4),
        });
        Ok(options)
    }
}

/// One life of the program that is killed.
#[derive(Debug)]
pub(crate) struct Run {
    /// Of the ledger, and of the queue's file.
    pub(crate) dir: PathBuf,
    /// The number of the task after the last.
    pub(crate) until: u64,
    pub(crate) workers: usize,
    pub(crate) prefetch: u32,
    /// How long a task takes.
    pub(crate) micros: u64,
    pub(crate) durable: bool,
    /// Work everything off, and stop.
    pub(crate) last: bool,
}

travels!(Run as "run": dir, until, workers, prefetch, micros, durable, last);
