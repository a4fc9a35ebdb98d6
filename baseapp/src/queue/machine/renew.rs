//! Starting the workers of a pool anew, one after the other: a new one joins, then an old one
//! ends what it has and goes. So there is never one less than there was.

use super::{Effect, Machine, pools::Pool};

/// The workers that were there when it was wanted are *outdated*.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Renewal {
    /// A worker was started in advance: when it joins, an outdated one goes.
    ahead: bool,
}

impl Pool {
    fn is_outdated(&self) -> bool {
        self.members.iter().any(|member| member.outdated)
    }

    /// One has joined: an outdated one goes, best one with nothing in hand.
    pub(super) fn renew_one(&mut self) {
        if !self
            .renewal
            .as_mut()
            .is_some_and(|renewal| std::mem::take(&mut renewal.ahead))
        {
            return;
        }
        if self.staying() <= self.spec.min {
            return; // it has replaced one that died meanwhile
        }
        let outdated = self
            .members
            .iter_mut()
            .filter(|member| member.outdated && !member.retiring);
        if let Some(member) = outdated.min_by_key(|member| member.held.len()) {
            member.retiring = true;
        }
    }

    /// Another worker is to be started in advance.
    pub(super) fn starts_ahead(&mut self) -> bool {
        let waits = self
            .members
            .iter()
            .any(|member| member.outdated && !member.retiring);
        let starting = self.starting;
        let Some(renewal) = self.renewal.as_mut() else {
            return false;
        };
        let starts = waits && starting == 0 && !renewal.ahead;
        renewal.ahead |= starts;
        starts
    }
}

impl Machine {
    /// The workers of a pool are to be started anew. [`Effect::Renewed`] tells when that is done, or why it
    /// is not.
    pub(crate) fn renew(&mut self, pool: u16) {
        let closing = self.closing;
        let Some(state) = self.pools.get_mut(usize::from(pool)) else {
            return;
        };
        if closing {
            let failed = Some("the app stops".to_owned());
            return self.effect(Effect::Renewed { pool, failed });
        }
        for member in &mut state.members {
            member.outdated = true;
        }
        state.renewal.get_or_insert_default();
    }

    /// A new worker could not be started, or the app stops: those that are there go on.
    pub(super) fn renew_no_more(&mut self, pool: u16, why: &str) {
        let Some(state) = self.pools.get_mut(usize::from(pool)) else {
            return;
        };
        if state.renewal.take().is_none() {
            return;
        }
        for member in &mut state.members {
            member.outdated = false;
        }
        let failed = Some(why.to_owned());
        self.effect(Effect::Renewed { pool, failed });
    }

    /// Tells of pools of which no outdated worker is left.
    pub(super) fn tell_renewed(&mut self) {
        for index in 0..self.pools.len() {
            let pool = &mut self.pools[index];
            if pool.renewal.is_some() && !pool.is_outdated() {
                pool.renewal = None;
                let pool = u16::try_from(index).unwrap_or(u16::MAX);
                self.effect(Effect::Renewed { pool, failed: None });
            }
        }
    }
}
