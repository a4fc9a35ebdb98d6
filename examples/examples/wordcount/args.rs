//! The command line.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    thread,
};

use lexopt::prelude::*;

pub(crate) const USAGE: &str = "\
Counts the lines and words of all files of a directory, in many processes.

Usage: wordcount [OPTIONS] [DIR]

DIR is the source tree of this project unless given. Hidden files and
directories, symbolic links and caches (directories with a CACHEDIR.TAG, such
as `target`) are left out; binary files, and files that cannot be read, are
named at the end.

Options:
  -w, --workers N     worker processes [default: one per processor]
  -t, --top N         how many words and kinds of files to show [default: 10]
  -s, --sequential    count in one process, without workers
  -h, --help          print this
";

pub(crate) struct Args {
    pub(crate) dir: PathBuf,
    pub(crate) workers: NonZeroUsize,
    pub(crate) top: usize,
    pub(crate) sequential: bool,
}

impl Args {
    /// Reads the command line. `None` if it asks for help.
    pub(crate) fn parse() -> Result<Option<Args>, lexopt::Error> {
        let mut dir = None;
        let mut workers = None;
        let (mut top, mut sequential) = (10, false);
        let mut parser = lexopt::Parser::from_env();
        while let Some(arg) = parser.next()? {
            match arg {
                Short('h') | Long("help") => return Ok(None),
                Short('w') | Long("workers") => workers = Some(parser.value()?.parse()?),
                Short('t') | Long("top") => top = parser.value()?.parse()?,
                Short('s') | Long("sequential") => sequential = true,
                Value(value) if dir.is_none() => dir = Some(PathBuf::from(value)),
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(Some(Args {
            dir: dir.unwrap_or_else(source_tree),
            workers: workers.unwrap_or_else(one_per_processor),
            top,
            sequential,
        }))
    }
}

/// The directory that the package of the examples lies in.
fn source_tree() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}

fn one_per_processor() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}
