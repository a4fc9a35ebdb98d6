//! The task, and who runs it.

use std::{ffi::OsString, path::Path};

use baseapp::prelude::*;

use crate::picture;

/// Make a thumbnail. Two that are the same are one task, also if the program
/// was started anew in between: `unique`.
#[message(attempts = 5, backoff = "50ms..1s", timeout = "60s", unique)]
pub(crate) struct Thumbnail {
    /// No `PathBuf`, because that cannot be sent if it is not UTF-8.
    pub(crate) source: OsString,
    pub(crate) target: OsString,
    /// Its longest side.
    pub(crate) size: u32,
}

/// Makes thumbnails: one of several.
#[worker]
pub(crate) struct Resizer {
    pub(crate) abort_on: Option<String>,
}

#[worker]
impl Resizer {
    /// It may run twice for the same image, if this process dies before the
    /// queue has heard that it is done: then the second overwrites what the first
    /// has made.
    #[handler(Thumbnail)]
    fn make(&mut self, thumbnail: Thumbnail) -> baseapp::Result<()> {
        let Thumbnail {
            source,
            target,
            size,
        } = thumbnail;
        self.maybe_abort(Path::new(&source));
        // An error of the disk is tried again.
        let bytes = picture::read(Path::new(&source))?;
        // An image that cannot be decoded is no better the next time.
        let target = Path::new(&target);
        let thumbnail = picture::shrink(&bytes, size, target).map_err(Task::reject)?;
        Ok(picture::write(target, &thumbnail)?)
    }

    /// Does what a decoder with a bug may do: takes the process with it.
    fn maybe_abort(&self, source: &Path) {
        let name = source.file_name().and_then(|name| name.to_str());
        if name.is_some() && name == self.abort_on.as_deref() {
            std::process::abort();
        }
    }
}
