//! Asking the queue something, and awaiting its answer.

use std::{
    sync::Arc,
    task::{Poll, Waker},
};

use super::{
    SendErrorKind,
    send::{NotTaken, not_taken},
    to,
    wait::Patience,
};
use crate::{
    id::WorkerId,
    node::{Asked, Node},
    task::Answer,
    wire::{codec::CodecError, frame::Kind},
};

/// A question that is being asked. Dropped, it is forgotten; the queue may do
/// what it was asked all the same.
#[derive(Debug)]
pub(super) struct Request {
    node: Arc<Node>,
    asked: Option<Asked>,
}

impl Request {
    pub(super) fn new(node: Arc<Node>) -> Request {
        Request { node, asked: None }
    }

    pub(super) fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// The question has left this future, and its answer will come.
    pub(super) fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Asks; pending while there is no room on the way, as long as `patience`
    /// lasts.
    pub(super) fn poll_ask(
        &mut self,
        kind: Kind,
        patience: &mut Patience,
        waker: &Waker,
        body: impl Fn(&mut Vec<u8>) -> Result<(), CodecError>,
    ) -> Poll<Result<(), SendErrorKind>> {
        let node = &self.node;
        let asked = node.tasks.ask();
        match put(node, kind, asked.0, body) {
            Ok(()) => {
                self.asked = Some(asked);
                Poll::Ready(Ok(()))
            }
            Err(NotTaken::Full(link)) => {
                node.tasks.forget(&asked);
                if patience.wait(node, &link, waker) {
                    Poll::Pending
                } else {
                    Poll::Ready(Err(SendErrorKind::Full))
                }
            }
            Err(NotTaken::Never(kind)) => {
                node.tasks.forget(&asked);
                Poll::Ready(Err(kind))
            }
        }
    }

    /// The answer.
    pub(super) fn poll_answer(&mut self, waker: &Waker) -> Poll<Result<Answer, SendErrorKind>> {
        let Some(asked) = &self.asked else {
            return Poll::Pending;
        };
        let answer = self.node.tasks.poll_answer(asked, waker);
        answer.map(|answer| {
            self.asked = None;
            answer.map_err(|why| SendErrorKind::Ended(why.to_string()))
        })
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        if let Some(asked) = self.asked.take() {
            self.node.tasks.forget(&asked);
        }
    }
}

/// Puts a frame for the queue into the outbox of the link to it; of another
/// one, if that has ended.
fn put(
    node: &Arc<Node>,
    kind: Kind,
    number: u64,
    body: impl Fn(&mut Vec<u8>) -> Result<(), CodecError>,
) -> Result<(), NotTaken> {
    let mut link = to::link(node, WorkerId::QUEUE).map_err(NotTaken::Never)?;
    let mut sent = link.request(kind, 0, number, &body);
    if let Err(crate::link::Refused::Ended(_)) = sent {
        link = to::link_again(node, &link).map_err(NotTaken::Never)?;
        sent = link.request(kind, 0, number, &body);
    }
    match sent {
        Ok(taken) => {
            node.taken(&link, taken);
            Ok(())
        }
        Err(refused) => Err(not_taken(link, refused)),
    }
}
