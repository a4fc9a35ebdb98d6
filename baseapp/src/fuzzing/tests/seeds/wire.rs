//! Frames, values, and what connections begin with.

use std::io;

use super::{
    super::super::{BUILD, LINK_OPTIONS},
    Failure, Seeds, encoded, framed,
};
use crate::{
    blackbox::{InHand, Page},
    id::{Incarnation, RunId, WorkerId},
    process::Bootstrap,
    wire::{
        codec,
        control::Endpoint,
        encoded::Encoded,
        frame::{self, Fields, Header, Kind},
        hello::{Build, Hello, Refusal, Welcome},
    },
};

pub(super) fn frames(seeds: &mut Seeds) -> Result<(), Failure> {
    let fields = Fields {
        deadline: Some(1 << 40),
        chain: vec![WorkerId(2), WorkerId(7)],
    };
    let mut bytes = framed(Kind::Message, b"hello");
    frame::write(&mut bytes, Header::new(Kind::Ask, 1, 2), &fields, |out| {
        out.extend_from_slice(b"how many?");
        Ok::<_, io::Error>(())
    })?;
    bytes.extend_from_slice(&framed(Kind::Ended, &[]));
    seeds.push((
        "frames",
        "three",
        [&[0, 0, 255, 255, 255, 255][..], &bytes].concat(),
    ));
    seeds.push((
        "frames",
        "in-cuts",
        [&[1, 0, 1, 0, 7, 16][..], &bytes].concat(),
    ));
    seeds.push((
        "frames",
        "torn",
        [&[0, 0, 20][..], &bytes[..bytes.len() - 3]].concat(),
    ));
    let mut giant = framed(Kind::Message, &[]);
    giant[..4].copy_from_slice(&(90_u32 * 1024).to_le_bytes());
    seeds.push((
        "frames",
        "long",
        [&[0, 0xff, 255, 255, 255, 255][..], &giant].concat(),
    ));
    seeds.push((
        "frames",
        "too-long",
        [&[0, 0, 0, 0, 0, 0][..], &[0xff; 20]].concat(),
    ));
    Ok(())
}

pub(super) fn decode(seeds: &mut Seeds) {
    // One element of each variant, with as many ones as it may take.
    let mut each = vec![43];
    for variant in 0..43 {
        each.extend_from_slice(&[variant, 1, 1, 1, 1, 1, 1, 1]);
    }
    seeds.push(("decode", "each", each));
    seeds.push((
        "decode",
        "scalars",
        vec![4, 3, 1, 2, 3, 4, 5, 4, 1, 2, 3, 4, 5, 6, 65, 0],
    ));
    // Ten billion, as postcard writes a length.
    let many = [0x80, 0xc8, 0xaf, 0xa0, 0x25];
    for (name, variant) in [("units", 25), ("linked", 27), ("hashed", 33), ("pages", 30)] {
        seeds.push(("decode", name, [&[1, variant][..], &many].concat()));
    }
    seeds.push(("decode", "ten-billion", many.to_vec()));
    // 260,000 nodes without bytes: as many as may be.
    seeds.push(("decode", "most-linked", vec![1, 27, 0xa0, 0xef, 0x0f]));
    // A million of them, which are too many.
    seeds.push(("decode", "too-many-linked", vec![1, 27, 0xc0, 0x84, 0x3d]));
    seeds.push(("decode", "deep", [vec![1], vec![39; 200]].concat()));
    seeds.push(("decode", "tree", [vec![1, 42], vec![1; 140]].concat()));
    seeds.push(("decode", "trailing", vec![1, 0, 9]));
}

pub(super) fn hello(seeds: &mut Seeds) -> Result<(), Failure> {
    // A token that is the same in every run.
    let zeros: Hello = codec::decode(&[0; 21])?;
    let from = WorkerId(2);
    let hello = Hello {
        build: BUILD,
        from,
        ..zeros
    };
    let said = framed(Kind::Hello, &encoded(&hello)?);
    let then = [&said[..], &framed(Kind::Message, b"first")].concat();
    let head = [0, 0, 255, 255, 255];
    seeds.push(("hello", "welcome", [&head[..], &then].concat()));
    seeds.push(("hello", "in-cuts", [&[0, 0, 0, 1, 30][..], &then].concat()));
    seeds.push((
        "hello",
        "refused",
        [&[0, 2, 255, 255, 255][..], &said].concat(),
    ));
    let other = Hello {
        build: Build { build: 9, ..BUILD },
        ..hello
    };
    let other = framed(Kind::Hello, &encoded(&other)?);
    seeds.push(("hello", "another-build", [&head[..], &other].concat()));
    seeds.push((
        "hello",
        "another-user",
        [&[5, 0, 255, 255, 255][..], &said].concat(),
    ));
    let knock = [6, 0, 255, 255, 255];
    let refused = framed(
        Kind::Refused,
        &encoded(&Refusal::Protocol { ours: 1, theirs: 2 })?,
    );
    seeds.push(("hello", "is-refused", [&knock[..], &refused].concat()));
    let welcome = [
        framed(Kind::Welcome, &encoded(&Welcome::default())?),
        framed(Kind::Message, b"first"),
    ]
    .concat();
    seeds.push(("hello", "is-welcome", [&knock[..], &welcome].concat()));
    Ok(())
}

/// Where in a page it stands when what is in hand began.
const SINCE: std::ops::Range<usize> = 80..88;

pub(super) fn black_box(seeds: &mut Seeds) {
    let page = Page::in_memory(3);
    seeds.push(("black_box", "new", page.to_bytes()));
    let slots = [(2, 7), (3, 9)]
        .map(|(peer, connection)| page.open_slot(WorkerId(peer), Incarnation::FIRST, connection));
    for (route, slot) in (5..).zip(slots.iter().flatten()) {
        page.begin(InHand::Handler(route));
        slot.start();
    }
    let mut bytes = page.to_bytes();
    // When that began is the host's time, and no seed.
    bytes[SINCE].fill(1);
    let torn = bytes[..bytes.len() - 40].to_vec();
    seeds.push(("black_box", "in-hand", bytes));
    seeds.push(("black_box", "torn", torn));
}

pub(super) fn bootstrap(seeds: &mut Seeds) -> Result<(), Failure> {
    let bootstrap = Bootstrap {
        build: BUILD,
        run: RunId(7),
        id: WorkerId(2),
        incarnation: Incarnation::FIRST,
        name: "printer".to_owned(),
        pool: Some(1),
        worker: "app::Printer".to_owned(),
        init: Encoded([1, 2, 3].into()),
        hub: Endpoint::Socket("/run/hub".into()),
        token: codec::decode(&[0; 16])?,
        socket: "/run/worker".into(),
        black_box: "/run/page".into(),
        parent: 1,
        link_options: LINK_OPTIONS,
    };
    let bytes = bootstrap.to_bytes()?;
    seeds.push(("bootstrap", "whole", [&[1, 254][..], &bytes].concat()));
    seeds.push(("bootstrap", "value", [&[0, 3][..], &bytes[12..]].concat()));
    seeds.push((
        "bootstrap",
        "and-more",
        [&[1, 0][..], &bytes, b"rest"].concat(),
    ));
    seeds.push(("bootstrap", "torn", [&[1, 9][..], &bytes[..40]].concat()));
    Ok(())
}
