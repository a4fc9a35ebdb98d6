//! Workers that many tests use.

use baseapp::{Result, StopError, StopProblem, WorkerDied, prelude::*};

/// The same test with real processes, whose links are shared memory or sockets, and
/// within one process.
macro_rules! twice {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            #[baseapp::test]
            async fn processes() -> baseapp::Result<()> {
                let test = tests::test!();
                super::$name(&test, baseapp::App::new(stringify!($name))).await
            }

            #[baseapp::test]
            async fn sockets() -> baseapp::Result<()> {
                let test = tests::test!();
                let app = baseapp::App::new(stringify!($name)).shared_memory(false);
                super::$name(&test, app).await
            }

            #[baseapp::test]
            async fn in_process() -> baseapp::Result<()> {
                let test = tests::test!();
                super::$name(&test, baseapp::App::new(stringify!($name)).in_process()).await
            }
        }
    )*};
}
pub(crate) use twice;

/// A number to remember.
#[message]
pub(crate) struct Note(pub u64);

/// All numbers so far.
#[message(reply = Vec<u64>)]
pub(crate) struct Notes;

/// How many numbers so far, and their sum.
#[message(reply = (u64, u64))]
pub(crate) struct Sum;

/// A number for all who listen.
#[message]
pub(crate) struct Shout(pub u64);

/// Remembers numbers.
#[worker]
#[derive(Default)]
pub(crate) struct Recorder {
    #[local]
    notes: Vec<u64>,
}

#[worker]
impl Recorder {
    #[handler(Note)]
    fn note(&mut self, Note(number): Note) {
        self.notes.push(number);
    }

    #[handler(Notes)]
    fn notes(&self, _: Notes) -> Vec<u64> {
        self.notes.clone()
    }

    #[handler(Sum)]
    fn sum(&self, _: Sum) -> (u64, u64) {
        (self.notes.len() as u64, self.notes.iter().sum())
    }

    #[handler(Shout, subscribe)]
    fn shout(&mut self, Shout(number): Shout) {
        self.notes.push(number);
    }
}

/// Wait at the gate with this path, holding the thread.
#[message(reply = ())]
pub(crate) struct Hold(pub String);

/// Wait at the gate with this path, without holding the thread.
#[message(reply = ())]
pub(crate) struct Await(pub String);

/// Answer with the text.
#[message(reply = String)]
pub(crate) struct Echo(pub String);

/// In which process?
#[message(reply = u32)]
pub(crate) struct Pid;

/// Waits when it is told to, and answers.
#[worker]
#[derive(Default)]
pub(crate) struct Holder {
    #[local]
    notes: Vec<u64>,
}

#[worker]
impl Holder {
    #[handler(Hold)]
    fn hold(&mut self, Hold(gate): Hold) -> std::io::Result<()> {
        tests::pass(&gate)
    }

    #[handler(Await)]
    async fn wait(&mut self, Await(gate): Await) -> std::io::Result<()> {
        tests::pass_async(&gate).await
    }

    #[handler(Echo)]
    fn echo(&self, Echo(text): Echo) -> String {
        text
    }

    #[handler(Pid)]
    fn pid(&self, _: Pid) -> u32 {
        std::process::id()
    }

    #[handler(Note)]
    fn note(&mut self, Note(number): Note) {
        self.notes.push(number);
    }

    #[handler(Mark)]
    fn mark(&mut self, Mark(number): Mark) {
        self.notes.push(number);
    }

    #[handler(Notes)]
    fn notes(&self, _: Notes) -> Vec<u64> {
        self.notes.clone()
    }

    #[handler(Bytes)]
    fn bytes(&mut self, Bytes(bytes): Bytes) -> u64 {
        bytes.len() as u64
    }

    #[handler(Load)]
    fn load(&mut self, Load(bytes): Load) {
        self.notes.push(bytes.len() as u64);
    }
}

/// A number to remember, and to say so.
#[message(reply = ())]
pub(crate) struct Mark(pub u64);

/// Many bytes, of which only the number comes back. Text, because it is encoded
/// as a whole, also without optimization.
#[message(reply = u64)]
pub(crate) struct Bytes(pub String);

/// Many bytes, one way.
#[message]
pub(crate) struct Load(pub String);

/// What was told of the last death?
#[message(reply = Option<WorkerDied>)]
pub(crate) struct Last;

/// Is told of deaths.
#[worker]
#[derive(Default)]
pub(crate) struct Witness {
    #[local]
    last: Option<WorkerDied>,
}

#[worker]
impl Witness {
    #[handler(WorkerDied, subscribe)]
    fn died(&mut self, died: WorkerDied) {
        self.last = Some(died);
    }

    #[handler(Last)]
    fn last(&self, _: Last) -> Option<WorkerDied> {
        self.last.clone()
    }
}

/// What was not well, as the stop says.
pub(crate) fn problems(stopped: Result<()>) -> Vec<StopProblem> {
    let Err(error) = stopped else {
        return Vec::new();
    };
    match error.downcast_ref::<StopError>() {
        Some(error) => error.problems.clone(),
        None => panic!("{error}"),
    }
}

/// How many messages were lost, as the stop says.
pub(crate) fn lost(stopped: Result<()>) -> u64 {
    let lost = problems(stopped).into_iter().map(|problem| match problem {
        StopProblem::Lost { count, .. } => count,
        other => panic!("{other}"),
    });
    lost.sum()
}
