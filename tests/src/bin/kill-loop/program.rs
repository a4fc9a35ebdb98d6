//! The program that is killed: submits tasks, and does them.

use std::{path::PathBuf, time::Duration};

use baseapp::{Error, Result, RunningApp, TaskError, prelude::*};
use tests::{
    ledger::{Books, Ledger},
    proc, say,
};
use tokio::sync::{Mutex, mpsc};

use crate::options::Run;

/// Tasks that are submitted at once, at most.
const BATCH: u64 = 100;

/// How long to wait for room: as long as it takes.
const PATIENCE: Duration = Duration::from_secs(3600);

/// A task: its number. Kills are no fault of its own.
#[message(reply = u64, attempts = 1000)]
struct Job(u64);

/// What a worker begins with.
#[data]
struct Plan {
    dir: PathBuf,
    micros: u64,
}

/// Does tasks, and writes down that it did.
#[worker(init = Plan)]
struct Hand {
    ledger: Ledger,
    work: Duration,
}

#[worker]
impl Hand {
    #[init]
    fn init(Plan { dir, micros }: Plan) -> Result<Self> {
        Ok(Hand {
            ledger: Ledger::create(&dir)?,
            work: Duration::from_micros(micros),
        })
    }

    #[handler(Job)]
    fn job(&mut self, Job(number): Job, cx: &Context<Self>) -> Result<u64> {
        let who = format!("{} {}", cx.task().attempt(), std::process::id());
        self.ledger.write("started", number, who)?;
        std::thread::sleep(self.work);
        // The effect: to have written this.
        self.ledger.write("done", number, "")?;
        Ok(number)
    }
}

/// What several submitters have in common.
struct Desk {
    ledger: Ledger,
    next: u64,
}

pub(crate) async fn run(run: Run) -> Result<()> {
    let mut app = App::new("kill-loop");
    if run.durable {
        app = app.durable(run.dir.join("queue"));
    }
    let plan = Plan {
        dir: run.dir.clone(),
        micros: run.micros,
    };
    let options = PoolOptions::new(run.workers).prefetch(run.prefetch);
    let pool = app.pool::<Hand>("hands", plan, options.capacity(5_000))?;
    let app = app.start().await?;
    say("started");
    // What was submitted before, and not acknowledged, is left to its fate.
    let desk = Mutex::new(Desk {
        next: Books::read(&run.dir)?.next(),
        ledger: Ledger::create(&run.dir)?,
    });
    let (tasks, mut accepted) = mpsc::unbounded_channel::<Task<u64>>();
    let submit = |tasks| submit(&app, &pool, &run, &desk, tasks);
    let (one, two, three, heard) = tokio::join!(
        submit(tasks.clone()),
        submit(tasks.clone()),
        submit(tasks),
        async {
            let mut heard = 0;
            while let Some(task) = accepted.recv().await {
                match task.await {
                    Ok(_) | Err(TaskError::Dead { .. }) => heard += 1,
                    Err(error) => return Err(Error::from(error)),
                }
            }
            Ok(heard)
        }
    );
    one.and(two).and(three)?;
    say(&format!("heard {}", heard?));
    if !run.last {
        // To be killed.
        return app.stopped().await;
    }
    work_off(&app, &pool, &run).await?;
    say("worked off");
    bury(&app, &pool, desk.into_inner()).await?;
    // A last kill may be on its way: nothing tells.
    tokio::time::sleep(Duration::from_millis(300)).await;
    while app.queue(&pool).stats().await?.workers < run.workers as u64 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let me = std::process::id();
    say(&format!("descriptors {}", proc::descriptors(me)));
    say(&format!("memory {}", proc::memory(me)));
    app.stop().await?;
    say(&format!("children {}", proc::children(me).len()));
    Ok(())
}

/// Submits until there are enough; what is accepted is written down first.
async fn submit(
    app: &RunningApp,
    pool: &Pool<Hand>,
    run: &Run,
    desk: &Mutex<Desk>,
    tasks: mpsc::UnboundedSender<Task<u64>>,
) -> Result<()> {
    loop {
        let mut own = desk.lock().await;
        let first = own.next;
        // Of all sizes, as the last is cut by the number of tasks.
        let end = run.until.min(first + 1 + first % BATCH);
        if first >= end {
            return Ok(());
        }
        for number in first..end {
            own.ledger.write("submitted", number, "")?;
        }
        own.next = end;
        drop(own);
        let jobs = (first..end).map(Job);
        let accepted = app.submit_all(pool, jobs).patience(PATIENCE).await?;
        let mut own = desk.lock().await;
        for (number, task) in (first..end).zip(&accepted) {
            own.ledger.write("accepted", number, task)?;
        }
        drop(own);
        for task in accepted {
            let _ = tasks.send(task); // who listens has failed, and says so
        }
    }
}

/// Waits until nothing is left, of earlier lives either.
async fn work_off(app: &RunningApp, pool: &Pool<Hand>, run: &Run) -> Result<()> {
    loop {
        let stats = app.queue(pool).stats().await?;
        if stats.waiting + stats.delayed + stats.running == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // All that the workers have written is on disk, or nothing is.
    for entry in std::fs::read_dir(&run.dir)? {
        std::fs::File::open(entry?.path())?.sync_data()?;
    }
    Ok(())
}

/// Writes down which tasks are dead letters.
async fn bury(app: &RunningApp, pool: &Pool<Hand>, mut desk: Desk) -> Result<()> {
    let queue = app.queue(pool);
    for letter in queue.dead().await? {
        if let Some((letter, Job(number))) = queue.dead_letter::<Job>(letter.id).await? {
            desk.ledger.write("dead", number, letter.error)?;
        }
    }
    Ok(desk.ledger.sync()?)
}
