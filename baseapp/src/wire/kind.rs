//! [`Kind`]: what a frame is for.

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// A message, one way.
    Message = 1,
    /// A message whose sender awaits the reply.
    Ask = 2,
    /// The reply to an ask.
    Reply = 3,
    /// The ask ended without a reply; the payload says why.
    Failure = 4,
    /// Messages and bytes consumed so far: grants credit.
    Ack = 5,
    /// One of many replies to one ask. Reserved: dropped and counted.
    StreamItem = 6,
    /// The last of many replies. Reserved: dropped and counted.
    StreamEnd = 7,
    /// First frame of who connects.
    Hello = 8,
    /// First frame of who was connected to: come in.
    Welcome = 9,
    /// First frame of who was connected to: go away, and why.
    Refused = 10,
    /// Between the hub and a worker's guardian.
    Control = 11,
    /// This end leaves in order: it has handled all that came.
    Goodbye = 12,
    /// To the queue: tasks.
    Submit = 13,
    /// To the queue: something that it is asked.
    Query = 14,
    /// Of the queue: the answer to [`Kind::Submit`] or [`Kind::Query`].
    Answer = 15,
    /// Of the queue, to a worker: a task. The correlation is its lease.
    Task = 16,
    /// To the queue: how a task's handler ended.
    Outcome = 17,
    /// To the queue: a handler lives and wants more time.
    Extend = 18,
    /// To the queue: how far a handler is.
    Progress = 19,
    /// Of the queue, to who watches a task: how far it is.
    News = 20,
    /// Of the queue, to who watches a task: how it ended.
    Ended = 21,
    /// Nobody of this end has the blob any more whose lease the correlation is; with
    /// route 1, as its buffer could not be mapped.
    Return = 22,
    /// The buffer, which the correlation is the number of, is used no more.
    Forget = 23,
}

impl Kind {
    pub(super) fn from_byte(byte: u8) -> Option<Kind> {
        Some(match byte {
            1 => Kind::Message,
            2 => Kind::Ask,
            3 => Kind::Reply,
            4 => Kind::Failure,
            5 => Kind::Ack,
            6 => Kind::StreamItem,
            7 => Kind::StreamEnd,
            8 => Kind::Hello,
            9 => Kind::Welcome,
            10 => Kind::Refused,
            11 => Kind::Control,
            12 => Kind::Goodbye,
            13 => Kind::Submit,
            14 => Kind::Query,
            15 => Kind::Answer,
            16 => Kind::Task,
            17 => Kind::Outcome,
            18 => Kind::Extend,
            19 => Kind::Progress,
            20 => Kind::News,
            21 => Kind::Ended,
            22 => Kind::Return,
            23 => Kind::Forget,
            _ => return None,
        })
    }

    /// Whether the frame is a message for a handler.
    pub(crate) fn is_message(self) -> bool {
        matches!(self, Kind::Message | Kind::Ask)
    }

    /// Whether blobs may stand in the frame.
    #[inline]
    pub(crate) fn may_carry_blobs(self) -> bool {
        matches!(self, Kind::Message | Kind::Ask | Kind::Reply)
    }

    /// Whether the frame takes credit.
    pub(crate) fn takes_credit(self) -> bool {
        self.is_message() || matches!(self, Kind::Submit | Kind::Query)
    }

    /// Whether the frame is for the queue alone.
    pub(crate) fn is_for_queue(self) -> bool {
        use Kind::{Extend, Outcome, Progress, Query, Submit};
        matches!(self, Submit | Query | Outcome | Extend | Progress)
    }

    /// Whether the frame comes of the queue alone.
    pub(crate) fn is_of_queue(self) -> bool {
        matches!(self, Kind::Answer | Kind::Task | Kind::News | Kind::Ended)
    }
}
