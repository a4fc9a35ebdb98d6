//! Bits that flip on their way. Nothing finds all of them: sockets of one machine
//! do not flip bits, and frames have no checksums. But nobody crashes or hangs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use baseapp::{AskError, Result, prelude::*};
use tests::{
    Test,
    proxy::{At, Fault, Faults, Proxy},
    raw,
};

use super::{broken_by, start};
use crate::common::{Echo, Holder};

const KIND: u64 = 4;
const FLAGS: u64 = 5;
/// The highest byte of the length.
const LENGTH: u64 = 3;

/// Flips that make a header one that cannot be.
const IMPOSSIBLE: [(u64, u8); 5] = [
    (KIND, 0x80),
    (KIND, 0x20),
    (FLAGS, 0x80),
    (LENGTH, 0x80),
    (LENGTH, 0x08),
];

fn second(byte: u64, mask: u8) -> Fault {
    Fault::flip(At { frame: 2, byte }, mask)
}

#[baseapp::test]
async fn a_message_that_cannot_be_closes_the_connection() -> Result<()> {
    let flips = IMPOSSIBLE.map(|(byte, mask)| Faults::out(second(byte, mask)));
    let broken = broken_by(&tests::test!(), flips.into()).await?;
    assert_eq!(broken.notes, [0, 2, 4, 6, 8, 10], "the others");
    Ok(())
}

#[baseapp::test]
async fn a_reply_that_cannot_be_closes_the_connection_with_the_reason() -> Result<()> {
    let flips = IMPOSSIBLE.map(|(byte, mask)| Faults::back(second(byte, mask)));
    let broken = broken_by(&tests::test!(), flips.into()).await?;
    let expected = [
        "unknown kind",
        "unknown kind",
        "unknown flags",
        "a frame of",
        "a frame of",
    ];
    for (told, expected) in broken.told.iter().zip(expected) {
        assert!(told.contains(expected), "{told}");
    }
    assert_eq!(broken.notes, (0..=10).collect::<Vec<_>>());
    Ok(())
}

/// Which bit of a frame is to flip next, in one direction.
#[derive(Clone, Default)]
struct Aim(Arc<AtomicU64>);

impl Aim {
    const NONE: u64 = u64::MAX;

    fn at(&self, bit: u64) {
        self.0.store(bit, Ordering::Release);
    }

    /// Flips it, once.
    fn fault(&self) -> Fault {
        let aim = self.clone();
        Fault::Bend(Box::new(move |at, byte| {
            let bit = aim.0.load(Ordering::Acquire);
            if bit != Aim::NONE && at.frame > 0 && at.byte == bit / 8 {
                *byte ^= 1 << (bit % 8);
                aim.at(Aim::NONE);
            }
        }))
    }
}

/// Each bit of one byte of a header flips, each on a connection of its own.
async fn flip_byte(
    app: &baseapp::RunningApp,
    holder: &Address<Holder>,
    proxy: &Proxy,
    (aim, byte): (&Aim, u64),
) -> Result<()> {
    for bit in 0..8 {
        let echo = || Echo("hello".into());
        while app.ask(holder, echo()).await.is_err() {}
        aim.at(8 * byte + bit);
        // It ends, in whatever way: a length that is greater than it was looks like
        // a message that has not come yet.
        let asked = app.ask(holder, echo()).timeout(Duration::from_millis(300));
        if let Ok(answer) = asked.await {
            assert_eq!(answer, "hello", "bit {bit} of byte {byte}");
        }
        proxy.cut();
    }
    Ok(())
}

/// As many workers as there are bytes in a header: at the same time.
async fn flip_headers(test: &Test, fault: fn(Fault) -> Faults) -> Result<()> {
    let mut app = App::new("bits").grace(Duration::from_secs(2));
    let mut holders = Vec::new();
    for byte in 0..raw::HEADER {
        holders.push(app.worker(format!("holder-{byte}"), Holder::default())?);
    }
    let app = Arc::new(app.start().await?);
    let mut flips = tokio::task::JoinSet::new();
    for (byte, holder) in (0..).zip(holders) {
        let aim = Aim::default();
        aim.at(Aim::NONE);
        let bent = aim.clone();
        let proxy = Proxy::before(test, holder.name(), move |_| fault(bent.fault()))?;
        let app = Arc::clone(&app);
        flips.spawn(async move { flip_byte(&app, &holder, &proxy, (&aim, byte)).await });
    }
    for flipped in flips.join_all().await {
        flipped?;
    }
    let app = Arc::into_inner(app).ok_or_else(|| baseapp::Error::msg("somebody has it"))?;
    if let Err(error) = app.stop().await {
        println!("{error}");
    }
    Ok(())
}

#[baseapp::test]
async fn whichever_bit_of_a_message_s_header_flips_nobody_dies() -> Result<()> {
    flip_headers(&tests::test!(120), Faults::out).await
}

#[baseapp::test]
async fn whichever_bit_of_a_reply_s_header_flips_nobody_dies() -> Result<()> {
    flip_headers(&tests::test!(120), Faults::back).await
}

/// Each bit behind a header flips, all over one connection.
async fn flip_payload(test: &Test, fault: fn(Fault) -> Faults, fields: usize) -> Result<()> {
    let aim = Aim::default();
    aim.at(Aim::NONE);
    let bent = aim.clone();
    let (app, holder, proxy) = start(test, move |_| fault(bent.fault())).await?;
    assert_eq!(app.ask(&holder, Echo("hello".into())).await?, "hello");
    let payload = raw::HEADER + fields;
    // Its length, and the text.
    let end = payload + 1 + "hello".len();
    let (mut others, mut refused) = (0, 0);
    for bit in 8 * raw::HEADER..8 * end {
        aim.at(bit as u64);
        match app.ask(&holder, Echo("hello".into())).await {
            Ok(answer) if answer == "hello" => assert!(bit < 8 * payload, "bit {bit}"),
            Ok(_) => others += 1,
            Err(AskError::Codec { to, .. }) => {
                assert_eq!(to, "holder");
                refused += 1;
            }
            // The deadline.
            Err(AskError::Timeout { .. }) => assert!(bit < 8 * payload, "bit {bit}"),
            Err(error) => panic!("bit {bit}: {error:?}"),
        }
    }
    println!("{others} other texts, {refused} refused");
    assert!(others > 0 && refused > 0);
    assert_eq!(proxy.connections(), 1);
    app.stop().await
}

#[baseapp::test]
async fn a_message_with_a_flipped_bit_is_another_one_or_refused() -> Result<()> {
    let deadline = size_of::<u64>();
    flip_payload(&tests::test!(), Faults::out, deadline).await
}

#[baseapp::test]
async fn a_reply_with_a_flipped_bit_is_another_one_or_refused() -> Result<()> {
    flip_payload(&tests::test!(), Faults::back, 0).await
}
