//! The program proper. baseapp's workers begin here, too.

use std::process::ExitCode;

use anyhow::Result;

use crate::options::{HELP, Plan};
use crate::{chart, lean, machine, publication, rounds, table};

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
    let mut arguments = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .peekable();
    if arguments
        .next_if(|argument| argument == lean::MARK)
        .is_some()
    {
        return lean::take(arguments.collect()).await;
    }
    let Some(plan) = Plan::parse(arguments)? else {
        print!("{HELP}");
        return Ok(());
    };
    let outcomes = rounds::run(&plan).await?;
    let head = format!(
        "{}; medians of {} rounds, ratios taken round by round",
        machine::facts(),
        plan.rounds
    );
    let notes = format!(
        "{}{}",
        table::warning(&outcomes),
        table::absences(&outcomes)
    );
    let whole = format!("{head}\n\n{}\n{notes}", table::render(&outcomes));
    let tables = format!("{head}.\n\n{}", table::matrix::render(&outcomes));
    println!("{whole}\n{tables}");
    if plan.write {
        publication::readme(&tables)?;
        publication::document("measured.md", &format!("# Measured\n\n{whole}"))?;
        if let Some(picture) = chart::bars::render(&outcomes) {
            publication::document("measured.svg", &picture)?;
        }
        if let Some(picture) = chart::lines::render(&outcomes) {
            publication::document("scale.svg", &picture)?;
        }
    }
    Ok(())
}
