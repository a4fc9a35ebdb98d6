//! The command line.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    thread,
};

use lexopt::prelude::*;

pub(crate) const USAGE: &str = "\
Makes thumbnails of all PNG and JPEG files of a directory, in many processes.

Usage: thumbnails [OPTIONS] DIR OUT

OUT gets a file of the same relative path for each image of DIR, unless it has
one that is as new as the image.

Options:
  -w, --workers N     worker processes [default: one per processor]
  -s, --size PX       longest side of a thumbnail [default: 256]
  -d, --durable FILE  keep the tasks in FILE: if the program is interrupted, the
                      same command goes on where it stopped
  -h, --help          print this
";

pub(crate) struct Args {
    pub(crate) dir: PathBuf,
    pub(crate) out: PathBuf,
    pub(crate) workers: NonZeroUsize,
    pub(crate) size: NonZeroU32,
    pub(crate) durable: Option<PathBuf>,
    /// Not for users: see the documentation of the program.
    pub(crate) abort_on: Option<String>,
}

impl Args {
    /// Reads the command line. `None` if it asks for help.
    pub(crate) fn parse() -> Result<Option<Args>, lexopt::Error> {
        let (mut dir, mut out) = (None, None);
        let (mut workers, mut size) = (None, NonZeroU32::MIN.saturating_add(255));
        let (mut durable, mut abort_on) = (None, None);
        let mut parser = lexopt::Parser::from_env();
        while let Some(arg) = parser.next()? {
            match arg {
                Short('h') | Long("help") => return Ok(None),
                Short('w') | Long("workers") => workers = Some(parser.value()?.parse()?),
                Short('s') | Long("size") => size = parser.value()?.parse()?,
                Short('d') | Long("durable") => durable = Some(parser.value()?.into()),
                Long("abort-on") => abort_on = Some(parser.value()?.string()?),
                Value(value) if dir.is_none() => dir = Some(PathBuf::from(value)),
                Value(value) if out.is_none() => out = Some(PathBuf::from(value)),
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(Some(Args {
            dir: dir.ok_or("which directory? See --help")?,
            out: out.ok_or("where to put the thumbnails? See --help")?,
            workers: workers.unwrap_or_else(one_per_processor),
            size,
            durable,
            abort_on,
        }))
    }
}

fn one_per_processor() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}
