//! A death is noticed at once by everyone who waits for the dead, and told as
//! what it was.

use std::time::{Duration, Instant};

use baseapp::{AskError, Result, SendErrorKind, prelude::*};
use tests::{Gate, Test, proc};

use super::mortal::{Die, DieOneWay, How, Mortal, Ping, deaths};
use crate::common::{Hold, Note};

/// The asker learns how, later sends are refused with it, and the stop says it.
async fn dies_of(test: &Test, how: How, said: &str) -> Result<Vec<String>> {
    let mut app = App::new("deaths");
    let mortal = app.worker("mortal", Mortal)?;
    let other = app.worker("other", Mortal)?;
    let app = app.start().await?;
    let (dir, start) = (test.run_dir(), Instant::now());
    assert_eq!(app.ask(&mortal, Ping).await?, 7);
    let asked = app.ask(&mortal, Die(how)).await;
    let Err(AskError::Interrupted { to, how }) = asked else {
        panic!("{asked:?}")
    };
    assert!(
        to == "mortal" && how.contains(said),
        "an ask ended with: {how}"
    );
    assert!(start.elapsed() < Duration::from_secs(5), "noticed late");

    let Err(error) = app.send(&mortal, Note(1)).await else {
        panic!("sent to the dead")
    };
    let SendErrorKind::Ended(how) = error.kind else {
        panic!("{error}")
    };
    assert!(how.contains(said), "a send ended with: {how}");
    let asked = app.ask("mortal", Ping).await;
    let Err(AskError::NotDelivered(error)) = asked else {
        panic!("{asked:?}")
    };
    assert!(matches!(error.kind, SendErrorKind::Ended(_)), "{error}");
    assert_eq!(app.ask(&other, Ping).await?, 7, "the others live on");

    let deaths = deaths(app.stop().await);
    assert!(
        dir.is_some_and(|dir| !dir.exists()),
        "the run directory is left"
    );
    let [(name, how, stderr)] = &deaths[..] else {
        panic!("{deaths:?}")
    };
    assert!(
        name == "mortal" && how.contains(said),
        "the stop said: {how}"
    );
    Ok(stderr.clone())
}

#[baseapp::test]
async fn a_kill_is_told_as_a_kill() -> Result<()> {
    let stderr = dies_of(&tests::test!(), How::Kill, "signal 9 (SIGKILL)").await?;
    assert!(
        stderr.iter().any(|line| line == "these are my last words"),
        "{stderr:?}"
    );
    Ok(())
}

#[baseapp::test]
async fn a_panic_is_told_with_its_text_and_place() -> Result<()> {
    let test = tests::test!();
    let place = "deaths/mortal.rs:";
    let stderr = dies_of(&test, How::Panic, place).await?;
    assert!(!stderr.is_empty(), "its last words are kept");
    Ok(())
}

#[baseapp::test]
async fn an_abort_is_told_as_its_signal() -> Result<()> {
    dies_of(&tests::test!(), How::Abort, "signal 6 (SIGABRT)").await?;
    Ok(())
}

#[baseapp::test]
async fn a_segmentation_fault_is_told_as_its_signal() -> Result<()> {
    dies_of(&tests::test!(), How::Segfault, "signal 11 (SIGSEGV)").await?;
    Ok(())
}

#[baseapp::test]
async fn an_exit_with_zero_is_a_death() -> Result<()> {
    dies_of(&tests::test!(), How::Exit(0), "exited with code 0").await?;
    Ok(())
}

#[baseapp::test]
async fn an_exit_with_a_code_is_told_with_it() -> Result<()> {
    dies_of(&tests::test!(), How::Exit(42), "exited with code 42").await?;
    Ok(())
}

#[baseapp::test]
async fn a_stack_overflow_is_told_as_one() -> Result<()> {
    let stderr = dies_of(&tests::test!(), How::StackOverflow, "signal 6 (SIGABRT)").await?;
    let said = stderr
        .iter()
        .any(|line| line.contains("overflowed its stack"));
    assert!(said, "{stderr:?}");
    Ok(())
}

#[baseapp::test]
async fn a_panic_in_a_message_without_a_reply_is_a_death_too() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("deaths");
    let mortal = app.worker("mortal", Mortal)?;
    let app = app.start().await?;
    app.send(&mortal, DieOneWay(How::Panic)).await?;
    let asked = app.ask(&mortal, Ping).await;
    assert!(asked.is_err(), "{asked:?}");
    let deaths = deaths(app.stop().await);
    assert!(deaths[0].1.contains("out of cheese"), "{deaths:?}");
    Ok(())
}

#[baseapp::test]
async fn every_ask_of_a_killed_worker_has_one_outcome() -> Result<()> {
    let test = tests::test!();
    let gate = Gate::new()?;
    let mut app = App::new("deaths");
    let mortal = app.worker("mortal", Mortal)?;
    let app = app.start().await?;
    let held = app.ask(&mortal, Hold(gate.path()));
    let asks = (0..100).map(|_| Box::pin(app.ask(&mortal, Ping)));
    let mut asks: Vec<_> = asks.collect();
    let kill = async {
        let _held = gate.entered().await?;
        for ask in &mut asks {
            assert!(tests::poll_once(ask).await.is_pending());
        }
        let pid = test.worker("mortal").unwrap_or(0);
        Ok::<(), baseapp::Error>(proc::kill(pid)?)
    };
    let (held, killed) = tokio::join!(held, kill);
    killed?;
    assert!(
        matches!(held, Err(AskError::Interrupted { .. })),
        "{held:?}"
    );
    for ask in asks {
        let outcome = ask.await;
        let lost = matches!(
            outcome,
            Err(AskError::Interrupted { .. } | AskError::NotDelivered(_))
        );
        assert!(lost, "{outcome:?}");
    }
    assert_eq!(deaths(app.stop().await).len(), 1);
    Ok(())
}

/// Ask the mortal from another worker: how did that end?
#[message(reply = String)]
struct AskFor(How);

#[worker]
struct Witness;

#[worker]
impl Witness {
    #[handler(AskFor)]
    async fn ask_for(&mut self, AskFor(how): AskFor, cx: &Context<Self>) -> String {
        format!("{:?}", cx.ask("mortal", Die(how)).await)
    }
}

#[baseapp::test]
async fn another_worker_that_waits_learns_how_it_died() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("deaths");
    app.worker("mortal", Mortal)?;
    let witness = app.worker("witness", Witness)?;
    let app = app.start().await?;
    let said = app.ask(&witness, AskFor(How::Panic)).await?;
    assert!(said.contains("out of cheese"), "{said}");
    assert_eq!(deaths(app.stop().await).len(), 1);
    Ok(())
}

#[baseapp::test]
async fn what_was_answered_is_not_called_lost() -> Result<()> {
    let test = tests::test!();
    let mut app = App::new("deaths");
    let mortal = app.worker("mortal", Mortal)?;
    let app = app.start().await?;
    for number in 0..10 {
        app.send(&mortal, Note(number)).await?;
        // Handled, and so is all that was sent before it.
        app.ask(&mortal, Ping).await?;
    }
    proc::kill(test.worker("mortal").unwrap_or(0))?;
    while app.ask(&mortal, Ping).await.is_ok() {}
    let Err(error) = app.stop().await else {
        panic!("all was well")
    };
    assert!(!error.to_string().contains("lost"), "{error}");
    Ok(())
}

/// The race between the reply and the end of the connection, again and again.
#[baseapp::test]
async fn a_reply_that_was_written_before_a_kill_arrives() -> Result<()> {
    let _test = tests::test!();
    for _ in 0..20 {
        let mut app = App::new("deaths");
        let brief = app.worker("brief", Brief)?;
        let app = app.start().await?;
        let mut own = Box::pin(app.ask(&brief, Last(5)));
        assert!(tests::poll_once(&mut own).await.is_pending());
        app.try_send(&brief, Leave)?;
        // Not read any more: must not cost the reply that was written.
        app.try_send(&brief, Note(1))?;
        assert_eq!(own.await?, 5);
        assert_eq!(deaths(app.stop().await).len(), 1);
    }
    Ok(())
}

#[baseapp::test]
async fn a_reply_leaves_while_the_handler_after_it_holds_the_thread() -> Result<()> {
    let test = tests::test!();
    let mut app = App::new("deaths");
    let brief = app.worker("brief", Brief)?;
    let app = app.start().await?;
    let mut own = Box::pin(app.ask(&brief, Last(5)));
    assert!(tests::poll_once(&mut own).await.is_pending());
    app.try_send(&brief, Note(1))?; // for ever
    assert_eq!(own.await?, 5);
    proc::kill(test.worker("brief").unwrap_or(0))?;
    assert_eq!(deaths(app.stop().await).len(), 1);
    Ok(())
}

/// Answer.
#[message(reply = u64)]
struct Last(u64);

/// Die as soon as the last answer has left.
#[message]
struct Leave;

#[worker(restart = "temporary")]
struct Brief;

#[worker]
impl Brief {
    #[handler(Last)]
    fn last(&mut self, Last(number): Last) -> u64 {
        number
    }

    #[handler(Leave)]
    async fn leave(&mut self, _: Leave) {
        // What was said leaves when a handler waits, before it goes on.
        tokio::task::yield_now().await;
        drop(proc::kill(std::process::id()));
        std::future::pending().await
    }

    #[handler(Note)]
    fn note(&mut self, _: Note) {
        loop {
            std::thread::park();
        }
    }
}
