//! A worker that does what its test says, step by step: its handlers come to
//! the test's stage, and are told how to go on.

use std::{
    io::{self, BufRead as _, Write as _},
    os::unix::net::UnixStream as StdStream,
    time::Duration,
};

use baseapp::{CurrentTask, Error, Result, RunningApp, TaskId, prelude::*};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{UnixListener, UnixStream},
};

use crate::deaths::mortal::{How, die};

/// Come to that stage, and do what you are told there, holding the thread.
#[message(reply = u32, attempts = 3, backoff = "1ms..5ms")]
pub(crate) struct Play {
    pub stage: String,
    pub note: String,
}

/// Come to that stage, and do what you are told there, without holding the
/// thread.
#[message(reply = u32, attempts = 3, backoff = "1ms..5ms")]
pub(crate) struct PlayAsync {
    pub stage: String,
    pub note: String,
}

/// Tell in which process you are.
#[message]
pub(crate) struct Call(pub String);

/// Does what it is told.
#[worker]
pub(crate) struct Hand;

#[worker]
impl Hand {
    #[handler(Play)]
    fn play(&mut self, play: Play, cx: &Context<Self>) -> Result<u32> {
        let mut stream = StdStream::connect(&play.stage)?;
        let task = cx.task();
        stream.write_all(introduction(cx, &play.note).as_bytes())?;
        for order in io::BufReader::new(stream.try_clone()?).lines() {
            let order = order?;
            let said = match obey(&order, &task) {
                Obeyed::Said(text) => text,
                Obeyed::Ended(result) => return result,
                Obeyed::Unknown => {
                    // Nothing wakes a thread that is busy: it must look.
                    while !task.is_cancelled() {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    "cancelled".to_owned()
                }
            };
            stream.write_all(format!("{said}\n").as_bytes())?;
        }
        // The test is over.
        Ok(task.attempt())
    }

    #[handler(PlayAsync)]
    async fn play_async(&mut self, play: PlayAsync, cx: &Context<Self>) -> Result<u32> {
        let (read, mut write) = UnixStream::connect(&play.stage).await?.into_split();
        let task = cx.task();
        let text = introduction(cx, &play.note);
        write.write_all(text.as_bytes()).await?;
        let mut orders = BufReader::new(read).lines();
        while let Some(order) = orders.next_line().await? {
            let said = match obey(&order, &task) {
                Obeyed::Said(text) => text,
                Obeyed::Ended(result) => return result,
                Obeyed::Unknown => match order.split_once(' ') {
                    Some(("submit", to)) => submit(cx, &play.stage, to).await,
                    _ => {
                        task.cancelled().await;
                        "cancelled".to_owned()
                    }
                },
            };
            write.write_all(format!("{said}\n").as_bytes()).await?;
        }
        Ok(task.attempt())
    }

    #[handler(Call, subscribe)]
    fn call(&mut self, Call(gate): Call, cx: &Context<Self>) -> io::Result<()> {
        let text = format!("{} {}", cx.name(), std::process::id());
        tests::leave_word(&gate, &text)
    }
}

fn introduction(cx: &Context<Hand>, note: &str) -> String {
    let (task, pid) = (cx.task(), std::process::id());
    let id = task.id().map(|id| id.to_string()).unwrap_or_default();
    format!("{} {pid} {} {id} {note}\n", task.attempt(), cx.name())
}

/// Submits a task: `POOL NOTE`.
async fn submit(cx: &Context<Hand>, stage: &str, to: &str) -> String {
    let (pool, note) = to.split_once(' ').unwrap_or((to, ""));
    let play = Play {
        stage: stage.to_owned(),
        note: note.to_owned(),
    };
    let patience = Duration::from_millis(50);
    match cx.submit::<Play>(pool, play).patience(patience).await {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.kind.to_string(),
    }
}

enum Obeyed {
    Said(String),
    Ended(Result<u32>),
    Unknown,
}

fn obey(order: &str, task: &CurrentTask) -> Obeyed {
    let (verb, rest) = order.split_once(' ').unwrap_or((order, ""));
    let millis = Duration::from_millis(rest.parse().unwrap_or(0));
    match verb {
        "ok" => Obeyed::Ended(Ok(task.attempt())),
        "fail" => Obeyed::Ended(Err(Error::msg(rest.to_owned()))),
        "reject" => Obeyed::Ended(Err(Task::reject(rest))),
        "snooze" => Obeyed::Ended(Err(Task::snooze(millis))),
        "progress" => {
            task.progress(rest.parse::<u64>().unwrap_or(0));
            Obeyed::Said("told".to_owned())
        }
        "extend" => {
            task.extend(millis);
            Obeyed::Said("extended".to_owned())
        }
        "cancelled?" => Obeyed::Said(task.is_cancelled().to_string()),
        "panic" => Obeyed::Ended(dead(How::Panic)),
        "abort" => Obeyed::Ended(dead(How::Abort)),
        "exit" => Obeyed::Ended(dead(How::Exit(0))),
        "overflow" => Obeyed::Ended(dead(How::StackOverflow)),
        "kill" => Obeyed::Ended(dead(How::Kill)),
        _ => Obeyed::Unknown,
    }
}

fn dead(how: How) -> Result<u32> {
    die(how);
    Err(Error::msg("it lives"))
}

/// Where handlers come to be told what to do.
#[derive(Debug)]
pub(crate) struct Stage {
    _dir: TempDir,
    path: String,
    listener: UnixListener,
}

impl Stage {
    pub(crate) fn new() -> Result<Stage> {
        let dir = tempfile::Builder::new().prefix("stage-").tempdir()?;
        let path = dir.path().join("s");
        let listener = UnixListener::bind(&path)?;
        let path = path.to_string_lossy().into_owned();
        Ok(Stage {
            _dir: dir,
            path,
            listener,
        })
    }

    /// A task that comes here, and says that.
    pub(crate) fn play(&self, note: &str) -> Play {
        let (stage, note) = (self.path.clone(), note.to_owned());
        Play { stage, note }
    }

    /// One that does not hold its thread.
    pub(crate) fn play_async(&self, note: &str) -> PlayAsync {
        let (stage, note) = (self.path.clone(), note.to_owned());
        PlayAsync { stage, note }
    }

    pub(crate) fn path(&self) -> String {
        self.path.clone()
    }

    /// The next one that comes.
    pub(crate) async fn puppet(&self) -> Result<Puppet> {
        let (read, write) = self.listener.accept().await?.0.into_split();
        let mut said = BufReader::new(read).lines();
        let hello = said.next_line().await?.unwrap_or_default();
        let mut words = hello.splitn(5, ' ').map(str::to_owned);
        let mut word = || words.next().unwrap_or_default();
        Ok(Puppet {
            attempt: word().parse()?,
            pid: word().parse()?,
            worker: word(),
            id: word().parse().ok(),
            note: word(),
            said,
            write,
        })
    }
}

/// A handler that waits to be told what to do. Dropped, it ends well.
pub(crate) struct Puppet {
    pub attempt: u32,
    pub pid: u32,
    pub worker: String,
    pub id: Option<TaskId>,
    pub note: String,
    said: tokio::io::Lines<BufReader<tokio::net::unix::OwnedReadHalf>>,
    write: tokio::net::unix::OwnedWriteHalf,
}

impl Puppet {
    async fn order(&mut self, order: &str) -> Result<()> {
        let line = format!("{order}\n");
        Ok(self.write.write_all(line.as_bytes()).await?)
    }

    /// Does that, and goes on.
    pub(crate) async fn does(&mut self, order: &str) -> Result<String> {
        self.order(order).await?;
        Ok(self.said.next_line().await?.unwrap_or_default())
    }

    /// Does that at last: ready when the handler has returned, or has died.
    pub(crate) async fn ends(mut self, order: &str) -> Result<()> {
        self.order(order).await?;
        self.is_gone().await
    }

    /// Ready when the handler has returned, or its process is dead.
    pub(crate) async fn is_gone(&mut self) -> Result<()> {
        // A process that was killed may leave bytes unread behind.
        while let Ok(Some(_)) = self.said.next_line().await {}
        Ok(())
    }
}

/// An app with one pool of hands, `hands`, and a stage.
pub(crate) async fn hands(
    mut app: App,
    size: impl Into<PoolOptions>,
) -> Result<(RunningApp, Pool<Hand>, Stage)> {
    let pool = app.pool("hands", Hand, size)?;
    Ok((app.start().await?, pool, Stage::new()?))
}
