//! Which images there are to do.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use image::ImageFormat;
use walkdir::WalkDir;

/// An image, and the file that is to be its thumbnail.
pub(crate) struct Image {
    pub(crate) source: PathBuf,
    pub(crate) target: PathBuf,
}

/// The images of a directory and of those in it, in the order of their names.
pub(crate) struct Tree {
    /// Those that are to be done.
    pub(crate) images: Vec<Image>,
    /// How many have been.
    pub(crate) up_to_date: usize,
    /// Where no images can be found, and why.
    pub(crate) failed: Vec<(PathBuf, String)>,
}

/// There is nothing to be done at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoTree {
    #[error("cannot read `{}`", .0.display())]
    Dir(PathBuf, #[source] io::Error),
    #[error("cannot write to `{}`", .0.display())]
    Out(PathBuf, #[source] io::Error),
    #[error("`{}` lies in `{}`: thumbnails might overwrite images", .0.display(), .1.display())]
    Inside(PathBuf, PathBuf),
}

/// Lists the images of a directory. All paths are absolute: tasks may be run
/// later, by workers that were started elsewhere.
pub(crate) fn walk(dir: &Path, out: &Path) -> Result<Tree, NoTree> {
    let no_dir = |source| NoTree::Dir(dir.to_owned(), source);
    let no_out = |source| NoTree::Out(out.to_owned(), source);
    fs::read_dir(dir).map_err(no_dir)?;
    fs::create_dir_all(out).map_err(no_out)?;
    let dir = dir.canonicalize().map_err(no_dir)?;
    let out = out.canonicalize().map_err(no_out)?;
    if dir.starts_with(&out) {
        return Err(NoTree::Inside(dir, out));
    }
    let mut tree = Tree {
        images: Vec::new(),
        up_to_date: 0,
        failed: Vec::new(),
    };
    let entries = WalkDir::new(&dir).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|entry| entry.path() != out) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => tree.file(entry.into_path(), &dir, &out),
            Ok(_) => {}
            Err(error) => {
                let path = error.path().unwrap_or(&dir).to_owned();
                let why = error
                    .io_error()
                    .map_or(error.to_string(), io::Error::to_string);
                tree.failed.push((path, why));
            }
        }
    }
    Ok(tree)
}

impl Tree {
    fn file(&mut self, source: PathBuf, dir: &Path, out: &Path) {
        let format = ImageFormat::from_path(&source);
        let Ok(ImageFormat::Png | ImageFormat::Jpeg) = format else {
            return;
        };
        let target = out.join(source.strip_prefix(dir).unwrap_or(&source));
        let made = modified(&target);
        if made.is_some() && made >= modified(&source) {
            self.up_to_date += 1;
        } else {
            self.images.push(Image { source, target });
        }
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|file| file.modified()).ok()
}
