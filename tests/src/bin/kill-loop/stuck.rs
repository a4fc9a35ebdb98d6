//! How soon a worker that is stuck is back: stopped by a signal, or about a handler that
//! never ends.

use std::{
    fmt,
    time::{Duration, Instant},
};

use baseapp::{AskError, Error, Result, RunningApp, Supervision, prelude::*};
use tests::{Random, proc, say};

use crate::times::Times;

/// How long an answer may take: more is never.
const PATIENCE: Duration = Duration::from_secs(60);

/// What may pass beyond `hang` until a stuck worker is back.
const PROMISED: Duration = Duration::from_secs(1);

/// What is to be done.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// How often each fault comes.
    rounds: u64,
    workers: u64,
    hang: Duration,
    seed: u64,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
        let mut options = Options {
            rounds: 50,
            workers: 4,
            hang: Duration::from_secs(1),
            seed: 0x5eed,
        };
        while let Some(argument) = arguments.next() {
            let mut number = || tests::number(&argument, arguments.next());
            match argument.as_str() {
                "--stuck" => {}
                "--rounds" => options.rounds = number()?,
                "--workers" => options.workers = number()?,
                "--hang" => options.hang = Duration::from_millis(number()?),
                "--seed" => options.seed = number()?,
                other => return Err(Error::msg(format!("{other:?} is no option of --stuck"))),
            }
        }
        Ok(options)
    }
}

/// Which process are you?
#[message(reply = u32)]
struct Who;

/// Never end.
#[message(reply = ())]
struct Spin;

/// Gets stuck.
#[worker]
struct Victim;

#[worker]
impl Victim {
    #[handler(Who)]
    fn who(&self, _: Who) -> u32 {
        std::process::id()
    }

    #[handler(Spin)]
    fn spin(&self, _: Spin) {
        loop {
            std::hint::spin_loop();
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    Stopped,
    Endless,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::Stopped => "SIGSTOP",
            Fault::Endless => "a handler that never ends",
        })
    }
}

/// Has workers stuck one after the other, and says how long each was away.
pub(crate) async fn run(options: Options) -> Result<()> {
    let mut app = App::new("stuck-loop");
    let mut workers = Vec::new();
    let supervision = Supervision::new()
        .intensity(u32::MAX, Duration::from_secs(1))
        .backoff(Duration::from_millis(1), Duration::from_millis(10))
        .hang(options.hang);
    for worker in 0..options.workers {
        let worker = app.worker(format!("w{worker}"), Victim)?;
        app.supervise(&worker, supervision);
        workers.push(worker);
    }
    let app = app.start().await?;
    let mut random = Random::new(options.seed);
    let mut late = Vec::new();
    for fault in [Fault::Stopped, Fault::Endless] {
        let mut times = Vec::new();
        for _ in 0..options.rounds {
            let chosen = usize::try_from(random.below(options.workers))?;
            // Not in step with the looks of the hub.
            tokio::time::sleep(Duration::from_millis(random.below(400))).await;
            let away = away(&app, &workers[chosen], fault).await?;
            if away < options.hang || away > options.hang + PROMISED {
                late.push(format!("back after {away:.1?} from {fault}"));
            }
            times.push(away);
        }
        let (hang, times) = (options.hang, Times::new(times));
        say(&format!(
            "with hang {hang:?}, from {fault} to the first answer: {times}"
        ));
    }
    // Who was stuck has died, which is what the stop says; not all is well with anything else.
    drop(app.stop().await);
    match late.is_empty() {
        true => Ok(()),
        false => Err(Error::msg(late.join("\n"))),
    }
}

/// Has a worker stuck; how long it takes until its next life has answered.
async fn away(app: &RunningApp, whom: &Address<Victim>, fault: Fault) -> Result<Duration> {
    let pid = app.ask(whom, Who).timeout(PATIENCE).await?;
    let begun = Instant::now();
    match fault {
        Fault::Stopped => proc::stop(pid)?,
        Fault::Endless => match app.ask(whom, Spin).timeout(PATIENCE).await {
            Err(AskError::Interrupted { .. }) => {}
            other => return Err(Error::msg(format!("it was not ended: {other:?}"))),
        },
    }
    loop {
        // If it was asked before it was stopped, or has died with the question in hand.
        match app.ask(whom, Who).timeout(PATIENCE).await {
            Ok(answered) if answered != pid => return Ok(begun.elapsed()),
            Ok(_) | Err(AskError::Interrupted { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
