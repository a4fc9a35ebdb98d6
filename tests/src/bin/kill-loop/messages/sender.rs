//! Sending to all others as fast as they take it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    task::Poll,
    time::Duration,
};

use baseapp::{AskError, Message, Result, SendErrorKind, prelude::*};
use tests::{
    poll_once,
    trail::{Kind, Trail, is_idempotent},
};

use tests::Random;

use super::{
    name,
    peer::{Again, Once, Parcel, Peer, Plan, Question},
};

/// So many are sent before others have their turn.
const BATCH: u32 = 16;

/// One in so many is an ask.
const ASKS: u64 = 24;

/// Asks that await their reply, at most.
const OPEN: u32 = 64;

/// How long to wait for room or a reply: longer than that is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a worker and what it runs beside its handlers have in common.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) trail: Trail,
    workers: u8,
    pause: Duration,
    seed: u64,
    finish: AtomicBool,
    finished: AtomicBool,
    /// Asks that await their reply.
    open: AtomicU32,
}

impl Desk {
    pub(super) fn new(trail: Trail, plan: &Plan) -> Desk {
        Desk {
            trail,
            workers: plan.workers,
            pause: Duration::from_millis(plan.pause),
            seed: plan.seed,
            finish: AtomicBool::new(false),
            finished: AtomicBool::new(false),
            open: AtomicU32::new(0),
        }
    }

    /// Sends no more; whether it has ended.
    pub(super) fn finish(&self) -> bool {
        self.finish.store(true, Ordering::Release);
        self.finished.load(Ordering::Acquire)
    }

    /// Another worker.
    fn other(&self, random: &mut Random) -> u8 {
        let others = u64::from(self.workers) - 1;
        let chosen = u8::try_from(random.below(others)).unwrap_or(0);
        chosen + u8::from(chosen >= self.trail.life().worker)
    }
}

/// Sends until it is told to finish. Errors are of the trail, and end it: then it
/// never has finished, and that is seen.
pub(super) async fn send_all(desk: Arc<Desk>, cx: Context<Peer>) -> Result<()> {
    let life = desk.trail.life();
    let which = u64::from(life.worker) << 16 | u64::from(life.life);
    let mut random = Random::of(desk.seed, which);
    let workers = usize::from(desk.workers);
    let (mut sent, mut asked) = (vec![0_u32; workers], vec![0_u32; workers]);
    while !desk.finish.load(Ordering::Acquire) {
        let mut full = 0;
        for _ in 0..BATCH {
            let to = desk.other(&mut random);
            let size = 16_usize << random.below(9);
            let (sent, asked) = (&mut sent[usize::from(to)], &mut asked[usize::from(to)]);
            if random.below(ASKS) == 0 && desk.open.load(Ordering::Acquire) < OPEN {
                *asked += 1;
                let question = Question(Parcel::new(life, to, *asked, size), *sent);
                ask(&desk, &cx, to, question).await?;
                continue;
            }
            let parcel = Parcel::new(life, to, *sent + 1, size);
            // Who waits for one only sends nothing to the others.
            let waits = full == BATCH - 1 || random.below(64) == 0;
            match send(&cx, parcel, waits).await {
                None => *sent += 1,
                Some(SendErrorKind::Full) if !waits => full += 1,
                Some(kind) => {
                    eprintln!("NOT SENT: {} to w{to}: {kind}", *sent + 1);
                    desk.trail.heard(Kind::Refused, to, *sent + 1)?;
                }
            }
        }
        desk.trail.sent(&sent)?;
        match desk.pause {
            Duration::ZERO => tokio::task::yield_now().await,
            pause => tokio::time::sleep(pause).await,
        }
    }
    while desk.open.load(Ordering::Acquire) > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    desk.finished.store(true, Ordering::Release);
    Ok(())
}

/// Sends a message; why it could not.
async fn send(cx: &Context<Peer>, parcel: Parcel, waits: bool) -> Option<SendErrorKind> {
    let to = name(parcel.to);
    if is_idempotent(parcel.number) {
        one(cx, &to, Again(parcel), waits).await
    } else {
        one(cx, &to, Once(parcel), waits).await
    }
}

async fn one<M: Message>(
    cx: &Context<Peer>,
    to: &str,
    message: M,
    waits: bool,
) -> Option<SendErrorKind> {
    let sent = match waits {
        true => cx.send::<M>(to, message).timeout(PATIENCE).await,
        false => cx.try_send::<M>(to, message),
    };
    sent.err().map(|error| error.kind)
}

/// Asks, and writes down how it ended, whenever that is.
async fn ask(desk: &Arc<Desk>, cx: &Context<Peer>, to: u8, question: Question) -> Result<()> {
    let number = question.0.number;
    let mut ask = cx.ask::<Question>(&*name(to), question).timeout(PATIENCE);
    // In its place among the messages, if there is room.
    if let Poll::Ready(outcome) = poll_once(&mut ask).await {
        return write_down(desk, to, number, outcome);
    }
    let desk = Arc::clone(desk);
    desk.open.fetch_add(1, Ordering::AcqRel);
    tokio::spawn(async move {
        let outcome = ask.await;
        // If it cannot be written, it is open for ever, and that is seen.
        if write_down(&desk, to, number, outcome).is_ok() {
            desk.open.fetch_sub(1, Ordering::AcqRel);
        }
    });
    Ok(())
}

fn write_down(
    desk: &Desk,
    to: u8,
    number: u32,
    outcome: std::result::Result<u32, AskError<Question>>,
) -> Result<()> {
    let kind = match outcome {
        Ok(reply) if reply == number => Kind::Answered,
        Err(AskError::NotDelivered(_)) => Kind::NotHandled,
        Err(AskError::Interrupted { .. }) => Kind::InDoubt,
        Ok(other) => return wrong(desk, to, number, &format!("answer {other}")),
        Err(error) => return wrong(desk, to, number, &error.to_string()),
    };
    Ok(desk.trail.heard(kind, to, number)?)
}

/// An outcome that no death explains.
fn wrong(desk: &Desk, to: u8, number: u32, what: &str) -> Result<()> {
    eprintln!("WRONG OUTCOME of ask {number} to w{to}: {what}");
    Ok(desk.trail.heard(Kind::Refused, to, number)?)
}
