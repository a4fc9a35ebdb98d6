//! What arrives over a link: replies and acknowledgements are taken at once,
//! messages go to the mailbox.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Batch, Node};
use crate::{
    blob::Blob,
    id::WorkerId,
    link::{Chunk, Link, Outcome as AskOutcome},
    report,
    task::Outcome,
    wire::{
        body::Payload,
        codec,
        frame::{FrameError, Header, Kind},
    },
};

/// Longest text of an error that travels, in bytes.
const MAX_TEXT: usize = 16 << 10;

/// Why an ask has no reply: what the receiver says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Failure {
    /// The handler returned an error.
    Handler(String),
    /// The message could not be decoded, or the reply not be encoded.
    Codec(String),
    /// The worker has no handler for the message.
    NoHandler,
    /// The deadline had passed before the handler could start.
    Expired,
}

impl Failure {
    /// The text of a handler's error, cut to what may travel.
    pub(crate) fn handler(mut text: String) -> Failure {
        if text.len() > MAX_TEXT {
            let end = (0..=MAX_TEXT)
                .rev()
                .find(|at| text.is_char_boundary(*at))
                .unwrap_or(0);
            text.truncate(end);
            text.push('…');
        }
        Failure::Handler(text)
    }
}

/// The blobs of a frame.
fn borrow(
    link: &Link,
    chunk: &Chunk,
    header: &Header,
    body: &std::ops::Range<usize>,
) -> Result<Vec<Option<Blob>>, FrameError> {
    let blobs = header.blobs(chunk.body(body.clone()))?;
    let here = |at: std::ops::Range<usize>| {
        let at = body.start + at.start..body.start + at.end;
        Blob::received(chunk.shared_body(at))
    };
    link.borrow(blobs.entries(), here)
}

impl Node {
    /// Takes what a read brought.
    pub(crate) fn take(&self, link: &Arc<Link>, chunk: Chunk) -> Result<(), FrameError> {
        match chunk.messages_alone() {
            Some((messages, last)) if !self.is_queue() => {
                link.arrived(messages, chunk.len() as u64, last)?;
                self.put(link, chunk);
                Ok(())
            }
            _ => self.take_each(link, chunk),
        }
    }

    /// Takes what is something to be done at once, frame by frame.
    fn take_each(&self, link: &Arc<Link>, mut chunk: Chunk) -> Result<(), FrameError> {
        let (mut messages, mut bytes, mut last) = (0, 0, 0);
        let mut tasks = false;
        let mut at = 0;
        while let Some((header, body)) = chunk.frame_at(at) {
            at = body.end;
            self.check_place(link, header.kind)?;
            if header.kind.takes_credit() {
                // Not after it was let in.
                header.split(chunk.body(body.clone()))?;
                messages += 1;
                last = chunk.cost(&header, &body);
                bytes += last;
                if header.has_blobs() || header.payload_is_blob() {
                    let blobs = borrow(link, &chunk, &header, &body)?;
                    chunk.attach(&body, blobs);
                }
            } else if header.kind.is_for_queue() || header.kind == Kind::Task {
                tasks = true;
            } else {
                self.take_answer(link, &chunk, &header, body)?;
            }
        }
        if messages > 0 {
            link.arrived(messages, bytes, last)?;
        }
        if messages > 0 || tasks {
            self.put(link, chunk);
        }
        Ok(())
    }

    /// Gives messages to the worker.
    fn put(&self, link: &Arc<Link>, chunk: Chunk) {
        let link = Arc::clone(link);
        let batch = Batch { link, chunk };
        if self.mailbox.is_open() {
            self.mailbox.push(batch);
        } else {
            self.refuse(batch, "which is no worker");
        }
    }

    /// Tasks are dealt with by the queue alone, and it knows who is who.
    fn check_place(&self, link: &Link, kind: Kind) -> Result<(), FrameError> {
        let wrong = (kind.is_for_queue() && !self.is_queue())
            || (kind.is_of_queue() && link.peer.id != WorkerId::QUEUE)
            || (kind.is_message() && self.is_queue());
        if wrong {
            return Err(FrameError::Unexpected);
        }
        Ok(())
    }

    fn take_answer(
        &self,
        link: &Arc<Link>,
        chunk: &Chunk,
        header: &Header,
        body: std::ops::Range<usize>,
    ) -> Result<(), FrameError> {
        let outcome = match header.kind {
            Kind::Reply if header.has_blobs() || header.payload_is_blob() => {
                let bytes = chunk.shared_body(body.clone());
                let (_, payload) = header.split(&bytes)?;
                let payload = bytes.slice_ref(payload);
                let blobs = borrow(link, chunk, header, &body)?;
                AskOutcome::Reply(Payload::of(header, payload, blobs))
            }
            Kind::Reply => AskOutcome::Reply(chunk.shared_body(body).into()),
            Kind::Failure => AskOutcome::Failure(chunk.shared_body(body).into()),
            Kind::Return => return link.take_return(header.correlation, header.route),
            Kind::Forget => return link.take_forget(header.correlation),
            Kind::Ack => {
                let bytes = chunk
                    .body(body)
                    .try_into()
                    .map_err(|_| FrameError::Truncated)?;
                return link.acknowledged(header.correlation, u64::from_le_bytes(bytes));
            }
            Kind::Goodbye => {
                link.hear_goodbye();
                return Ok(());
            }
            Kind::Answer | Kind::News | Kind::Ended => {
                let body = chunk.body(body);
                return self.take_of_queue(header.kind, header.correlation, body);
            }
            Kind::StreamItem | Kind::StreamEnd => {
                self.counters.stray_reply();
                return Ok(());
            }
            _ => return Err(FrameError::Unexpected),
        };
        if !link.resolve_ask(header.correlation, outcome) {
            self.counters.stray_reply();
        }
        Ok(())
    }

    /// Ready when all that had arrived by now is in the mailbox: the runtime
    /// that drives the links has looked at them, and has let them read.
    pub(crate) async fn look_at_connections(&self) {
        let looked = self.runtime.spawn(async {
            // Yielding twice lets the runtime ask the system, and then run
            // what that has woken.
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        });
        let _ = looked.await; // a runtime that is gone has nothing left to read
    }

    /// Messages that nobody will handle, and why.
    pub(crate) fn refuse(&self, mut batch: Batch, why: &str) {
        let (mut count, mut bytes) = (0, 0);
        let mut one_way = 0;
        while let Some((header, body)) = batch.chunk.next() {
            if header.kind == Kind::Task {
                self.tell_outcome(&batch.link, header.correlation, &Outcome::NotRun);
            }
            if !header.kind.takes_credit() {
                continue;
            }
            count += 1;
            bytes += batch.chunk.cost(&header, &body);
            batch.link.begins_message();
            batch.link.ends_message();
            if header.kind == Kind::Ask {
                self.fail(&batch.link, header.correlation, &Failure::NoHandler);
            } else {
                one_way += 1;
            }
        }
        if one_way > 0 {
            self.counters.lost(one_way);
            let (from, me) = (&batch.link.peer.name, &self.me.name);
            report::warn(&format!(
                "{one_way} messages from `{from}` to `{me}`, {why}"
            ));
        }
        if let Some(taken) = batch.link.consumed(count, bytes) {
            self.taken(&batch.link, taken);
        }
    }

    /// Answers an ask with the reason why there is no reply.
    pub(crate) fn fail(&self, link: &Arc<Link>, correlation: u64, failure: &Failure) {
        let write = |out: &mut Vec<u8>| codec::encode_into(failure, out, 2 * MAX_TEXT);
        if let Ok(taken) = link.reply(Kind::Failure, correlation, write) {
            self.taken_in_turn(link, taken);
        }
    }
}
