//! Images and files: knows no workers and no tasks.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Cursor, Read as _, Write as _},
    path::Path,
};

use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, ImageResult, Limits};

/// Longest side of an image, in pixels.
const MAX_SIDE: u32 = 20_000;

/// Memory that it may take, in bytes.
const MAX_MEMORY: u64 = 512 << 20;

/// Longest file, in bytes.
const MAX_FILE: u64 = 256 << 20;

/// Reads a file. What is too long is cut, and can then not be decoded.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Makes an image that is no larger than `size` on either side, upright, in
/// the format that the name of the file says.
pub(crate) fn shrink(bytes: &[u8], size: u32, target: &Path) -> ImageResult<Vec<u8>> {
    let image = decode(bytes)?;
    let image = if image.width().max(image.height()) > size {
        image.thumbnail(size, size)
    } else {
        image
    };
    let format = ImageFormat::from_path(target)?;
    let image = match format {
        // Has neither transparency nor 16 bits.
        ImageFormat::Jpeg => DynamicImage::from(image.to_rgb8()),
        _ => image,
    };
    let mut encoded = Cursor::new(Vec::new());
    image.write_to(&mut encoded, format)?;
    Ok(encoded.into_inner())
}

/// Decodes an image of whatever format it really has, unless it is too large:
/// a small file may announce an enormous image.
fn decode(bytes: &[u8]) -> ImageResult<DynamicImage> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    // The decoder's own memory was limited above; the image's is here.
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    // Cameras store an image as it came, and which side is up.
    let upright = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(upright);
    Ok(image)
}

/// Writes a file, all of it or nothing: under another name, which is then
/// changed. Whoever finds the file finds it whole, also after a power cut.
///
/// The other name is always the same, so that a second attempt overwrites what
/// the first has left.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default();
    let mut part = OsString::from(".");
    part.push(name);
    part.push(".part");
    let part = path.with_file_name(part);
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    let mut file = File::create(&part)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    let written = written.and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        // Nobody wants half a file, for instance of a disk that is full.
        let _ = fs::remove_file(&part);
    }
    written
}
