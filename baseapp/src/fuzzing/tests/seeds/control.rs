//! What guardians say, and what the hub does.

use super::{Failure, Seeds, encoded, framed};
use crate::{
    id::{Incarnation, WorkerId},
    wire::{
        codec,
        control::{Endpoint, Entry, Sent, ToHub, ToWorker, Way},
        encoded::Encoded,
        frame::Kind,
        roster::Listed,
    },
};

pub(super) fn control(seeds: &mut Seeds) -> Result<(), Failure> {
    let sent = Sent {
        to: WorkerId(3),
        incarnation: Incarnation::FIRST,
        connection: 7,
        count: 3,
        handled: 1,
    };
    let life = |failed: Option<String>| {
        [
            ToHub::Ready(Endpoint::Memory(7)),
            ToHub::Started,
            ToHub::Connect {
                request: 1,
                to: WorkerId(3),
                incarnation: Incarnation::FIRST,
            },
            ToHub::Idle {
                round: 1,
                sent: 3,
                handled: 3,
            },
            ToHub::Idle {
                round: 2,
                sent: 3,
                handled: 3,
            },
            ToHub::Stopped {
                failed,
                lost: 0,
                open: vec![sent],
            },
            ToHub::Exit,
        ]
    };
    let mut said = |name, events: [u8; 8], messages: &[ToHub]| -> Result<(), Failure> {
        let mut bytes = [&events[..], &[255, 255]].concat();
        for message in messages {
            bytes.extend_from_slice(&framed(Kind::Control, &encoded(message)?));
        }
        seeds.push(("control", name, bytes));
        Ok(())
    };
    said("a-life", [7, 8, 0, 1, 9, 10, 0, 0], &life(None))?;
    said(
        "failed-stop",
        [7, 8, 0, 1, 9, 10, 0, 0],
        &life(Some("no".to_owned())),
    )?;
    said("dies", [7, 8, 12, 3, 0, 0, 0, 0], &life(None))?;
    said("stops-before", [7, 8, 1, 5, 11, 2, 2, 2], &life(None))?;
    said(
        "failed",
        [0; 8],
        &[ToHub::Failed("no".to_owned()), ToHub::Exit],
    )?;
    said(
        "checkpoint",
        [7, 8, 0, 0, 0, 0, 0, 0],
        &[ToHub::Checkpoint(Encoded([1, 2, 3].into())), ToHub::Exit],
    )?;
    let stopped = || ToHub::Stopped {
        failed: Some("no".to_owned()),
        lost: 1,
        open: Vec::new(),
    };
    let ready = || ToHub::Ready(Endpoint::Memory(7));
    let ended = [0, 3, 0, 0, 0, 0, 0, 0];
    said(
        "stopped-before-start",
        [7, 8, 0, 0, 0, 0, 0, 0],
        &[stopped(), ToHub::Exit],
    )?;
    said(
        "stopped-after-end",
        ended,
        &[ready(), stopped(), ToHub::Exit],
    )?;
    let twice: Vec<ToHub> = (0..20).map(|_| stopped()).collect();
    said("stopped-twice", [0; 8], &twice)?;
    said(
        "ready-twice",
        [7, 8, 13, 14, 0, 0, 0, 0],
        &[ready(), ready(), ToHub::Started, ready()],
    )?;
    let most = ToHub::Idle {
        round: 1,
        sent: u64::MAX,
        handled: u64::MAX,
    };
    said(
        "sums",
        [7, 8, 13, 14, 1, 9, 0, 0],
        &[ToHub::Exit, most.clone(), most],
    )?;
    let entry = Entry {
        id: WorkerId(2),
        incarnation: Incarnation::FIRST,
        name: "worker".to_owned(),
        worker: Some(1),
    };
    let way = Way {
        endpoint: Endpoint::Socket("/run/x".into()),
        token: codec::decode(&[0; 16])?,
    };
    let mut bytes = vec![0, 0, 0, 0, 0, 0, 0, 0, 255, 255];
    for message in [
        ToWorker::Begin {
            roster: [Listed::from(&entry)].into_iter().collect(),
            pools: Vec::new(),
        },
        ToWorker::Joined(entry),
        ToWorker::Connect {
            request: 1,
            way: Ok(way),
        },
        ToWorker::Probe { round: 1 },
        ToWorker::Stop,
    ] {
        bytes.extend_from_slice(&framed(Kind::Control, &encoded(&message)?));
    }
    seeds.push(("control", "of-the-hub", bytes));
    Ok(())
}
