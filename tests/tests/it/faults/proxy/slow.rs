//! Bytes that come late, one at a time, or not at all for a while.

use std::time::Duration;

use baseapp::{AskError, Result, SendErrorKind, prelude::*};
use tests::{
    Random, Test, poll_once, proc,
    proxy::{At, Fault, Faults, Proxy},
};

use super::start;
use crate::common::{Echo, Load, Mark, Note, Notes};

/// Messages and asks arrive in order, whole, and over one connection.
async fn nothing_is_noticed(
    test: &Test,
    faults: impl FnMut(u64) -> Faults + Send + 'static,
) -> Result<()> {
    let (app, holder, proxy) = start(test, faults).await?;
    for round in 0..10 {
        let mut asks = Vec::new();
        for number in 30 * round..30 * (round + 1) {
            if number % 10 == 9 {
                let mut ask = app.ask(&holder, Mark(number));
                assert!(poll_once(&mut ask).await.is_pending());
                asks.push(ask);
            } else {
                app.send(&holder, Note(number)).await?;
            }
        }
        for ask in asks {
            ask.await?;
        }
    }
    let text: String = ('a'..='z').cycle().take(20_000).collect();
    assert_eq!(app.ask(&holder, Echo(text.clone())).await?, text);
    let notes = app.ask(&holder, Notes).await?;
    assert_eq!(notes, (0..300).collect::<Vec<_>>());
    assert_eq!(proxy.connections(), 1);
    app.stop().await
}

#[baseapp::test]
async fn one_byte_at_a_time_is_as_good_as_all_at_once() -> Result<()> {
    let faults = |_| Faults {
        out: Fault::Bytewise,
        back: Fault::Bytewise,
    };
    nothing_is_noticed(&tests::test!(), faults).await
}

#[baseapp::test]
async fn what_is_late_arrives_in_order() -> Result<()> {
    let faults = |_| Faults {
        out: Fault::Late(Random::new(0x5eed)),
        back: Fault::Late(Random::new(0xdeed)),
    };
    nothing_is_noticed(&tests::test!(), faults).await
}

/// Sends until there is no room: how many messages were taken, of 1000 bytes and
/// one more each.
fn fill(app: &baseapp::RunningApp, holder: &Address<crate::common::Holder>) -> Result<usize> {
    let mut taken = 0;
    loop {
        match app.try_send(holder, Load("x".repeat(1000 + taken))) {
            Ok(()) => taken += 1,
            Err(error) if matches!(error.kind, SendErrorKind::Full) => return Ok(taken),
            Err(error) => return Err(error.into()),
        }
    }
}

/// For a while nobody reads in that direction: senders are told so, memory is
/// bounded, and then everything goes on.
async fn waits_and_goes_on(test: &Test, fault: fn(Fault) -> Faults) -> Result<()> {
    let at = At { frame: 2, byte: 0 };
    let (app, holder, proxy) = start(test, move |_| fault(Fault::Stall(at))).await?;
    app.ask(&holder, Mark(0)).await?;
    let taken = fill_slowly(&app, &holder, &proxy).await?;
    // The window, and the message that crosses the line.
    let bytes = (0..taken).map(|number| 1000 + number).sum::<usize>();
    assert!(bytes < (1 << 20) + 4096, "{bytes} bytes were taken");
    for _ in 0..3 {
        let brief = Duration::from_millis(50);
        let asked = app.ask(&holder, Mark(1)).timeout(brief).await;
        assert!(matches!(asked, Err(AskError::NotDelivered(_))), "{asked:?}");
        let sent = app.send(&holder, Note(2)).timeout(brief).await;
        let kind = sent.map_err(|error| error.kind);
        assert!(matches!(kind, Err(SendErrorKind::Full)), "{kind:?}");
    }
    proxy.go_on();
    app.send(&holder, Note(3)).await?;
    let notes = app.ask(&holder, Notes).await?;
    let loads = (0..taken).map(|number| 1000 + number as u64);
    let expected: Vec<_> = [0].into_iter().chain(loads).chain([3]).collect();
    assert_eq!(notes, expected);
    assert_eq!(proxy.connections(), 1);
    app.stop().await
}

/// Fills the window, also where the worker goes on reading: it says so, and nobody
/// hears it.
async fn fill_slowly(
    app: &baseapp::RunningApp,
    holder: &Address<crate::common::Holder>,
    proxy: &Proxy,
) -> Result<usize> {
    let before = proc::memory(std::process::id());
    let taken = fill(app, holder)?;
    assert_eq!(proxy.connections(), 1);
    // Long enough for a worker that could be heard to make room.
    let patience = Duration::from_millis(300);
    let asked = app.ask(holder, Mark(1)).timeout(patience).await;
    assert!(asked.is_err());
    println!(
        "{} KiB more memory",
        proc::memory(std::process::id()).saturating_sub(before) >> 10
    );
    Ok(taken)
}

#[baseapp::test]
async fn who_does_not_read_is_waited_for_within_the_window() -> Result<()> {
    waits_and_goes_on(&tests::test!(), Faults::out).await
}

#[baseapp::test]
async fn who_is_not_heard_is_waited_for_within_the_window() -> Result<()> {
    waits_and_goes_on(&tests::test!(), Faults::back).await
}
