//! The seeds: what is said when all is well, and what is known to be harmful.
//!
//! They are files, in `fuzz/seeds`, so that a fuzzer has them. What is made here
//! is compared with them, because a change of what travels makes them useless:
//! `FUZZ_SEEDS=overwrite` writes them anew. Other files may stand beside them.

mod control;
mod operations;
mod tasks;
mod wire;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::wire::{
    codec,
    frame::{Header, Kind, write_bytes},
};

type Failure = Box<dyn std::error::Error>;
type Seeds = Vec<(&'static str, &'static str, Vec<u8>)>;

pub(super) fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds")
}

#[test]
fn the_seeds_are_what_is_spoken() -> Result<(), Failure> {
    let overwrite = std::env::var_os("FUZZ_SEEDS").is_some_and(|value| value == "overwrite");
    for (target, name, bytes) in all()? {
        let path = directory().join(target).join(name);
        if overwrite {
            fs::create_dir_all(directory().join(target))?;
            fs::write(&path, &bytes)?;
        }
        let found = fs::read(&path).unwrap_or_default();
        assert!(
            found == bytes,
            "{} is not what is spoken: run this test with FUZZ_SEEDS=overwrite",
            path.display()
        );
    }
    Ok(())
}

fn all() -> Result<Seeds, Failure> {
    let mut seeds = Vec::new();
    wire::frames(&mut seeds)?;
    wire::decode(&mut seeds);
    wire::hello(&mut seeds)?;
    control::control(&mut seeds)?;
    operations::link(&mut seeds);
    wire::black_box(&mut seeds);
    wire::bootstrap(&mut seeds)?;
    operations::queue_file(&mut seeds);
    tasks::tasks(&mut seeds)?;
    Ok(seeds)
}

fn encoded<T: Serialize>(value: &T) -> Result<Vec<u8>, codec::CodecError> {
    codec::encode(value, 4096)
}

fn framed(kind: Kind, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    write_bytes(&mut out, Header::new(kind, 3, 9), payload);
    out
}
