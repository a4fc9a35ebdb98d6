//! Which files there are to count.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use walkdir::{DirEntry, WalkDir};

use crate::count::Task;

/// The files of a directory and of those in it, in the order of their names.
pub(crate) struct Tree {
    pub(crate) files: Vec<Task>,
    /// What cannot be counted, and why.
    pub(crate) skipped: Vec<(PathBuf, String)>,
}

/// The directory cannot be walked at all.
#[derive(Debug, thiserror::Error)]
#[error("cannot count the files of `{}`", .dir.display())]
pub(crate) struct NoTree {
    dir: PathBuf,
    source: io::Error,
}

/// Lists the files of a directory.
pub(crate) fn walk(dir: &Path) -> Result<Tree, NoTree> {
    if let Err(source) = fs::read_dir(dir) {
        let dir = dir.to_owned();
        return Err(NoTree { dir, source });
    }
    let mut tree = Tree {
        files: Vec::new(),
        skipped: Vec::new(),
    };
    let entries = WalkDir::new(dir).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(is_wanted) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => {
                tree.files.push(Task::new(entry.into_path()));
            }
            Ok(entry) if entry.file_type().is_dir() || entry.path_is_symlink() => {}
            Ok(entry) => {
                let why = "neither a file nor a directory".to_owned();
                tree.skipped.push((entry.into_path(), why));
            }
            Err(error) => {
                let path = error.path().unwrap_or(dir).to_owned();
                let why = error.io_error().map_or(error.to_string(), io_text);
                tree.skipped.push((path, why));
            }
        }
    }
    Ok(tree)
}

/// Neither hidden nor a cache, as `target` is.
fn is_wanted(entry: &DirEntry) -> bool {
    let is_root = entry.depth() == 0;
    let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
    let is_cache = || entry.file_type().is_dir() && entry.path().join("CACHEDIR.TAG").is_file();
    is_root || !(is_hidden || is_cache())
}

fn io_text(error: &io::Error) -> String {
    error.to_string()
}
