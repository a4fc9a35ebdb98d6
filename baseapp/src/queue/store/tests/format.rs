//! The bytes that a file is made of.

use super::{
    super::{Dead, DeadReason, Record},
    Failure,
    workload::record,
};
use crate::{task::Key, wire::codec};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// If it fails, files that are there cannot be read any more: raise `FORMAT`
/// in `queue/store/redb/front.rs`, and read the old format too.
#[test]
fn what_is_written_stays_the_same() -> Result<(), Failure> {
    let full = Record {
        due: Some(1),
        deadline: Some(2),
        key: Some(Key(3)),
        unique: Some((Key(4), Some(5))),
        deaths: 6,
        ..record(0, 7)
    };
    let dead = |reason| Dead {
        record: record(1, 0),
        reason,
        died: 8,
    };
    let encoded = |value| codec::encode(value, 4096).map(|bytes| hex(&bytes));
    assert_eq!(encoded(&full)?, FULL);
    let plain = hex(&codec::encode(&record(1, 0), 4096)?);
    assert_eq!(plain, PLAIN);
    let reasons = [
        DeadReason::Exhausted,
        DeadReason::Poison,
        DeadReason::Rejected,
        DeadReason::Expired,
        DeadReason::NoHandler,
    ];
    for (at, reason) in reasons.into_iter().enumerate() {
        let dead = hex(&codec::encode(&dead(reason), 4096)?);
        assert_eq!(dead, format!("{PLAIN}{at:02x}08"));
    }
    assert_eq!(hex(&super::super::redb::head(1)), HEAD);
    Ok(())
}

const FULL: &str = "000000000000000007070707070707070a7468756d626e61696c730c73686f703a3a526573697a6505011e000080c2d72f1e000480d095ffbc31010101020103010401050707060110617474656d70742037206661696c6564";
const PLAIN: &str = "157c4a7fb979379e07070707070707070a7468756d626e61696c730c73686f703a3a526573697a6505000080c2d72f1e000481d095ffbc310000000000000000";
const HEAD: &str = "62617365617070207461736b730d0a1a01000000000000005f029d66a875967c";
