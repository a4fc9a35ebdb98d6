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
    let Some(plan) = Plan::parse(std::env::args().skip(1))? else {
        print!("{HELP}");
        return Ok(());
    };
    let outcomes = rounds::run(&plan).await?;
    println!("{}\n\n{}", machine::facts(), table::render(&outcomes));
    Ok(())
}
