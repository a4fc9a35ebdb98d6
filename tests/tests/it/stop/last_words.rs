//! What `#[stop]` hooks send and ask at the end.

use std::time::Duration;

use baseapp::{Result, prelude::*};
use tests::{Gate, Test};

use crate::common::{Hold, Note, Recorder, Sum, twice};

twice!(
    a_stop_hook_may_ask_those_that_started_before,
    what_a_stop_hook_sends_to_those_that_started_before_is_handled,
);

/// When it stops, sends so many, and asks for their sum, if that is wanted.
#[worker]
struct LastWill {
    heir: Address<Recorder>,
    count: u64,
    asks: bool,
    gate: String,
}

#[worker]
impl LastWill {
    #[stop]
    async fn stop(&mut self, cx: &Context<Self>) -> Result<()> {
        for number in 1..=self.count {
            cx.send(&self.heir, Note(number)).await?;
        }
        if self.asks {
            let sum = cx.ask(&self.heir, Sum).await?;
            tests::leave_word(&self.gate, &format!("{sum:?}"))?;
        }
        Ok(())
    }
}

async fn a_stop_hook_may_ask_those_that_started_before(_: &Test, mut app: App) -> Result<()> {
    let gate = Gate::new()?;
    let heir = app.worker("heir", Recorder::default())?;
    let gate_path = gate.path();
    app.worker(
        "will",
        LastWill {
            heir,
            count: 100,
            asks: true,
            gate: gate_path,
        },
    )?;
    app.start().await?.stop().await?;
    assert_eq!(gate.word().await?, "(100, 5050)");
    Ok(())
}

/// Holds its thread while more comes, and tells at the end what came.
#[worker]
struct SlowHeir {
    gate: String,
    word: String,
    #[local]
    sum: u64,
}

#[worker]
impl SlowHeir {
    #[handler(Hold)]
    fn hold(&mut self, Hold(gate): Hold) -> std::io::Result<()> {
        tests::pass(&gate)
    }

    #[handler(Note)]
    fn note(&mut self, Note(number): Note) {
        self.sum += number;
    }

    #[stop]
    fn stop(&mut self) -> Result<()> {
        Ok(tests::leave_word(&self.word, &self.sum.to_string())?)
    }
}

/// When it stops, makes the heir hold, and then sends more.
#[worker]
struct SlowWill {
    heir: Address<SlowHeir>,
    gate: String,
    held: String,
}

#[worker]
impl SlowWill {
    #[stop]
    async fn stop(&mut self, cx: &Context<Self>) -> Result<()> {
        cx.send(&self.heir, Hold(self.gate.clone())).await?;
        // Until the test has seen that the heir holds its thread.
        tests::pass_async(&self.held).await?;
        for _ in 0..3 {
            cx.send(&self.heir, Note(1)).await?;
        }
        Ok(())
    }
}

async fn what_a_stop_hook_sends_to_those_that_started_before_is_handled(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let (gate, held, word) = (Gate::new()?, Gate::new()?, Gate::new()?);
    let (gate_path, word_path) = (gate.path(), word.path());
    let heir = SlowHeir {
        gate: gate_path.clone(),
        word: word_path,
        sum: 0,
    };
    let heir = app.worker("heir", heir)?;
    let will = SlowWill {
        heir,
        gate: gate_path,
        held: held.path(),
    };
    app.worker("will", will)?;
    let app = app.start().await?;
    let hold = async {
        let holds = gate.entered().await?;
        held.entered().await?.release().await?;
        // Until the will has ended, and the heir was told to stop: nothing
        // tells that to a test.
        tokio::time::sleep(Duration::from_millis(200)).await;
        holds.release().await?;
        Ok::<(), baseapp::Error>(())
    };
    let (stopped, held) = tokio::join!(app.stop(), hold);
    held?;
    assert_eq!((word.word().await?.as_str(), stopped.is_ok()), ("3", true));
    Ok(())
}
