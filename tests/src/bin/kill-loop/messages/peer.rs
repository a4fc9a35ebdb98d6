//! The worker that sends to others like it, and is killed.

use std::{path::PathBuf, sync::Arc, time::Duration};

use baseapp::{Error, Result, prelude::*};
use tests::trail::{Kind, Life, Record, Trail};

use super::sender::{self, Desk};

/// One in so many messages of either kind is in hand for longer.
const SLOW: u32 = 1 << 10;

/// For so long: many kills then find something in hand.
const LONG: Duration = Duration::from_millis(2);

/// What is sent: who has sent what to whom, and something that takes room.
#[data]
pub(super) struct Parcel {
    pub(super) worker: u8,
    pub(super) life: u16,
    pub(super) to: u8,
    pub(super) number: u32,
    load: Vec<u8>,
}

impl Parcel {
    pub(super) fn new(from: Life, to: u8, number: u32, size: usize) -> Parcel {
        Parcel {
            worker: from.worker,
            life: from.life,
            to,
            number,
            load: vec![number.to_le_bytes()[0]; size],
        }
    }

    /// What is to be written down of it, if it has come to the right place whole.
    fn record(&self, kind: Kind, by: Life) -> Result<Record> {
        let mark = self.number.to_le_bytes()[0];
        if self.to != by.worker || self.load.iter().any(|byte| *byte != mark) {
            return Err(Error::msg(format!("number {} is damaged", self.number)));
        }
        Ok(Record {
            kind,
            from: Life {
                worker: self.worker,
                life: self.life,
            },
            number: self.number,
        })
    }
}

/// To be handled once.
#[message]
pub(super) struct Once(pub(super) Parcel);

/// To be handled once or more often.
#[message(idempotent)]
pub(super) struct Again(pub(super) Parcel);

/// An ask, before which so many messages were sent.
#[message(reply = u32)]
pub(super) struct Question(pub(super) Parcel, pub(super) u32);

/// In which life are you, and as which process?
#[message(reply = (u16, u32))]
pub(super) struct Who;

/// Send no more. Answered with whether all that was sent is written down.
#[message(reply = bool)]
pub(super) struct Finish;

/// What a worker begins with.
#[data]
pub(super) struct Plan {
    pub(super) dir: PathBuf,
    pub(super) worker: u8,
    pub(super) workers: u8,
    /// Between two batches, in milliseconds.
    pub(super) pause: u64,
    pub(super) seed: u64,
}

/// See the [module](self).
#[worker(init = Plan)]
pub(super) struct Peer {
    desk: Arc<Desk>,
}

#[worker]
impl Peer {
    #[init]
    fn init(plan: Plan) -> Result<Self> {
        let trail = Trail::begin(&plan.dir, plan.worker)?;
        let desk = Desk::new(trail, &plan);
        Ok(Peer {
            desk: Arc::new(desk),
        })
    }

    #[start]
    fn start(&mut self, cx: &Context<Self>) -> Result<()> {
        self.desk.trail.born()?;
        tokio::spawn(sender::send_all(Arc::clone(&self.desk), cx.clone()));
        Ok(())
    }

    #[handler(Once)]
    fn once(&mut self, Once(parcel): Once) -> Result<()> {
        let record = parcel.record(Kind::Message, self.desk.trail.life())?;
        if record.number % SLOW == 0 {
            std::thread::sleep(LONG);
        }
        Ok(self.desk.trail.handled(record)?)
    }

    #[handler(Again)]
    async fn again(&mut self, Again(parcel): Again) -> Result<()> {
        let record = parcel.record(Kind::Message, self.desk.trail.life())?;
        if record.number % SLOW == 3 {
            tokio::time::sleep(LONG).await;
        }
        Ok(self.desk.trail.handled(record)?)
    }

    #[handler(Question)]
    fn question(&mut self, Question(parcel, after): Question) -> Result<u32> {
        let record = parcel.record(Kind::Ask, self.desk.trail.life())?;
        self.desk.trail.handled_ask(record, after)?;
        Ok(record.number)
    }

    #[undelivered(Once)]
    fn once_is_back(&mut self, Once(parcel): Once) -> Result<()> {
        let (to, number) = (parcel.to, parcel.number);
        Ok(self.desk.trail.heard(Kind::CameBack, to, number)?)
    }

    #[undelivered(Again)]
    fn again_is_back(&mut self, Again(parcel): Again) -> Result<()> {
        let (to, number) = (parcel.to, parcel.number);
        Ok(self.desk.trail.heard(Kind::CameBack, to, number)?)
    }

    #[handler(Who)]
    fn who(&self, _: Who) -> (u16, u32) {
        (self.desk.trail.life().life, std::process::id())
    }

    #[handler(Finish)]
    fn finish(&mut self, _: Finish) -> bool {
        self.desk.finish()
    }
}
