//! The fuzz targets without a fuzzer.

mod seeds;

use std::{fs, io, path::PathBuf};

use super::{TARGETS, Target};

/// Runs of each target. A file of a queue is opened three times in each.
const RUNS: usize = 3000;
const FILE_RUNS: usize = 100;

/// Numbers that look random: <https://prng.di.unimi.it/splitmix64.c>.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// The seeds of a target, in the order of their names.
fn committed(name: &str) -> io::Result<Vec<Vec<u8>>> {
    let directory = seeds::directory().join(name);
    let mut paths: Vec<PathBuf> = fs::read_dir(directory)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    paths.sort();
    paths.into_iter().map(fs::read).collect()
}

/// What a fuzzer might make of a seed.
fn mutate(rng: &mut Rng, seeds: &[Vec<u8>], longest: usize) -> Vec<u8> {
    const TELLING: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, 16, 4, 0xf0];
    let mut bytes = seeds[rng.below(seeds.len())].clone();
    for _ in 0..=rng.below(6) {
        let at = rng.below(bytes.len());
        let more = 1 + rng.below(12);
        let end = (at + more).min(bytes.len());
        match rng.below(8) {
            _ if bytes.is_empty() => bytes.push(rng.next() as u8),
            0 => bytes[at] ^= 1 << rng.below(8),
            1 => bytes[at] = rng.next() as u8,
            2 => bytes[at] = TELLING[rng.below(TELLING.len())],
            3 => drop(bytes.drain(at..end)),
            4 => {
                let random = (0..more).map(|_| rng.next() as u8).collect::<Vec<_>>();
                bytes.splice(at..at, random);
            }
            5 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            6 => {
                let other = &seeds[rng.below(seeds.len())];
                let from = rng.below(other.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            _ => bytes.truncate(at),
        }
    }
    bytes.truncate(longest);
    bytes
}

fn run(target: &Target) -> io::Result<()> {
    let seeds = committed(target.name)?;
    assert!(!seeds.is_empty(), "{} has no seeds", target.name);
    for seed in &seeds {
        (target.run)(seed);
    }
    let mut rng = Rng(0);
    let runs = match target.name {
        "queue_file" => FILE_RUNS,
        _ => RUNS,
    };
    for _ in 0..runs {
        (target.run)(&mutate(&mut rng, &seeds, target.longest));
    }
    Ok(())
}

/// A test for each target, so that they run side by side.
macro_rules! tests {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() -> io::Result<()> {
                let target = TARGETS.iter().find(|target| target.name == stringify!($name));
                target.map_or(Ok(()), run)
            }
        )*

        #[test]
        fn every_target_is_tested() {
            let tested = [$(stringify!($name)),*];
            assert!(TARGETS.iter().all(|target| tested.contains(&target.name)));
        }
    };
}

tests! { frames decode hello control link black_box bootstrap queue_file tasks }
