//! `cargo xtask bench`: the side-by-side runs against peers.

use std::path::Path;
use std::process::Command as Process;

use crate::Command;
use crate::step::{Cargo, Failure, root};

/// The chore.
pub(crate) const COMMAND: Command = Command {
    name: "bench",
    usage: "[--quick] [--only NAME]... [--peers NAME,..] [--rounds N] [--write] | --criterion [FILTER]",
    help: "build the benchmark in release and print tables of baseapp beside its peers; or time codec, dispatch and credit alone",
    run,
};

/// The benchmark is a workspace of its own.
pub(crate) const MANIFEST: &str = "bench/Cargo.toml";

/// The benches of single parts. A member of their own, so that nothing else builds
/// criterion.
pub(crate) const MICRO: &str = "micro";

/// Peers that cannot be built everywhere: the features of the benchmark, and what
/// each needs beside a Rust toolchain.
const PEERS: [(&str, &str); 3] = [
    ("iceoryx2", "crates that may not know this system"),
    ("tarpc", "crates that may not know this system"),
    ("zmq", "a C++ compiler, for the libzmq that it brings"),
];

/// What is built, and what of it is kept beside it.
const BINARY: &str = "bench/target/release/bench";

/// Where the environment for Celery is made.
const CELERY: &str = "bench/target/celery";

fn run(arguments: &[String]) -> Result<(), Failure> {
    if let [flag, rest @ ..] = arguments
        && flag == "--criterion"
    {
        return criterion(rest);
    }
    keep_lean()?;
    let peers = buildable();
    prepare_celery();
    // The benchmark reads its arguments itself.
    build("run", &peers)
        .args(["--"])
        .args(arguments.iter().map(String::as_str))
        .run()
}

/// Times single parts, in one process and without peers. Criterion reads its arguments
/// itself, and keeps what it measured in `bench/target/criterion`.
fn criterion(arguments: &[String]) -> Result<(), Failure> {
    Cargo::new([
        "bench",
        "--manifest-path",
        MANIFEST,
        "--package",
        MICRO,
        "--",
    ])
    .args(arguments.iter().map(String::as_str))
    .run()
}

/// Builds the benchmark without peers, and keeps that under another name: what a
/// process costs is measured with it.
fn keep_lean() -> Result<(), Failure> {
    build("build", "").run()?;
    let built = root().join(BINARY);
    let lean = built.with_file_name("bench-lean");
    std::fs::copy(&built, &lean)
        .map(|_| ())
        .map_err(|error| Failure::Start(format!("copying to {}", lean.display()), error))
}

fn build<'a>(verb: &'a str, features: &'a str) -> Cargo<'a> {
    Cargo::new([
        verb,
        "--release",
        "--manifest-path",
        MANIFEST,
        "--features",
        features,
    ])
}

/// The peers that can be built here, as a list of features.
fn buildable() -> String {
    let all = PEERS.map(|(peer, _)| peer).join(",");
    if build("build", &all).run().is_ok() {
        return all;
    }
    let mut built = Vec::new();
    for (peer, needs) in PEERS {
        if build("build", peer).run().is_ok() {
            built.push(peer);
        } else {
            eprintln!("bench: without {peer}, which cannot be built here; it needs {needs}");
        }
    }
    built.join(",")
}

/// Installs Celery where the benchmark looks for it, if there is a Redis server
/// for it to use. Without it the benchmark says that it is absent.
fn prepare_celery() {
    let directory = root().join(CELERY);
    if directory.exists() || !succeeds(Process::new("redis-server").arg("--version")) {
        return;
    }
    eprintln!("bench: installing celery and redis into {CELERY}");
    let made = succeeds(Process::new("python3").args(["-m", "venv"]).arg(&directory));
    let pip = directory.join(Path::new("bin/pip"));
    let packages = ["install", "--quiet", "celery", "redis", "packaging"];
    if !made || !succeeds(Process::new(pip).args(packages)) {
        eprintln!("bench: without celery, which cannot be installed here");
        // The next run tries again; what is left in the way is shown by that.
        let _ = std::fs::remove_dir_all(directory);
    }
}

fn succeeds(command: &mut Process) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
