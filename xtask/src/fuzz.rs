//! `cargo xtask fuzz`: the fuzz targets of `fuzz/`, one after the other.

mod options;
mod report;

use std::fs;
use std::path::Path;
use std::process::ExitStatus;

use self::options::Options;
use self::report::{Ran, Stats};
use crate::Command;
use crate::step::{Cargo, Failure, root};

/// The chore.
pub(crate) const COMMAND: Command = Command {
    name: "fuzz",
    usage: "[--time SECONDS] [--runs N] [--only NAME]... [--sanitizer NAME]",
    help: "run each fuzz target for a minute, or as long as is said, and print one table; needs a C++ compiler",
    run,
};

/// The memory that a target may take, in MiB, and the time for one input, in
/// seconds: what takes more is a finding.
const MEMORY: &str = "-rss_limit_mb=512";
const TIMEOUT: &str = "-timeout=5";

/// Targets whose input says what happens, and is compared with nothing: that the
/// fuzzer watches each comparison finds nothing there, and takes half the time. So
/// does weighing inputs by what they reach seldom: each reaches most of what there
/// is.
const OPERATIONS: &[&str] = &["link", "queue_file"];

/// Where everything goes that is not committed.
const TARGET: &str = "target/fuzz";

fn run(arguments: &[String]) -> Result<(), Failure> {
    let options = Options::parse(arguments)?;
    let targets = chosen(&options, targets()?)?;
    ensure_cargo_fuzz()?;
    let directory = format!("{TARGET}/{}", options.sanitizer);
    fuzz("build", &options, &directory).run()?;
    let mut ran = Vec::new();
    for name in targets {
        ran.push(run_one(&name, &options, &directory)?);
    }
    report::print(&ran);
    report::failure(&ran, &options.sanitizer)
}

/// The targets by name.
fn targets() -> Result<Vec<String>, Failure> {
    let entries = fs::read_dir(root().join("fuzz/fuzz_targets"));
    let entries = entries.map_err(|error| Failure::Start("fuzz".to_owned(), error))?;
    let stem = |path: &Path| Some(path.file_stem()?.to_string_lossy().into_owned());
    let mut names: Vec<String> = entries
        .filter_map(|entry| stem(&entry.ok()?.path()))
        .collect();
    names.sort();
    Ok(names)
}

/// Those that were named, or all.
fn chosen(options: &Options, all: Vec<String>) -> Result<Vec<String>, Failure> {
    if let Some(unknown) = options.only.iter().find(|name| !all.contains(name)) {
        let all = all.join(", ");
        let text = format!("no fuzz target is called {unknown:?}: there are {all}");
        return Err(Failure::Usage(text));
    }
    let chosen = |name: &String| options.only.is_empty() || options.only.contains(name);
    Ok(all.into_iter().filter(chosen).collect())
}

/// Installs what drives the fuzzer, unless it is there.
fn ensure_cargo_fuzz() -> Result<(), Failure> {
    let there = Cargo::new(["fuzz", "--version"]).log(Path::new(TARGET), "version")?;
    if there.success() {
        return Ok(());
    }
    Cargo::new(["install", "cargo-fuzz", "--locked"]).run()
}

/// A command of cargo-fuzz, which wants flags that only a nightly compiler takes
/// without being told that it may. What is asserted is said by the profile of
/// `fuzz/Cargo.toml`: without `--release` it is everything, everywhere.
fn fuzz<'a>(command: &'a str, options: &'a Options, directory: &'a str) -> Cargo<'a> {
    let sanitizer = ["--sanitizer", &options.sanitizer];
    Cargo::new(["fuzz", command])
        .args(sanitizer)
        .args(["--release", "--target-dir", directory])
        .env("RUSTC_BOOTSTRAP", "1")
}

/// Runs a target. What it finds interesting is kept for the next time, not with
/// the seeds.
fn run_one(name: &str, options: &Options, directory: &str) -> Result<Ran, Failure> {
    let corpus = format!("{TARGET}/corpus/{name}");
    let made = fs::create_dir_all(root().join(&corpus));
    made.map_err(|error| Failure::Start(corpus.clone(), error))?;
    let seeds = format!("fuzz/seeds/{name}");
    let limits = options.limits();
    let operations = OPERATIONS.contains(&name);
    let untraced = format!("{directory}-untraced");
    let command = match operations {
        true => fuzz("run", options, &untraced).args(["--no-trace-compares"]),
        false => fuzz("run", options, directory),
    };
    let command = command
        .args([name, &corpus, &seeds])
        .args(["--", MEMORY, TIMEOUT, "-print_final_stats=1"])
        .args(operations.then_some("-entropic=0"))
        .args(limits.iter().map(String::as_str));
    let status: ExitStatus = command.log(Path::new(TARGET), name)?;
    let log = fs::read(root().join(TARGET).join(format!("{name}.log")));
    let log = log.map_err(|error| Failure::Start(name.to_owned(), error))?;
    let log = String::from_utf8_lossy(&log);
    Ok(Ran {
        name: name.to_owned(),
        stats: Stats::of(&log),
        found: (!status.success()).then(|| report::found(&log)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_seeds() {
        let targets = targets().unwrap_or_default();
        assert!(targets.contains(&"frames".to_owned()), "{targets:?}");
        for name in targets {
            let seeds = fs::read_dir(root().join("fuzz/seeds").join(&name));
            assert!(seeds.is_ok_and(|seeds| seeds.count() > 0), "{name}");
        }
    }

    #[test]
    fn an_unknown_target_is_answered_with_those_that_there_are() {
        let options = Options {
            only: vec!["dance".to_owned()],
            ..Options::default()
        };
        let failure = chosen(&options, vec!["frames".to_owned(), "link".to_owned()]).err();
        let text = failure.map(|failure| failure.to_string());
        let text = text.unwrap_or_default();
        assert!(text.ends_with("there are frames, link"), "{text}");
    }
}
