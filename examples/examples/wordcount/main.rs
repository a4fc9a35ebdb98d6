//! Counts the lines and words of all files of a directory, in many processes.
//!
//! Run it with `cargo run --release -p examples --example wordcount -- DIR`;
//! `--help` tells its options. The result goes to stdout and is the same for
//! any number of workers, and for none:
//! `diff <(wordcount DIR) <(wordcount --sequential DIR)` is empty. What it
//! says of its own work, the progress bar and the files per second, goes to
//! stderr.
//!
//! Main keeps a few files in flight at each worker ([`parallel`]). A worker is
//! asked for a chunk of a file, and where it stopped ([`count`]). If a worker
//! dies, the others count its files from where it was.

mod args;
mod count;
mod parallel;
mod progress;
mod report;
mod scan;
mod walk;

use std::{
    io::{self, Write as _},
    time::Instant,
};

use self::{
    args::{Args, USAGE},
    count::{Task, count_chunk},
    progress::Progress,
    report::Report,
    walk::{Tree, walk},
};

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let Some(args) = Args::parse()? else {
        write!(io::stdout(), "{USAGE}")?;
        return Ok(());
    };
    let Tree { files, skipped } = walk(&args.dir)?;
    let report = Report::new(skipped);
    let begun = Instant::now();
    let report = if args.sequential {
        sequential(files, report)
    } else {
        let workers = args.workers.get().min(files.len());
        parallel::count(files, workers, report).await?
    };
    progress::summary(report.files(), begun.elapsed());
    write!(io::stdout(), "{}", report.show(args.top))?;
    Ok(())
}

/// Counts one file after the other, in this process.
fn sequential(files: Vec<Task>, mut report: Report) -> Report {
    let progress = Progress::new(files.len(), "in one process");
    for task in files {
        let mut next = Some(task);
        while let Some(task) = next {
            let counted = count_chunk(&task.path, task.place.clone());
            next = report.take(task, counted.map_err(|skip| skip.to_string()));
        }
        progress.file_done();
    }
    report
}
