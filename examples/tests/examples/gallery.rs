//! A directory with images, and with files that only look like it.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    io::Cursor,
    path::{Path, PathBuf},
};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use tempfile::TempDir;
use walkdir::{DirEntryExt as _, WalkDir};

use crate::Result;

/// The directory, and where its thumbnails go.
pub(crate) struct Gallery {
    place: TempDir,
    pub(crate) dir: PathBuf,
    pub(crate) out: PathBuf,
}

impl Gallery {
    pub(crate) fn new() -> Result<Gallery> {
        let place = tempfile::tempdir()?;
        // As the example says them.
        let path = place.path().canonicalize()?;
        let (dir, out) = (path.join("in"), path.join("out"));
        fs::create_dir(&dir)?;
        Ok(Gallery { place, dir, out })
    }

    /// A gallery with so many images that are good.
    pub(crate) fn of(images: usize) -> Result<Gallery> {
        let gallery = Gallery::new()?;
        let bytes = encoded(150, 100, ImageFormat::Png)?;
        for image in 0..images {
            gallery.file(&format!("{}/{image:03}.png", image % 7), &bytes)?;
        }
        Ok(gallery)
    }

    /// A file beside the two directories.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> Result {
        write(&self.dir.join(name), bytes)
    }

    /// The thumbnails that there are by now; with the number of the file, which
    /// is another one if it is made again.
    pub(crate) fn done(&self) -> BTreeMap<PathBuf, u64> {
        // Files may change their names while this looks.
        let entries = WalkDir::new(&self.out)
            .into_iter()
            .filter_map(|entry| entry.ok());
        let is_whole = |name: &OsStr| !name.as_encoded_bytes().starts_with(b".");
        let files = entries.filter(|file| file.file_type().is_file() && is_whole(file.file_name()));
        files
            .map(|file| {
                let number = file.ino();
                (file.into_path(), number)
            })
            .collect()
    }

    /// All files of the output: by their path there, what they are.
    pub(crate) fn made(&self) -> Result<BTreeMap<String, Made>> {
        let mut made = BTreeMap::new();
        for entry in WalkDir::new(&self.out) {
            let entry = entry?;
            if entry.file_type().is_file() {
                let name = entry.path().strip_prefix(&self.out)?;
                let name = name.to_str().ok_or("not UTF-8")?.to_owned();
                made.insert(name, Made(fs::read(entry.path())?));
            }
        }
        Ok(made)
    }
}

/// A thumbnail, or what should be one.
pub(crate) struct Made(Vec<u8>);

impl Made {
    /// Its format, width and height, if it can be decoded.
    pub(crate) fn shape(&self) -> Result<(ImageFormat, u32, u32)> {
        let image = image::load_from_memory(&self.0)?;
        let format = image::guess_format(&self.0)?;
        Ok((format, image.width(), image.height()))
    }
}

/// Writes a file, and makes its directory.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result {
    fs::create_dir_all(path.parent().ok_or("no parent")?)?;
    Ok(fs::write(path, bytes)?)
}

/// An image, with some picture on it.
pub(crate) fn encoded(width: u32, height: u32, format: ImageFormat) -> Result<Vec<u8>> {
    let image = RgbImage::from_fn(width, height, |x, y| {
        Rgb([x, y, x * y].map(|value| (value % 256) as u8))
    });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(image).write_to(&mut bytes, format)?;
    Ok(bytes.into_inner())
}

/// A small PNG file that announces an image of so many pixels, of 8 bytes each.
pub(crate) fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([16, 6, 0, 0, 0]); // with 16 bits and transparency
    chunk(&mut bytes, b"IHDR", &header);
    chunk(&mut bytes, b"IDAT", b"\x78\x9c\x63\x00\x00\x00\x01\x00\x01");
    chunk(&mut bytes, b"IEND", b"");
    bytes
}

fn chunk(bytes: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    bytes.extend(length.to_be_bytes());
    let start = bytes.len();
    bytes.extend(kind);
    bytes.extend(data);
    let sum = crc32(&bytes[start..]);
    bytes.extend(sum.to_be_bytes());
}

/// The checksum of PNG.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(sum & 1))
        })
    })
}
