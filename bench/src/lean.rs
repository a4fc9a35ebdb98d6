//! One turn in another binary of this benchmark: the one that was built without
//! the peers. What a process costs must not be what peers add to it that it does
//! not use, such as libraries to load.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::contender::Contender;
use crate::measure::Measure;
use crate::options::{self, Plan};

/// Its name, beside this one's.
const BINARY: &str = "bench-lean";

/// Its first argument; what it shall do follows.
pub(crate) const MARK: &str = "turn";

/// Where it is, if there is one and the measure is about processes.
pub(crate) fn binary(measure: Measure) -> Option<PathBuf> {
    let is_of_processes = matches!(measure, Measure::Spawn | Measure::Idle) || measure.is_crowded();
    let beside = std::env::current_exe().ok()?.with_file_name(BINARY);
    (is_of_processes && beside.exists()).then_some(beside)
}

/// Has it take a turn, and reads the values.
pub(crate) fn turn(
    binary: PathBuf,
    measure: Measure,
    contender: Contender,
    plan: &Plan,
) -> Result<Vec<f64>> {
    let mut command = Command::new(binary);
    command.args([MARK, measure.spec().name, contender.name()]);
    if plan.quick {
        command.arg("--quick");
    }
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.context("starting the lean binary")?;
    ensure!(output.status.success(), "it ended with {}", output.status);
    let text = String::from_utf8(output.stdout).context("it says what is no text")?;
    let values: Result<Vec<f64>, _> = text.split_whitespace().map(str::parse).collect();
    values.with_context(|| format!("it says {text:?}"))
}

/// The lean binary's part: takes a turn, and says the values.
pub(crate) async fn take(arguments: Vec<String>) -> Result<()> {
    let (measure, contender, quick) = match &arguments[..] {
        [measure, contender] => (measure, contender, false),
        [measure, contender, _quick] => (measure, contender, true),
        _ => anyhow::bail!("a turn is a measure and a contender"),
    };
    let plan = if quick { Plan::quick() } else { Plan::full() };
    let measure = options::measure(measure)?;
    let values = measure.turn(options::contender(contender)?, &plan).await?;
    let values: Vec<String> = values.iter().map(f64::to_string).collect();
    println!("{}", values.join(" "));
    Ok(())
}
