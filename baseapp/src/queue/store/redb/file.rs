//! [`QueueFile`]: a file that one process has for itself.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::Path,
};

use redb::StorageBackend;

use super::fault::Fault;

/// A file that is locked for as long as this lives.
#[derive(Debug)]
pub(super) struct QueueFile {
    file: File,
    /// Reading and writing at a place are two calls where they are not one.
    #[cfg(not(unix))]
    place: std::sync::Mutex<()>,
}

impl QueueFile {
    /// Opens the file, which is made if there is none.
    pub(super) fn open(path: &Path) -> Result<QueueFile, Fault> {
        let file = open_or_make(path)?;
        if !file.metadata()?.is_file() {
            return Err(Fault::NotAQueue);
        }
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Fault::InUse),
            // Without a lock two processes could write into it.
            Err(TryLockError::Error(error)) => return Err(Fault::Io(error)),
        }
        Ok(QueueFile {
            file,
            #[cfg(not(unix))]
            place: std::sync::Mutex::new(()),
        })
    }
}

impl Drop for QueueFile {
    /// A process that is just being started has the file open, too, for a moment: the
    /// lock would last for as long.
    fn drop(&mut self) {
        // What cannot be unlocked is unlocked when it is closed.
        let _ = self.file.unlock();
    }
}

fn open_or_make(path: &Path) -> Result<File, Fault> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        opened => return Ok(opened?),
    }
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Fault::Io(io::Error::new(
            io::ErrorKind::NotFound,
            "the directory that it should be in does not exist: create it",
        ))),
        // Somebody was quicker.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Ok(options.create_new(false).open(path)?)
        }
        made => Ok(made?),
    }
}

/// Makes the name of a file outlive a power cut.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    // Elsewhere a directory cannot be opened as a file.
    #[cfg(unix)]
    {
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        File::open(directory)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

impl StorageBackend for QueueFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    #[cfg(unix)]
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, out, offset)
    }

    #[cfg(unix)]
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(&self.file, data, offset)
    }

    #[cfg(not(unix))]
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        use std::io::{Read, Seek, SeekFrom};
        let _place = self.place.lock();
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(out)
    }

    #[cfg(not(unix))]
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        use std::io::{Seek, SeekFrom, Write};
        let _place = self.place.lock();
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(data)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_ends_with_it_although_a_process_that_is_being_started_has_the_file_open() {
        let opened = || -> Result<(), Fault> {
            let directory = tempfile::tempdir()?;
            let path = directory.path().join("queue");
            let file = QueueFile::open(&path)?;
            assert!(matches!(QueueFile::open(&path), Err(Fault::InUse)));
            let inherited = file.file.try_clone()?;
            drop(file);
            QueueFile::open(&path)?;
            drop(inherited);
            Ok(())
        };
        assert!(opened().is_ok());
    }
}
