//! Frames into the outbox, and the credit that some of them take.

use std::{sync::Arc, task::Waker};

use super::{FLUSH_AT, Kept, Lend, Link, Refused, State, Taken, Waiting};
use crate::{
    deadline::Deadline,
    wire::frame::{Fields, FrameError, Header, Kind},
};

impl Link {
    /// Puts a message into the outbox, if there is credit.
    pub(crate) fn send<E>(
        &self,
        route: u16,
        payload: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<Taken, Refused<E>> {
        self.request(Kind::Message, route, 0, payload)
    }

    /// Puts a frame into the outbox, if there is credit.
    pub(crate) fn request<E>(
        &self,
        kind: Kind,
        route: u16,
        correlation: u64,
        payload: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<Taken, Refused<E>> {
        let mut state = self.lock();
        state.admits()?;
        let header = Header::new(kind, route, correlation);
        state.put(header, &Fields::default(), payload)
    }

    /// Puts a reply, or the reason why there is none, into the outbox. Takes
    /// no credit: the asker holds a place for it.
    pub(crate) fn reply<E>(
        &self,
        kind: Kind,
        correlation: u64,
        payload: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<Taken, Refused<E>> {
        self.post(kind, 0, correlation, payload)
    }

    /// Puts a frame that takes no credit into the outbox: the other end has
    /// asked for it.
    pub(crate) fn post<E>(
        &self,
        kind: Kind,
        route: u16,
        correlation: u64,
        payload: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<Taken, Refused<E>> {
        let mut state = self.lock();
        if let Some(reason) = &state.ended {
            return Err(Refused::Ended(Arc::clone(reason)));
        }
        let header = Header::new(kind, route, correlation);
        state.append(header, &Fields::default(), payload)?;
        Ok(state.taken())
    }

    /// Asks to be woken when there is credit, or the link has ended. Waking
    /// for the deadline is the business of the node's alarm.
    pub(crate) fn wait_for_credit(&self, deadline: Option<Deadline>, waker: &Waker) {
        let mut state = self.lock();
        if state.ended.is_some() || state.closing.is_some() || state.credit.admits() {
            drop(state);
            return waker.wake_by_ref();
        }
        match state
            .waiting
            .iter_mut()
            .find(|waiting| waiting.waker.will_wake(waker))
        {
            Some(waiting) => waiting.deadline = deadline,
            None => state.waiting.push(Waiting {
                deadline,
                waker: waker.clone(),
            }),
        }
    }

    /// Takes an acknowledgement of the peer.
    pub(crate) fn acknowledged(&self, messages: u64, bytes: u64) -> Result<(), FrameError> {
        let mut state = self.lock();
        if !state.credit.acknowledge(messages, bytes) {
            return Err(FrameError::Unexpected);
        }
        state.outbox.handled(messages);
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(|waiting| waiting.waker.wake());
        Ok(())
    }

    /// Counts messages that arrived; an error if the peer had no credit.
    pub(crate) fn arrived(&self, messages: u64, bytes: u64, last: u64) -> Result<(), FrameError> {
        self.lock()
            .intake
            .arrived(messages, bytes, last)
            .then_some(())
            .ok_or(FrameError::Unexpected)
    }

    /// Counts messages that were handled, and tells the peer when that is
    /// worth a frame.
    pub(crate) fn consumed(&self, messages: u64, bytes: u64) -> Option<Taken> {
        let mut state = self.lock();
        let (messages, bytes) = state.intake.consumed(messages, bytes)?;
        if state.ended.is_some() {
            return None;
        }
        let header = Header::new(Kind::Ack, 0, messages);
        state.outbox.put_bytes(header, &bytes.to_le_bytes());
        Some(state.taken())
    }

    /// Acknowledges all that was handled.
    pub(crate) fn acknowledge_all(&self) {
        let mut state = self.lock();
        if let Some((messages, bytes)) = state.intake.rest() {
            let header = Header::new(Kind::Ack, 0, messages);
            state.outbox.put_bytes(header, &bytes.to_le_bytes());
        }
    }
}

impl State {
    #[inline]
    pub(super) fn admits<E>(&self) -> Result<(), Refused<E>> {
        match self.ended.as_ref().or(self.closing.as_ref()) {
            Some(reason) => Err(Refused::Ended(Arc::clone(reason))),
            None if self.credit.admits() => Ok(()),
            None => Err(Refused::Full),
        }
    }

    #[inline]
    pub(super) fn put<E>(
        &mut self,
        header: Header,
        fields: &Fields,
        payload: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<Taken, Refused<E>> {
        let cost = self.append(header, fields, payload)?;
        self.credit.spend(cost);
        let mut taken = self.taken();
        // What was lent is not waiting to be written, and costs the receiver as much.
        taken.flush |= cost >= FLUSH_AT as u64;
        Ok(taken)
    }

    /// Appends a frame: what it costs.
    #[inline]
    fn append<E>(
        &mut self,
        header: Header,
        fields: &Fields,
        payload: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<u64, Refused<E>> {
        let lend = Lend::along(&self.wire, &mut self.lending);
        let put = self.outbox.put(header, fields, payload, lend);
        put.map_err(Refused::Payload)
    }

    /// Appends a message of another link: what it costs.
    pub(super) fn append_again(&mut self, header: Header, kept: &Kept) -> u64 {
        let lend = Lend::along(&self.wire, &mut self.lending);
        self.outbox.put_again(header, kept, lend)
    }
}
