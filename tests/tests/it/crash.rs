//! Workers that die when a test lets them.

use baseapp::{Ask, AskError, Handler, Result, RunningApp, prelude::*};
use tests::{Gate, Held, poll_once};

/// Wait at the gate with this path, and then panic.
#[message(reply = ())]
pub(crate) struct CrashAsked(pub String);

/// In a handler: waits at the gate with this path, and then panics.
pub(crate) fn pass_and_panic(gate: &str) -> ! {
    let _ = tests::pass(gate);
    panic!("as I was told");
}

/// Has a worker die, and waits until that is known.
pub(crate) async fn crash<W>(app: &RunningApp, whom: &Address<W>) -> Result<()>
where
    W: Handler<CrashAsked>,
{
    let (crash, held) = about_to_crash(app, whom).await?;
    held.release().await?;
    match crash.await {
        Err(AskError::Interrupted { .. }) => Ok(()),
        other => panic!("{other:?}"),
    }
}

/// Has a worker die as soon as it is let go on; who asked it to is answered then.
pub(crate) async fn about_to_crash<W>(
    app: &RunningApp,
    whom: &Address<W>,
) -> Result<(Ask<CrashAsked>, Held)>
where
    W: Handler<CrashAsked>,
{
    let gate = Gate::new()?;
    let mut crash = app.ask(whom, CrashAsked(gate.path()));
    assert!(poll_once(&mut crash).await.is_pending());
    let held = gate.entered().await?;
    Ok((crash, held))
}
