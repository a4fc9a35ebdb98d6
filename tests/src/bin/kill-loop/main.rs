//! `kill-loop`: much work while workers, or main, are killed; at the end what
//! was written down tells whether some of it was lost. Tasks, or with
//! `--messages` or `--restarts` messages. With `--stuck`, how soon workers are back that
//! do not move.
//!
//! Otherwise it is two programs: the one that is killed, `kill-loop run ..`, and the one
//! that kills it.

mod killer;
mod life;
mod messages;
mod options;
mod program;
mod run;
mod stuck;
mod times;

use options::{Options, Run};

#[baseapp::main]
async fn main() -> baseapp::Result<()> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|first| first == "run").is_some() {
        return program::run(Run::parse(arguments)?).await;
    }
    if arguments.next_if(|first| first == "run-messages").is_some() {
        return messages::run(messages::Run::parse(arguments)?).await;
    }
    if std::env::args().any(|argument| argument == "--stuck") {
        return stuck::run(stuck::Options::parse(arguments)?).await;
    }
    // What kills blocks, and starts no app.
    let is_of_messages = |argument: &String| matches!(&**argument, "--messages" | "--restarts");
    if std::env::args().any(|argument| is_of_messages(&argument)) {
        let options = messages::Options::parse(arguments)?;
        return tokio::task::spawn_blocking(move || messages::kill(&options)).await?;
    }
    let options = Options::parse(arguments)?;
    tokio::task::spawn_blocking(move || killer::run(&options)).await?
}
