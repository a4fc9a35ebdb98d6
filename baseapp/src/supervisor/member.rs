//! A worker as its supervisor sees it: how it is, how it is to be, and what it
//! has been through.

use std::time::{Duration, Instant};

use super::{End, tree::GroupId, window::Window};
use crate::{
    id::WorkerId,
    supervision::{Policy, Restart},
};

/// How a worker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is being started.
    Starting,
    /// It has started; when, if that was seen.
    Up { since: Option<Instant> },
    /// It was told to stop.
    Stopping,
    /// It has no life.
    Down,
}

/// How it is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// As it is: up, or soon.
    Stay,
    /// In another life, which is not to begin before `at`.
    Return { at: Instant },
    /// Without a life, for good.
    Gone,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) parent: GroupId,
    policy: Policy,
    pub(super) state: State,
    pub(super) aim: Aim,
    /// The group whose members it waits for, and they for it, until it is up
    /// or gone. See [`sequence`](super::sequence).
    pub(super) sequence: Option<GroupId>,
    deaths: Window,
    /// Deaths in a row, with no long life between them.
    streak: u32,
    pub(super) restarts: u64,
}

/// What the end of a life was.
pub(super) enum Ended {
    /// What we wanted, or we knew of it.
    AsAsked,
    /// The last one.
    GivenUp,
    Died(Death),
}

/// An end that nobody wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Death {
    /// When another life may begin.
    pub(super) at: Instant,
    pub(super) too_many: bool,
    pub(super) had_started: bool,
}

impl Member {
    pub(super) fn new(parent: GroupId, policy: Policy) -> Member {
        Member {
            parent,
            policy,
            state: State::Up { since: None },
            aim: Aim::Stay,
            sequence: None,
            deaths: Window::default(),
            streak: 0,
            restarts: 0,
        }
    }

    /// It is up or gone, and stays that.
    pub(super) fn rests(&self) -> bool {
        self.sequence.is_none() && self.is_settled()
    }

    pub(super) fn is_settled(&self) -> bool {
        self.is_up() || self.is_gone()
    }

    fn is_up(&self) -> bool {
        matches!(self.state, State::Up { .. }) && self.aim == Aim::Stay
    }

    pub(super) fn is_gone(&self) -> bool {
        self.state == State::Down && self.aim == Aim::Gone
    }

    /// Whether it lives, is not to, and does not know yet.
    pub(super) fn is_to_stop(&self) -> bool {
        matches!(self.state, State::Starting | State::Up { .. }) && self.aim != Aim::Stay
    }

    pub(super) fn start(&mut self) {
        self.state = State::Starting;
        self.aim = Aim::Stay;
        self.restarts += 1;
    }

    pub(super) fn started(&mut self, now: Instant) {
        match self.state {
            State::Starting | State::Up { since: None } => {
                self.state = State::Up { since: Some(now) };
                if self.aim == Aim::Stay {
                    self.sequence = None;
                }
            }
            // It was told to stop meanwhile, or somebody is mistaken.
            State::Up { .. } | State::Stopping | State::Down => {}
        }
    }

    pub(super) fn stop(&mut self, now: Instant) {
        self.end_streak_if_well(now);
        self.state = State::Stopping;
    }

    /// It is to have another life because of others.
    pub(super) fn return_with_others(&mut self, at: Instant, sequence: Option<GroupId>) {
        if self.is_gone() {
            return;
        }
        self.sequence = sequence;
        self.aim = match self.aim {
            Aim::Gone => Aim::Gone,
            Aim::Stay if self.policy.restart == Restart::Temporary => Aim::Gone,
            Aim::Stay => Aim::Return { at },
            Aim::Return { at: before } => Aim::Return { at: before.max(at) },
        };
    }

    pub(super) fn ended(&mut self, now: Instant, id: WorkerId, end: End) -> Ended {
        if self.state == State::Down {
            return Ended::AsAsked;
        }
        self.end_streak_if_well(now);
        let before = std::mem::replace(&mut self.state, State::Down);
        let obeyed = before == State::Stopping && matches!(end, End::Asked | End::Normal);
        if !self.comes_back(obeyed, end) {
            self.aim = Aim::Gone;
            self.sequence = None;
            return Ended::GivenUp;
        }
        if obeyed {
            return Ended::AsAsked;
        }
        self.streak = self.streak.saturating_add(1);
        let mut at = now + self.pause(id);
        if let Aim::Return { at: before } = self.aim {
            at = at.max(before);
        }
        self.aim = Aim::Return { at };
        Ended::Died(Death {
            at,
            too_many: self.deaths.is_too_many(now, self.policy.intensity),
            had_started: before != State::Starting && end != End::NotStarted,
        })
    }

    fn comes_back(&self, obeyed: bool, end: End) -> bool {
        match (self.aim, self.policy.restart) {
            (Aim::Gone, _) | (Aim::Stay, Restart::Temporary) => false,
            (_, Restart::Transient) => obeyed || end != End::Normal,
            // A temporary one that is to return was asked for by somebody.
            (_, Restart::Permanent) | (Aim::Return { .. }, Restart::Temporary) => true,
        }
    }

    /// Who has lived for long was not hurt by its last start.
    fn end_streak_if_well(&mut self, now: Instant) {
        if let State::Up { since: Some(since) } = self.state
            && now.saturating_duration_since(since) >= self.policy.intensity.within
        {
            self.streak = 0;
        }
    }

    /// Its group is new, and it with it.
    pub(super) fn begin_anew(&mut self) {
        self.deaths.clear();
        self.streak = 0;
    }

    /// None after the first death.
    fn pause(&self, id: WorkerId) -> Duration {
        let Some(times) = self.streak.checked_sub(2) else {
            return Duration::ZERO;
        };
        let backoff = self.policy.backoff;
        backoff.jittered(times, &id.0.to_le_bytes())
    }
}
