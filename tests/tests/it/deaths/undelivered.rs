//! What was sent to a worker that died comes back, or is reported.

use baseapp::{Result, StopProblem, prelude::*};
use tests::{Gate, Test, proc};

use super::mortal::Mortal;
use crate::common::{Hold, Load, problems};

/// Fill the link of that worker until it takes no more: so many messages.
#[message(reply = u64)]
struct Fill;

/// What came back so far: lengths.
#[message(reply = Vec<u64>)]
struct CameBack;

#[worker]
#[derive(Default)]
struct Sender {
    #[local]
    back: Vec<u64>,
}

#[worker]
impl Sender {
    #[handler(Fill)]
    fn fill(&mut self, _: Fill, cx: &Context<Self>) -> u64 {
        let mut sent = 0;
        // Larger than what a socket holds in all, so that some never leave.
        while cx.try_send("target", Load("0".repeat(1000 + sent))).is_ok() {
            sent += 1;
        }
        sent as u64
    }

    #[undelivered(Load)]
    fn back(&mut self, Load(bytes): Load) {
        self.back.push(bytes.len() as u64);
    }

    #[handler(CameBack)]
    fn came_back(&self, _: CameBack) -> Vec<u64> {
        self.back.clone()
    }
}

/// Takes loads, once it is let.
#[worker(restart = "temporary")]
struct Target;

#[worker]
impl Target {
    #[handler(Hold)]
    fn hold(&mut self, Hold(gate): Hold) -> std::io::Result<()> {
        tests::pass(&gate)
    }

    #[handler(Load)]
    fn load(&mut self, _: Load) {}
}

async fn killed_while_full(test: &Test) -> Result<(Vec<u64>, u64, u64)> {
    let gate = Gate::new()?;
    let mut app = App::new("undelivered");
    let target = app.worker("target", Target)?;
    let sender = app.worker("sender", Sender::default())?;
    app.worker("bystander", Mortal)?;
    let app = app.start().await?;
    // The sender's connection is made before the target holds its thread.
    app.send(&target, Hold(gate.path())).await?;
    let held = gate.entered().await?;
    let sent = app.ask(&sender, Fill).await?;
    proc::kill(test.worker("target").unwrap_or(0))?;
    drop(held);
    let back = loop {
        let back = app.ask(&sender, CameBack).await?;
        if back.last().is_some_and(|last| *last == 999 + sent) {
            break back;
        }
    };
    let problems = problems(app.stop().await);
    assert!(!problems.is_empty(), "all was well");
    let lost = problems.into_iter().find_map(|problem| match problem {
        StopProblem::Lost { name, count } if name == "sender" => Some(count),
        _ => None,
    });
    Ok((back, sent, lost.unwrap_or(0)))
}

#[baseapp::test]
async fn messages_that_never_left_come_back_in_order() -> Result<()> {
    let (back, sent, lost) = killed_while_full(&tests::test!()).await?;
    let expected: Vec<u64> = (0..sent).map(|at| 1000 + at).collect();
    assert!(!back.is_empty() && expected.ends_with(&back), "{back:?}");
    // The others left and were never handled: nobody hides that.
    assert_eq!(back.len() as u64 + lost, sent);
    Ok(())
}
