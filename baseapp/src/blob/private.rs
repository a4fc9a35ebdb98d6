//! Copies of what others may still write to: in memory that is used again, as new memory
//! costs more than the copy.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use crate::copying;

/// Bytes of memory that are kept for the next copies, in all.
const KEEP: usize = 8 << 20;

static FREE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// Memory that comes back here.
struct Reused(Vec<u8>);

impl AsRef<[u8]> for Reused {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Reused {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.0);
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        let kept: usize = free.iter().map(Vec::capacity).sum();
        if kept + bytes.capacity() <= KEEP {
            free.push(bytes);
        }
    }
}

/// The same bytes, which only this process can reach.
pub(super) fn copy(bytes: &[u8]) -> Bytes {
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    let fits = |memory: &Vec<u8>| memory.capacity() >= bytes.len();
    let at = free.iter().rposition(fits);
    // One that is too short makes room for one that is not.
    let memory = at.map(|at| free.remove(at)).or_else(|| {
        free.pop();
        None
    });
    drop(free);
    let mut memory = memory.unwrap_or_default();
    memory.clear();
    copying::append(&mut memory, bytes);
    Bytes::from_owner(Reused(memory))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_what_it_is_a_copy_of_and_its_memory_is_kept_within_bounds() {
        let copies: Vec<_> = (1..20_u8)
            .map(|byte| (byte, copy(&vec![byte; 1 << 20])))
            .collect();
        for (byte, copy) in &copies {
            assert!(copy.len() == 1 << 20 && copy.iter().all(|at| at == byte));
        }
        drop(copies);
        let kept = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(kept.iter().map(Vec::capacity).sum::<usize>() <= KEEP);
    }
}
