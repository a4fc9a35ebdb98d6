//! `cargo xtask instructions`: how many instructions a message takes, beside what
//! it took when the baseline was written. A noisy machine does not change them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command as Process;

use crate::Command;
use crate::bench::MANIFEST;
use crate::step::{Cargo, Failure, root};

/// The chore.
pub(crate) const COMMAND: Command = Command {
    name: "instructions",
    usage: "[--update]",
    help: "count the instructions of the hot paths with valgrind and compare them with the baseline, or update it",
    run,
};

/// What was counted last time.
const BASELINE: &str = "bench/instructions/baseline.txt";

/// The program that does what is counted.
const PROGRAM: &str = "bench/target/release/instructions";

/// What it does, and how often: few times and many. The difference has neither
/// the start of the program in it nor its end.
const PATHS: [(&str, u32, u32); 6] = [
    ("send", 5_000, 25_000),
    ("send-1k", 5_000, 25_000),
    ("publish", 5_000, 25_000),
    ("ask", 500, 3_000),
    ("pipelined", 6_400, 25_600),
    ("task", 1_280, 6_400),
];

/// Each is run so often, and the least counts: how often threads meet each other
/// waiting is not always the same.
const RUNS: usize = 3;

/// More than this share above the baseline is a failure.
const TOLERANCE: f64 = 0.05;

/// Keeps glibc from copying what is long by `rep movsb`, of which valgrind counts each
/// byte: how much is copied at once depends on how far ahead one thread is, and from
/// what length on on the caches of the machine. Other C libraries do not read it.
const COPIES: (&str, &str) = (
    "GLIBC_TUNABLES",
    "glibc.cpu.x86_rep_movsb_threshold=1073741824",
);

/// Instructions of each path.
type Counts = BTreeMap<String, f64>;

fn run(arguments: &[String]) -> Result<(), Failure> {
    match arguments {
        [] => check(),
        [flag] if flag == "--update" => update(),
        _ => Err(Failure::Usage(format!(
            "instructions takes --update or nothing, not {arguments:?}"
        ))),
    }
}

/// Compares with the baseline, or says why it cannot.
pub(crate) fn check() -> Result<(), Failure> {
    if !has_valgrind() {
        let said = "valgrind is not installed: the instructions of the hot paths are not counted";
        // Where nobody reads along, a check that does nothing is worse than none.
        return match std::env::var_os("CI") {
            Some(_) => Err(Failure::Found(said.to_owned())),
            None => {
                eprintln!("xtask: {said}");
                Ok(())
            }
        };
    }
    let text = std::fs::read_to_string(root().join(BASELINE))
        .map_err(|error| Failure::Start(format!("reading {BASELINE}"), error))?;
    let (built_by, baseline) = parse(&text)?;
    if built_by != compiler() {
        eprintln!(
            "xtask: the baseline is of {built_by}, and this is {}: nothing is compared; \
             `cargo xtask instructions --update` writes another",
            compiler()
        );
        return Ok(());
    }
    let (report, worse) = compare(&baseline, &count()?);
    eprint!("{report}");
    if worse {
        Err(Failure::Found(format!(
            "a hot path takes over {:.0} % more instructions than the baseline; if that is \
             meant, `cargo xtask instructions --update`",
            TOLERANCE * 100.0
        )))
    } else {
        Ok(())
    }
}

fn update() -> Result<(), Failure> {
    let counts = count()?;
    let mut text = format!(
        "# Instructions a message, in one process, by callgrind.\n\
         # Written by `cargo xtask instructions --update`.\n\
         {}\n",
        compiler()
    );
    for (path, count) in &counts {
        // Writing into a string does not fail.
        let _ = writeln!(text, "{path} {count:.0}");
    }
    eprint!("{text}");
    std::fs::write(root().join(BASELINE), text)
        .map_err(|error| Failure::Start(format!("writing {BASELINE}"), error))
}

/// What the counts depend on beside the code.
fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Process::new(rustc).arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    format!(
        "{}, {}",
        version.unwrap_or_default().trim(),
        std::env::consts::ARCH
    )
}

fn has_valgrind() -> bool {
    let version = Process::new("valgrind").arg("--version").output();
    version.is_ok_and(|output| output.status.success())
}

/// Builds the program, and counts.
fn count() -> Result<Counts, Failure> {
    Cargo::new([
        "build",
        "--release",
        "--locked",
        "--package",
        "instructions",
    ])
    .args(["--manifest-path", MANIFEST])
    .run()?;
    let program = root().join(PROGRAM);
    PATHS
        .iter()
        .map(|(path, few, many)| {
            let least = |times| {
                let runs = (0..RUNS).map(|_| collected(&program, path, times));
                runs.collect::<Result<Vec<f64>, _>>()
                    .map(|counts| counts.into_iter().fold(f64::INFINITY, f64::min))
            };
            let count = (least(*many)? - least(*few)?) / f64::from(many - few);
            Ok(((*path).to_owned(), count))
        })
        .collect()
}

/// The instructions of one run of the program.
fn collected(program: &Path, path: &str, times: u32) -> Result<f64, Failure> {
    let step = format!("valgrind --tool=callgrind instructions {path} {times}");
    let output = Process::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([path, &times.to_string()])
        .env(COPIES.0, COPIES.1)
        .output()
        .map_err(|error| Failure::Start(step.clone(), error))?;
    if !output.status.success() {
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        return Err(Failure::Step(step, output.status));
    }
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines()
        .find_map(|line| line.split_once("Collected : "))
        .and_then(|(_, count)| count.trim().parse().ok())
        .ok_or_else(|| Failure::Found(format!("`{step}` says nothing of what it has collected")))
}

/// The compiler, and the counts of each path.
fn parse(text: &str) -> Result<(&str, Counts), Failure> {
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let built_by = lines.next().unwrap_or_default();
    let counts: Option<Counts> = lines
        .map(|line| {
            let (path, count) = line.split_once(' ')?;
            Some((path.to_owned(), count.parse().ok()?))
        })
        .collect();
    let unread = || Failure::Found(format!("{BASELINE} cannot be read"));
    Ok((built_by, counts.ok_or_else(unread)?))
}

/// A line for each path, and whether any takes too much more.
fn compare(baseline: &Counts, counts: &Counts) -> (String, bool) {
    let (mut report, mut worse) = (String::new(), false);
    for (path, count) in counts {
        let change = baseline.get(path).map(|before| count / before - 1.0);
        let said = match change {
            None => "has no baseline".to_owned(),
            Some(change) if change > TOLERANCE => format!("{:+.1} %: WORSE", change * 100.0),
            Some(change) if change < -TOLERANCE => {
                format!("{:+.1} %: better; update the baseline", change * 100.0)
            }
            Some(change) => format!("{:+.1} %", change * 100.0),
        };
        worse |= change.is_none_or(|change| change > TOLERANCE);
        let _ = writeln!(report, "{path}: {count:.0} instructions, {said}");
    }
    (report, worse)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "# words\nrustc 1, x86_64\nask 1000\nsend 100\n";

    fn verdict(after: &str) -> Result<bool, Failure> {
        let (_, before) = parse(BEFORE)?;
        let (_, after) = parse(after)?;
        Ok(compare(&before, &after).1)
    }

    #[test]
    fn only_more_than_the_tolerance_is_worse() -> Result<(), Failure> {
        assert_eq!(parse(BEFORE)?.0, "rustc 1, x86_64");
        assert!(!verdict("rustc 1\nask 1049\nsend 50\n")?);
        assert!(verdict("rustc 1\nask 1051\nsend 100\n")?);
        assert!(verdict("rustc 1\nfly 1\n")?);
        assert!(parse("rustc 1\nask many\n").is_err());
        Ok(())
    }
}
