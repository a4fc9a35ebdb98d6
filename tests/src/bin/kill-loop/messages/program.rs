//! The program that is killed: workers that send to each other.

use std::{
    fs::File,
    io::Write as _,
    task::Poll,
    time::{Duration, Instant},
};

use baseapp::{Error, Result, RunningApp, StopError, StopProblem, Supervision, prelude::*};
use tests::{
    Random, poll_once, proc, say,
    trail::{self, Life},
};

use super::{
    OVER, Run, TIMES, name,
    peer::{Finish, Peer, Plan, Who},
};

/// How long an answer may take, also of a worker that is behind: more is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at what nothing tells.
const LOOK: Duration = Duration::from_millis(20);

/// However often they die, they are started again, and soon.
const SUPERVISION: Supervision = Supervision::new()
    .intensity(u32::MAX, Duration::from_secs(1))
    .backoff(Duration::from_millis(1), Duration::from_millis(10));

pub(crate) async fn run(run: Run) -> Result<()> {
    let mut app = App::new("kill-loop").grace(PATIENCE);
    let mut workers = Vec::new();
    for worker in 0..run.workers {
        let plan = Plan {
            dir: run.dir.clone(),
            worker,
            workers: run.workers,
            pause: run.pause,
            seed: run.seed,
        };
        let worker = app.worker::<Peer>(name(worker), plan)?;
        app.supervise(&worker, SUPERVISION);
        workers.push(worker);
    }
    let app = app.start().await?;
    say("started");
    if run.restarts > 0 {
        kill_one_by_one(&app, &run, &workers).await?;
    } else {
        while !run.dir.join(OVER).exists() {
            tokio::time::sleep(LOOK).await;
        }
    }
    while !all_finish(&app, &workers).await? {
        tokio::time::sleep(LOOK).await;
    }
    say("finished");
    tell_problems(app.stop().await)?;
    say(&format!(
        "children {}",
        proc::children(std::process::id()).len()
    ));
    Ok(())
}

/// Tells all to send no more; whether they have ended.
async fn all_finish(app: &RunningApp, workers: &[Address<Peer>]) -> Result<bool> {
    // At the same time: each answers when it has handled what came before.
    let mut asks = Vec::new();
    for worker in workers {
        let mut ask = app.ask(worker, Finish).timeout(PATIENCE);
        let answer = match poll_once(&mut ask).await {
            Poll::Ready(answer) => Some(answer?),
            Poll::Pending => None,
        };
        asks.push((ask, answer));
    }
    let mut all = true;
    for (ask, answer) in asks {
        all &= match answer {
            Some(answer) => answer,
            None => ask.await?,
        };
    }
    Ok(all)
}

/// Kills one worker after the other, each when the last one has answered again.
async fn kill_one_by_one(app: &RunningApp, run: &Run, workers: &[Address<Peer>]) -> Result<()> {
    let mut random = Random::new(run.seed);
    let mut times = File::create(run.dir.join(TIMES))?;
    let mut known = Vec::new();
    for worker in workers {
        known.push(app.ask(worker, Who).timeout(PATIENCE).await?);
    }
    for _ in 0..run.restarts {
        let chosen = usize::try_from(random.below(workers.len() as u64))?;
        let (life, pid) = known[chosen];
        let (killed, at) = (Instant::now(), trail::clock());
        proc::kill(pid)?;
        known[chosen] = loop {
            // If it had not died yet when it was asked, it never answers.
            match app.ask(&workers[chosen], Who).timeout(PATIENCE).await {
                Ok(answer) if answer.0 > life => break answer,
                Ok(_) | Err(baseapp::AskError::Interrupted { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        };
        let answered = killed.elapsed();
        let next = Life {
            worker: u8::try_from(chosen)?,
            life: known[chosen].0,
        };
        let born = trail::birth(&run.dir, next)?;
        let born = born.ok_or_else(|| Error::msg(format!("{next} answers and was not born")))?;
        let started = born.at.saturating_sub(at);
        writeln!(times, "{} {}", started.as_nanos(), answered.as_nanos())?;
    }
    Ok(())
}

/// Says what was lost; anything else is an error.
fn tell_problems(stopped: Result<()>) -> Result<()> {
    let Err(error) = stopped else { return Ok(()) };
    let Some(stop) = error.downcast_ref::<StopError>() else {
        return Err(error);
    };
    for problem in &stop.problems {
        match problem {
            StopProblem::Lost { name, count } => say(&format!("lost {name} {count}")),
            other => return Err(Error::msg(other.to_string())),
        }
    }
    Ok(())
}
