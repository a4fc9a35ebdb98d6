//! What the notes of a message cost; run by hand, in release:
//! `cargo test --release -p baseapp --lib blackbox -- --ignored --nocapture`.

use std::{hint::black_box, io, time::Instant};

use super::super::{InHand, Page, Slot, platform};
use crate::id::{Incarnation, WorkerId};

const ROUNDS: u64 = 20_000_000;

fn measure(what: &str, mut round: impl FnMut(u64)) {
    let begin = Instant::now();
    (0..ROUNDS).for_each(|number| round(black_box(number)));
    let nanos = begin.elapsed().as_secs_f64() * 1e9 / ROUNDS as f64;
    println!("{what:<40} {nanos:6.2} ns");
}

#[inline(always)]
fn message(page: &Page, slot: &Slot, number: u64, now: Option<u64>) {
    page.begin_at(InHand::Handler(number as u16), now);
    slot.start();
    black_box(number);
    slot.finish();
    page.end();
}

#[test]
#[ignore = "measures"]
fn the_notes_of_a_message() -> io::Result<()> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("page");
    Page::create(&path, 124)?;
    for (place, page) in [
        ("file", Page::open(&path)?),
        ("memory", Page::in_memory(124)),
    ] {
        let slot = page.open_slot(WorkerId(1), Incarnation(1), 1);
        let slot = slot.ok_or(io::ErrorKind::OutOfMemory)?;
        println!("{place}:");
        measure("no clock", |number| message(&page, &slot, number, None));
        measure("coarse clock", |number| {
            message(&page, &slot, number, Some(platform::clock()));
        });
        measure("coarse clock, every 8th", |number| {
            let now = number.is_multiple_of(8).then(platform::clock);
            message(&page, &slot, number, now);
        });
    }
    measure("coarse clock alone", |_| {
        black_box(platform::clock());
    });
    measure("loop alone", |number| {
        black_box(number);
    });
    measure("one addition at once", {
        let counter = black_box(std::sync::atomic::AtomicU64::new(0));
        move |number| {
            counter.fetch_add(number, std::sync::atomic::Ordering::Relaxed);
        }
    });
    Ok(())
}
