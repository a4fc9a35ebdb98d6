//! The black box of a worker that may have written anything into it.

use crate::blackbox::Snapshot;

/// Whatever is in the page, a snapshot says only what can be.
pub fn black_box(data: &[u8]) {
    let Some(snapshot) = Snapshot::from_bytes(data) else {
        return;
    };
    let mut slots = 0;
    for slot in snapshot.slots() {
        slots += 1;
        assert!(slot.connection != 0 && slot.finished <= slot.started);
        if let Some(found) = snapshot.of_connection(slot.connection) {
            assert_eq!(found, slot, "one connection has one place");
        }
    }
    assert!(
        slots * 8 <= data.len(),
        "no more places than there are bytes"
    );
    assert_eq!(snapshot.of_connection(0), None);
    if snapshot.in_hand().is_none() {
        assert_eq!(snapshot.hand_connection(), None);
    }
}
