//! Power cuts, each at another moment.

use super::{
    super::{RedbStore, Store},
    Failure,
    disk::{Disk, Event, Platter},
    model::Model,
    workload::{Rng, Workload},
};

/// How many cuts there are, unless [`MORE`] says otherwise.
const CUTS: usize = 2_000;

/// An environment variable.
const MORE: &str = "BASEAPP_POWER_CUTS";

/// How many batches there are before the power is cut.
const BATCHES: usize = 12;

/// How often the file is opened in between, which is cut short too.
const AGAIN: usize = 2;

#[test]
fn no_power_cut_loses_what_was_acknowledged() -> Result<(), Failure> {
    let cuts = match std::env::var(MORE) {
        Ok(more) => more.parse()?,
        Err(_) => CUTS,
    };
    let (mut seed, mut done) = (0, 0);
    while done < cuts {
        seed += 1;
        done += life(seed, cuts - done).map_err(|error| format!("seed {seed}: {error}"))?;
    }
    Ok(())
}

/// Cuts the power at each boundary of one workload, and says how often.
fn life(seed: u64, most: usize) -> Result<usize, Failure> {
    let (events, states, later) = run(seed)?;
    let mut rng = Rng::new(seed);
    let mut platter = Platter::default();
    let mut cuts = 0;
    for event in &events {
        platter.step(event);
        if matches!(event, Event::Told(_)) {
            continue;
        }
        let right = &states[platter.told..states.len().min(platter.told + 2)];
        let outage = Outage {
            platter: platter.clone(),
            right,
            later: &later,
        };
        cuts += outage.survive(&mut rng)?;
        if cuts >= most {
            break;
        }
    }
    Ok(cuts)
}

/// Makes a file and writes batches, one of which may be the last that is
/// written before the file is closed.
fn run(seed: u64) -> Result<(Vec<Event>, Vec<Model>, Workload), Failure> {
    let (mut workload, mut model) = (Workload::new(seed), Model::of_file());
    let mut states = vec![model.clone()];
    let disk = Disk::default();
    // With little memory pages are written before the batch is complete.
    let cache = [64 << 20, 0, 60_000][seed as usize % 3];
    let open = || RedbStore::open_with_cache(disk.clone(), "queue", cache);
    let mut store = open()?;
    for batch in 1..=BATCHES {
        let mut ops = workload.batch();
        if batch.is_multiple_of(4) {
            // The file grows.
            ops.push(workload.insert_of(150_000));
        }
        store.commit(&ops)?;
        disk.tell(batch);
        model.apply(&ops);
        states.push(model.clone());
        if batch == BATCHES / 2 && seed.is_multiple_of(2) {
            drop(store);
            store = open()?;
        }
    }
    model.compare(&store)?;
    drop(store);
    Ok((disk.events(), states, workload))
}

/// A power cut: what was on the disk, and what should be in the file.
struct Outage<'a> {
    platter: Platter,
    right: &'a [Model],
    later: &'a Workload,
}

impl Outage<'_> {
    /// Opens the file, with more power cuts meanwhile, and says how many cuts
    /// there were in all. The process may have been killed before, so that
    /// nothing is lost but nothing is certain either.
    fn survive(mut self, rng: &mut Rng) -> Result<usize, Failure> {
        let mut cuts = 1;
        while cuts <= AGAIN && rng.below(3) == 0 {
            if rng.below(2) == 0 {
                self.platter = Platter::with(self.platter.cut(rng));
            }
            let disk = Disk::with(self.platter.now());
            drop(RedbStore::open_backend(disk.clone(), "queue")?);
            let events = disk.events();
            // The first few are those that depend on what was there.
            let most = [events.len(), 4][rng.below(2)].min(events.len());
            for event in &events[..rng.below(most + 1)] {
                self.platter.step(event);
            }
            cuts += 1;
        }
        let store = RedbStore::open_backend(Disk::with(self.platter.cut(rng)), "queue")?;
        let wrong: Result<Vec<_>, _> = self
            .right
            .iter()
            .map(|right| match right.compare(&store) {
                Ok(()) => Err(right),
                Err(wrong) => Ok(wrong),
            })
            .collect();
        let found = match wrong {
            Ok(wrong) => return Err(wrong.join("; or ").into()),
            Err(found) => found,
        };
        if rng.below(4) == 0 {
            let (mut model, mut later) = (found.clone(), self.later.clone());
            for _ in 0..3 {
                let ops = later.batch();
                store.commit(&ops)?;
                model.apply(&ops);
            }
            model.compare(&store)?;
        }
        Ok(cuts)
    }
}

/// A file that is shorter than its header says cannot be opened.
#[test]
fn no_length_is_in_the_header_before_it_is_on_the_disk() -> Result<(), Failure> {
    let mut met = 0;
    for seed in 1..10 {
        let (events, ..) = run(seed)?;
        let mut platter = Platter::default();
        for event in &events {
            platter.step(event);
            if !matches!(event, Event::SetLen(_)) {
                continue;
            }
            // The process is killed, and the power is cut at the next opening.
            let mut platter = platter.clone();
            let disk = Disk::with(platter.now());
            drop(RedbStore::open_backend(disk.clone(), "queue")?);
            for event in &disk.events() {
                platter.step(event);
                let disk = Disk::with(platter.without_lengths());
                RedbStore::open_backend(disk, "queue")
                    .map_err(|error| format!("seed {seed}: {error}"))?;
                met += 1;
            }
        }
    }
    assert!(met > 100, "it was met {met} times");
    Ok(())
}
