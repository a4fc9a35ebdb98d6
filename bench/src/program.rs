//! The program proper. baseapp's workers begin here, too.

use std::process::ExitCode;

use anyhow::Result;

use crate::options::{HELP, Plan};
use crate::{machine, rounds, table};

/// Reads the arguments, runs what they ask for, prints the table.
#[baseapp::main]
pub(crate) async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    // What is no text is no argument of ours, and is refused as it reads.
    let arguments = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned());
    let Some(plan) = Plan::parse(arguments)? else {
        print!("{HELP}");
        return Ok(());
    };
    let outcomes = rounds::run(&plan).await?;
    println!(
        "{}; medians of {} rounds, ratios taken round by round\n\n{}",
        machine::facts(),
        plan.rounds,
        table::render(&outcomes)
    );
    print!(
        "{}{}",
        table::warning(&outcomes),
        table::absences(&outcomes)
    );
    Ok(())
}
