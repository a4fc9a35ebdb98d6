//! Makes thumbnails of all images of a directory: a task for each, for a pool
//! of identical workers.
//!
//! Run it with `cargo run --release -p examples --example thumbnails -- DIR
//! OUT`; `--help` tells its options. `OUT` gets a file of the same relative
//! path for each PNG and JPEG file of `DIR`; what it has already is left out,
//! unless the image is newer. Images that cannot be done are named at the end,
//! with the reason.
//!
//! A worker dies of a bad image, and not the program: with `--abort-on NAME`,
//! which is there to show that, whoever takes a file of that name aborts. The
//! task is tried by two more workers, ends as a dead letter, and all others
//! are done.
//!
//! With `--durable FILE` the tasks are kept in a file. After Ctrl-C, or
//! `kill -9` of everything, the same command goes on where it stopped.

mod args;
mod batch;
mod picture;
mod report;
mod walk;
mod worker;

use std::io::{self, Write as _};

use self::{
    args::{Args, USAGE},
    report::Report,
    walk::walk,
};

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let Some(args) = Args::parse()? else {
        write!(io::stdout(), "{USAGE}")?;
        return Ok(());
    };
    let tree = walk(&args.dir, &args.out)?;
    let mut report = Report::new(&tree);
    let ended = batch::run(&args, tree.images, &mut report).await;
    report.print()?;
    ended?;
    report.verdict()
}
