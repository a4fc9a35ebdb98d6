//! Introducing workers to each other; and those that wait for one that is not
//! ready yet: it is being started, or is to be started again.

use super::{
    child::{Child, Stage},
    state::State,
};
use crate::{
    death::IN_ORDER,
    id::{Life, Token},
    wire::control::{ToWorker, Way},
};

/// Questions for the way to a life that is still to come. An honest worker has one
/// for each other.
#[derive(Debug, Default)]
pub(super) struct Waiting(Vec<Question>);

#[derive(Clone, Copy, Debug)]
struct Question {
    from: Life,
    request: u32,
    to: Life,
}

impl Waiting {
    /// How many of them are of that worker.
    pub(super) fn of(&self, from: Life) -> usize {
        let of_it = |question: &&Question| question.from == from;
        self.0.iter().filter(of_it).count()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// What is answered to who wants to be introduced.
enum Answer {
    Way(Way),
    /// When it is ready.
    Later,
    Never(String),
}

impl State {
    /// Introduces one worker to another.
    pub(super) fn connect(&mut self, from: Life, request: u32, to: Life) {
        let way = match self.introduce(from, to) {
            Answer::Later => {
                self.waiting.0.push(Question { from, request, to });
                return self.end_flood(from);
            }
            Answer::Way(way) => Ok(way),
            Answer::Never(why) => Err(why),
        };
        if let Some(child) = self.child(from) {
            child.answer(ToWorker::Connect { request, way });
        }
        self.end_flood(from);
    }

    /// That life is ready, or never will be: who waits for it is answered.
    pub(super) fn introduce_waiting(&mut self, to: Life) {
        let of_it = |question: &mut Question| {
            question.to.id == to.id && question.to.incarnation <= to.incarnation
        };
        let questions: Vec<_> = self.waiting.0.extract_if(.., of_it).collect();
        for Question { from, request, to } in questions {
            self.connect(from, request, to);
        }
    }

    /// That life waits for nobody any more.
    pub(super) fn waits_no_more(&mut self, from: Life) {
        self.waiting.0.retain(|question| question.from != from);
    }

    fn introduce(&self, from: Life, to: Life) -> Answer {
        let Some(from) = self.children.get(from.id.index()) else {
            return Answer::Never("who asks is unknown".to_owned());
        };
        let wanted = to;
        let Some(to) = self.children.get(wanted.id.index()) else {
            return Answer::Never("there is no such worker".to_owned());
        };
        if to.life.incarnation > wanted.incarnation {
            return Answer::Never("it has ended, and another one has taken its place".to_owned());
        }
        if to.life.incarnation < wanted.incarnation {
            return match self.supervisor.returns(wanted.id) {
                true => Answer::Later,
                false => Answer::Never(to.how.as_deref().unwrap_or_default().to_owned()),
            };
        }
        if let Some(how) = &to.how {
            return Answer::Never(how.to_string());
        }
        match (to.stage, &to.endpoint) {
            (Stage::Stopped | Stage::Ended, _) => Answer::Never(IN_ORDER.to_owned()),
            (_, None) => Answer::Later,
            (_, Some(endpoint)) => lead(from, to, endpoint.clone()),
        }
    }
}

fn lead(from: &Child, to: &Child, endpoint: crate::wire::control::Endpoint) -> Answer {
    let token = match Token::random() {
        Ok(token) => token,
        Err(error) => return Answer::Never(error.to_string()),
    };
    let announced = ToWorker::Expect {
        token,
        from: from.entry(),
        pid: from.pid(),
    };
    to.tell_for(from, announced);
    Answer::Way(Way { endpoint, token })
}
