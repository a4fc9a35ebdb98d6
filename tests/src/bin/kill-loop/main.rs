//! `kill-loop`: many tasks while workers, or main, are killed; at the end the
//! ledger tells whether one was lost.
//!
//! It is two programs: the one that is killed, `kill-loop run ..`, and the one
//! that kills it.

mod killer;
mod options;
mod program;

use options::{Options, Run};

fn say(text: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|first| first == "run").is_some() {
        return program::run(Run::parse(arguments)?).await;
    }
    let options = Options::parse(arguments)?;
    // It blocks, and starts no app.
    tokio::task::spawn_blocking(move || killer::run(&options)).await?
}
