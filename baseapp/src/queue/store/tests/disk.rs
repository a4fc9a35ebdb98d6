//! [`Disk`]: a disk that notes what is done to it, and fails on request.

use std::{
    collections::BTreeSet,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use redb::StorageBackend;

use super::workload::Rng;

const SECTOR: usize = 512;
const PAGE: u64 = 4096;

/// What a disk was asked for.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Write(u64, Arc<[u8]>),
    SetLen(u64),
    Synced,
    /// A failed sync: what was not written by then never will be, because the
    /// system takes it for written. By seed.
    Lost(u64),
    /// The user was told that so many batches are safe.
    Told(usize),
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nothing can be written that was not there before.
    Full,
    /// Nothing can be written.
    Broken,
    /// Nothing can be synced.
    Unsure,
}

/// When something goes wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) trouble: Trouble,
    /// The first operation that fails.
    pub(super) from: usize,
    /// How many fail.
    pub(super) times: usize,
}

/// A disk, for whoever has a clone of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// What is read.
    now: Vec<u8>,
    events: Vec<Event>,
    /// Pages that have a place on the disk.
    pages: BTreeSet<u64>,
    plan: Option<Plan>,
    /// How many operations there were that may fail.
    operations: usize,
}

impl Disk {
    /// A disk with something on it.
    pub(super) fn with(image: Vec<u8>) -> Disk {
        let pages = (0..image.len() as u64 / PAGE).collect();
        Disk(Arc::new(Mutex::new(State {
            now: image,
            pages,
            ..State::default()
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell(&self, batches: usize) {
        self.state().events.push(Event::Told(batches));
    }

    pub(super) fn plan(&self, plan: Option<Plan>) {
        self.state().plan = plan;
    }

    pub(super) fn operations(&self) -> usize {
        self.state().operations
    }

    pub(super) fn events(&self) -> Vec<Event> {
        self.state().events.clone()
    }

    pub(super) fn image(&self) -> Vec<u8> {
        self.state().now.clone()
    }

    /// Changes a byte behind everybody's back.
    pub(super) fn flip(&self, at: usize) {
        self.state().now[at] ^= 4;
    }
}

impl State {
    /// Whether an operation that writes these pages, or syncs, fails.
    fn fails(&mut self, syncs: bool, pages: std::ops::Range<u64>) -> io::Result<()> {
        let operation = self.operations;
        self.operations += 1;
        let new = pages.clone().any(|page| !self.pages.contains(&page));
        if let Some(plan) = self.plan
            && (plan.from..plan.from.saturating_add(plan.times)).contains(&operation)
        {
            match plan.trouble {
                Trouble::Full if !syncs && new => return Err(io::ErrorKind::StorageFull.into()),
                Trouble::Broken if !syncs => return Err(io::Error::other("broken")),
                Trouble::Unsure if syncs => {
                    self.events.push(Event::Lost(operation as u64));
                    return Err(io::Error::other("unsure"));
                }
                _ => {}
            }
        }
        self.pages.extend(pages);
        Ok(())
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().now.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state();
        let from = usize::try_from(offset).map_err(io::Error::other)?;
        let there = from
            .checked_add(out.len())
            .and_then(|end| state.now.get(from..end));
        let there = there.ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(there);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state();
        let before = state.now.len() as u64;
        // A full disk has room for a hole.
        state.fails(false, 0..0)?;
        if len < before {
            state.pages.split_off(&len.div_ceil(PAGE));
        }
        apply(&mut state.now, &Event::SetLen(len));
        state.events.push(Event::SetLen(len));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state();
        state.fails(true, 0..0)?;
        state.events.push(Event::Synced);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        let end = offset + data.len() as u64;
        state.fails(false, offset / PAGE..end.div_ceil(PAGE))?;
        let event = Event::Write(offset, data.into());
        apply(&mut state.now, &event);
        state.events.push(event);
        Ok(())
    }
}

fn apply(image: &mut Vec<u8>, event: &Event) {
    match event {
        Event::Write(offset, data) => write(image, *offset as usize, data),
        Event::SetLen(len) => image.resize(*len as usize, 0),
        Event::Synced | Event::Lost(_) | Event::Told(_) => {}
    }
}

fn write(image: &mut Vec<u8>, offset: usize, data: &[u8]) {
    let end = offset + data.len();
    if image.len() < end {
        image.resize(end, 0);
    }
    image[offset..end].copy_from_slice(data);
}

/// What is on a disk for certain, and what may be.
#[derive(Clone, Debug, Default)]
pub(super) struct Platter {
    certain: Vec<u8>,
    pending: Vec<Event>,
    /// How many batches the user was told are safe.
    pub(super) told: usize,
}

impl Platter {
    /// One with something on it.
    pub(super) fn with(image: Vec<u8>) -> Platter {
        Platter {
            certain: image,
            ..Platter::default()
        }
    }

    pub(super) fn step(&mut self, event: &Event) {
        match event {
            Event::Write(..) | Event::SetLen(_) => self.pending.push(event.clone()),
            Event::Synced => {
                for event in self.pending.drain(..) {
                    apply(&mut self.certain, &event);
                }
            }
            Event::Lost(seed) => self.lose(&mut Rng::new(*seed)),
            Event::Told(batches) => self.told = *batches,
        }
    }

    /// What the disk holds after a power cut if all was written but lengths.
    pub(super) fn without_lengths(&self) -> Vec<u8> {
        let mut image = self.certain.clone();
        for event in &self.pending {
            if !matches!(event, Event::SetLen(_)) {
                apply(&mut image, event);
            }
        }
        image
    }

    /// What is read while the power is on.
    pub(super) fn now(&self) -> Vec<u8> {
        let mut image = self.certain.clone();
        for event in &self.pending {
            apply(&mut image, event);
        }
        image
    }

    /// Some of what was written is, the rest never will be. Lengths are kept
    /// in a journal: without it there is no disk at all.
    fn lose(&mut self, rng: &mut Rng) {
        for event in std::mem::take(&mut self.pending) {
            match event {
                Event::SetLen(_) => self.pending.push(event),
                written if rng.below(2) == 0 => apply(&mut self.certain, &written),
                _ => {}
            }
        }
    }

    /// What the disk may hold after a power cut: some of what was not synced,
    /// in any order, and of some writes only some sectors.
    pub(super) fn cut(&self, rng: &mut Rng) -> Vec<u8> {
        let mut image = self.certain.clone();
        let mut pending: Vec<&Event> = self.pending.iter().collect();
        for at in (1..pending.len()).rev() {
            pending.swap(at, rng.below(at + 1));
        }
        // All, none, or something in between.
        let kept = rng.below(5);
        for event in pending {
            match (event, (rng.below(4) + kept) / 4) {
                (_, 0) => {}
                (Event::Write(offset, data), _) if rng.below(3) == 0 => {
                    tear(&mut image, *offset as usize, data, rng);
                }
                (event, _) => apply(&mut image, event),
            }
        }
        image
    }
}

/// Writes some of the sectors.
fn tear(image: &mut Vec<u8>, offset: usize, data: &[u8], rng: &mut Rng) {
    let mut from = 0;
    while from < data.len() {
        let end = ((offset + from) / SECTOR + 1) * SECTOR - offset;
        let end = end.min(data.len());
        if rng.below(2) == 0 {
            write(image, offset + from, &data[from..end]);
        }
        from = end;
    }
}
