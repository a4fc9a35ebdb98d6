//! `soak`: everything that an app can do, at once and for long, while workers are
//! killed; at the end nothing has grown and nothing is left.
//!
//! It is two programs: the one that is looked at, `soak run ..`, and the one that
//! looks.

mod calm;
mod figures;
mod load;
mod names;
mod options;
mod watch;
mod workers;

use options::{Options, Run};

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|first| first == "run").is_some() {
        return match Run::parse(arguments)? {
            Run::Load { seconds, seed } => load::run(seconds, seed).await,
            Run::Names { count } => names::run(count).await,
        };
    }
    let options = Options::parse(arguments)?;
    // It blocks, and starts no app.
    tokio::task::spawn_blocking(move || watch::run(&options)).await?
}
