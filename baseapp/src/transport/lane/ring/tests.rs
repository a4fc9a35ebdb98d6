//! A ring: whatever is written is read, nobody sleeps for ever, and nothing that the
//! other end stores does any harm.

use std::mem::MaybeUninit;

use proptest::prelude::*;

use super::*;

/// Memory of one process, that of a model checker's threads.
struct Model {
    words: Vec<loom::sync::atomic::AtomicU64>,
    data: Vec<loom::cell::UnsafeCell<u8>>,
}

impl Model {
    #[allow(
        clippy::arc_with_non_send_sync,
        reason = "the model checker's threads take turns on one thread"
    )]
    fn new(capacity: usize) -> Arc<Model> {
        let zero = || loom::sync::atomic::AtomicU64::new(0);
        let byte = || loom::cell::UnsafeCell::new(0);
        Arc::new(Model {
            words: std::iter::repeat_with(zero).take(4).collect(),
            data: std::iter::repeat_with(byte).take(capacity).collect(),
        })
    }
}

impl Word for loom::sync::atomic::AtomicU64 {
    fn load(&self, order: Ordering) -> u64 {
        self.load(order)
    }

    fn store(&self, value: u64, order: Ordering) {
        self.store(value, order);
    }

    fn swap(&self, value: u64, order: Ordering) -> u64 {
        self.swap(value, order)
    }

    fn fence() {
        loom::sync::atomic::fence(Ordering::SeqCst);
    }
}

#[allow(
    unsafe_code,
    reason = "the cells of the model checker, which finds out whether two ends use one at once"
)]
impl Region for Model {
    type Word = loom::sync::atomic::AtomicU64;

    fn word(&self, at: usize) -> &Self::Word {
        &self.words[at / 64]
    }

    fn copy_in(&self, at: usize, bytes: &[u8]) {
        for (cell, byte) in self.data[at - DATA..].iter().zip(bytes) {
            // SAFETY: the pointer is the cell's; the checker fails if another thread
            // uses it meanwhile.
            cell.with_mut(|cell| unsafe { *cell = *byte });
        }
    }

    fn copy_out(&self, at: usize, into: &mut [MaybeUninit<u8>]) {
        for (cell, byte) in self.data[at - DATA..].iter().zip(into) {
            // SAFETY: as above.
            cell.with(|cell| byte.write(unsafe { *cell }));
        }
    }
}

fn ends<R: Region>(region: &Arc<R>, capacity: usize) -> (Writer<R>, Reader<R>) {
    let ring = || Ring {
        region: Arc::clone(region),
        at: 0,
        capacity,
    };
    (Writer::new(ring()), Reader::new(ring()))
}

/// Every order in which two threads can take their steps, and every value that the
/// memory may show them: both sleep whenever they may, so that a wake-up that is lost is
/// a deadlock, which is found.
#[test]
fn nobody_sleeps_while_there_is_something_for_him() {
    const BYTES: [u8; 3] = [1, 2, 3];
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let region = Model::new(1);
        let (writer, reader) = ends(&region, 1);
        let something = loom::sync::Arc::new(loom::sync::Notify::new());
        let room = loom::sync::Arc::new(loom::sync::Notify::new());
        let (wake, wait) = (something.clone(), room.clone());
        let sender = loom::thread::spawn(move || {
            let mut rest = &BYTES[..];
            while !rest.is_empty() {
                match writer.write(rest).unwrap_or_default() {
                    0 if writer.sleep() => wait.wait(),
                    0 => {}
                    written => {
                        rest = &rest[written..];
                        if writer.must_wake() {
                            wake.notify();
                        }
                    }
                }
            }
        });
        let mut all = BytesMut::with_capacity(64);
        while all.len() < BYTES.len() {
            match reader.read(&mut all).unwrap_or_default() {
                0 if reader.sleep() => something.wait(),
                0 => {}
                _ if reader.must_wake() => room.notify(),
                _ => {}
            }
        }
        assert_eq!(&all[..], BYTES);
        assert!(sender.join().is_ok());
    });
}

/// Memory of this process.
struct Plain {
    words: [AtomicU64; 4],
    data: std::sync::Mutex<Vec<u8>>,
}

impl Plain {
    fn new(capacity: usize) -> Arc<Plain> {
        Arc::new(Plain {
            words: Default::default(),
            data: std::sync::Mutex::new(vec![0; capacity]),
        })
    }

    fn data(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.data
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Region for Plain {
    type Word = AtomicU64;

    fn word(&self, at: usize) -> &AtomicU64 {
        &self.words[at / 64]
    }

    fn copy_in(&self, at: usize, bytes: &[u8]) {
        self.data()[at - DATA..][..bytes.len()].copy_from_slice(bytes);
    }

    fn copy_out(&self, at: usize, into: &mut [MaybeUninit<u8>]) {
        for (to, byte) in into.iter_mut().zip(&self.data()[at - DATA..]) {
            to.write(*byte);
        }
    }
}

proptest! {
    /// However much is written and read at a time.
    #[test]
    fn what_is_written_is_read(
        capacity in (0..6_u32).prop_map(|bits| 1_usize << bits),
        start in 0..100_u64,
        steps in proptest::collection::vec((0..60_usize, 0..60_usize), 1..200),
    ) {
        let region = Plain::new(capacity);
        let (writer, reader) = ends(&region, capacity);
        // As if it had been used for long, also beyond what a number can count.
        let start = start.wrapping_sub(50);
        writer.written.store(start, Ordering::Relaxed);
        reader.read.store(start, Ordering::Relaxed);
        region.word(WRITTEN).store(start, Ordering::Relaxed);
        region.word(READ).store(start, Ordering::Relaxed);
        let mut next = (0..=255_u8).cycle();
        let mut expected = (0..=255_u8).cycle();
        let mut there = 0;
        for (write, read) in steps {
            let bytes: Vec<u8> = next.clone().take(write).collect();
            let written = writer.write(&bytes)?;
            prop_assert_eq!(written, write.min(capacity - there));
            next.by_ref().take(written).for_each(drop);
            there += written;
            prop_assert_eq!(reader.is_empty(), there == 0);
            let mut into = BytesMut::with_capacity(read);
            let room = into.capacity();
            let count = reader.read(&mut into)?;
            prop_assert_eq!(count, there.min(room));
            there -= count;
            let right: Vec<u8> = expected.by_ref().take(count).collect();
            prop_assert_eq!(&into[..], &right[..]);
        }
    }

    /// Whatever the other end stores: an error, or bytes, but never more than there can
    /// be.
    #[test]
    fn what_the_other_end_stores_is_not_believed(words in any::<[u64; 4]>(), capacity in 1..40_usize) {
        let region = Plain::new(capacity);
        let (writer, reader) = ends(&region, capacity);
        for (word, value) in region.words.iter().zip(words) {
            word.store(value, Ordering::Relaxed);
        }
        let mut into = BytesMut::with_capacity(100);
        match reader.read(&mut into) {
            Ok(read) => prop_assert_eq!(read as u64, words[0]),
            Err(error) => prop_assert!(words[0] > capacity as u64, "{}", error),
        }
        match writer.write(&[7; 100]) {
            Ok(written) => prop_assert!(written <= capacity),
            Err(error) => prop_assert!(words[1].wrapping_neg() > capacity as u64, "{}", error),
        }
        let _ = (reader.must_wake(), writer.must_wake(), reader.sleep(), writer.sleep());
    }
}
