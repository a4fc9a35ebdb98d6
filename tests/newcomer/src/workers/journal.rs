//! A worker that is made in its process, from a value that is sent there.

use std::{
    fs::File,
    io::{self, Write as _},
    path::PathBuf,
};

use baseapp::prelude::*;

use super::Supervisor;
use crate::messages::{Line, Opened};

/// What a journal starts from.
#[data]
pub struct Setup {
    pub path: PathBuf,
    pub report_to: Option<Address<Supervisor>>,
}

/// Writes lines to a file: nothing that could be sent.
#[worker(init = Setup)]
pub struct Journal {
    file: File,
    report_to: Option<Address<Supervisor>>,
}

#[worker]
impl Journal {
    #[init]
    fn init(setup: Setup) -> io::Result<Self> {
        Ok(Journal {
            file: File::create(setup.path)?,
            report_to: setup.report_to,
        })
    }

    /// Everybody is ready: now one may send.
    #[start]
    async fn start(&mut self, cx: &Context<Self>) -> baseapp::Result<()> {
        if let Some(main) = &self.report_to {
            cx.send::<Opened>(main, Opened).await?;
        }
        Ok(())
    }

    #[handler(Line)]
    fn line(&mut self, Line(line): Line) -> io::Result<()> {
        writeln!(self.file, "{line}")
    }

    #[stop]
    fn stop(&mut self) -> io::Result<()> {
        writeln!(self.file, "the end")
    }
}
