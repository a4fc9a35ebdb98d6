//! What the two programs are told.

use std::path::PathBuf;

use baseapp::{Error, Result};

use crate::run::travels;

/// Between two batches of a sender while restarts are measured, in milliseconds.
const PAUSE: u64 = 5;

/// What is to be done with how many faults.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(super) seconds: u64,
    pub(super) workers: u8,
    pub(super) kills_per_second: u64,
    /// How many kills one after the other, each when the last one is made good;
    /// if 0, they come at random.
    pub(super) restarts: u64,
    /// Between two batches of a sender, in milliseconds.
    pub(super) pause: u64,
    pub(super) seed: u64,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
        let mut restarts = false;
        let (mut kills, mut pause) = (500, None);
        let mut options = Options {
            seconds: 60,
            workers: 20,
            kills_per_second: 2,
            restarts: 0,
            pause: 0,
            seed: 0x5eed,
        };
        while let Some(argument) = arguments.next() {
            let mut number = || tests::number(&argument, arguments.next());
            match argument.as_str() {
                "--messages" => {}
                "--restarts" => restarts = true,
                "--kills" => kills = number()?,
                "--seconds" => options.seconds = number()?,
                "--workers" => options.workers = u8::try_from(number()?.clamp(2, 100))?,
                "--kills-per-second" => options.kills_per_second = number()?,
                "--pause" => pause = Some(number()?),
                "--full-rate" => pause = Some(0),
                "--seed" => options.seed = number()?,
                other => return Err(Error::msg(format!("{other:?} is no option of these"))),
            }
        }
        if restarts {
            // A load that leaves room: at full rate it is the load that is measured.
            (options.restarts, options.pause) = (kills, PAUSE);
        }
        options.pause = pause.unwrap_or(options.pause);
        Ok(options)
    }
}

/// The program that is killed.
#[derive(Debug)]
pub(crate) struct Run {
    /// Of the trails.
    pub(super) dir: PathBuf,
    pub(super) workers: u8,
    /// See [`Options`].
    pub(super) restarts: u64,
    pub(super) pause: u64,
    pub(super) seed: u64,
}

travels!(Run as "run-messages": dir, workers, restarts, pause, seed);
