//! Pages in files: whose they are, and what is believed of them.

use std::{fs, io, path::Path, time::Duration};

use proptest::prelude::*;

use super::super::{Fate, InHand, Page, Snapshot, layout};
use crate::id::{Incarnation, WorkerId};

fn in_dir(test: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let dir = tempfile::tempdir()?;
    test(&dir.path().join("page"))
}

#[test]
fn what_is_in_hand_outlives_the_writer() -> io::Result<()> {
    in_dir(|path| {
        Page::create(path, 4)?;
        assert_eq!(Snapshot::read(path)?, Snapshot::default());
        let page = Page::open(path)?;
        page.begin(InHand::Handler(3));
        let slot = page.open_slot(WorkerId(5), Incarnation(2), 77);
        let slot = slot.ok_or(io::ErrorKind::OutOfMemory)?;
        slot.start();
        slot.finish();
        slot.start();
        assert_eq!(Snapshot::read(path)?.progress(), 1);
        // As after a kill: nothing is tidied up.
        std::mem::forget(slot);
        drop(page);

        let left = Snapshot::read(path)?;
        let (what, lasts) = left.in_hand().ok_or(io::ErrorKind::NotFound)?;
        assert_eq!(what, InHand::Handler(3));
        assert!(lasts.is_none_or(|lasts| lasts < Duration::from_secs(60)));
        assert_eq!(lasts.is_some(), cfg!(unix));
        assert_eq!(left.hand_connection(), Some(77));
        let link = left.of_connection(77).ok_or(io::ErrorKind::NotFound)?;
        assert_eq!((link.peer, link.life), (WorkerId(5), Incarnation(2)));
        let fates = [1, 2, 3].map(|number| link.fate(number));
        assert_eq!(fates, [Fate::Finished, Fate::Interrupted, Fate::NotStarted]);
        assert_eq!(left.slots().count(), 1);
        Ok(())
    })
}

#[test]
fn a_living_page_can_be_read_at_any_time() -> io::Result<()> {
    in_dir(|path| {
        Page::create(path, 1)?;
        let page = Page::open(path)?;
        let writer = std::thread::spawn(move || {
            for round in 1..20_000 {
                let slot = page.open_slot(WorkerId(1), Incarnation(1), round);
                page.begin(InHand::Task(1));
                slot.iter().for_each(|slot| slot.start());
                slot.iter().for_each(|slot| slot.finish());
                page.end();
            }
        });
        let mut last = 0;
        while !writer.is_finished() {
            let progress = Snapshot::read(path)?.progress();
            assert!(progress >= last);
            last = progress;
        }
        assert!(writer.join().is_ok());
        assert_eq!(Snapshot::read(path)?.in_hand(), None);
        Ok(())
    })
}

#[test]
fn no_file_is_overwritten_and_none_is_half_there() -> io::Result<()> {
    in_dir(|path| {
        Page::create(path, 124)?;
        let before = fs::read(path)?;
        let again = Page::create(path, 1).map_err(|error| error.kind());
        assert_eq!(again, Err(io::ErrorKind::AlreadyExists));
        assert_eq!(fs::read(path)?, before);
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let made = fs::metadata(path)?;
            assert_eq!(made.mode() & 0o777, 0o600);
            assert!(made.blocks() * 512 >= made.len(), "a hole is a signal");
        }
        Ok(())
    })
}

#[cfg(unix)]
#[test]
fn no_link_is_followed_and_no_pipe_is_waited_for() -> io::Result<()> {
    use std::os::unix::fs::symlink;
    in_dir(|path| {
        let (link, target) = (path.with_extension("link"), path.with_extension("target"));
        symlink(&target, &link)?;
        assert!(Page::create(&link, 1).is_err());
        assert!(!target.exists());
        Page::create(&target, 1)?;
        assert!(Page::open(&link).is_err());
        assert!(Snapshot::read(&link).is_err());
        assert!(Snapshot::read(&target).is_ok());

        let made = std::process::Command::new("mkfifo").arg(path).status()?;
        assert!(made.success());
        assert!(Page::open(path).is_err());
        assert!(Snapshot::read(path).is_err());
        assert!(Snapshot::read(Path::new("/dev/zero")).is_err());
        assert!(Snapshot::read(Path::new("/")).is_err());
        Ok(())
    })
}

/// A page that was cut short, by whomever: neither side believes it.
#[test]
fn a_page_that_is_cut_short_is_no_page() -> io::Result<()> {
    in_dir(|path| {
        Page::create(path, 2)?;
        let whole = fs::read(path)?;
        for length in 0..whole.len() {
            fs::write(path, &whole[..length])?;
            let read = Snapshot::read(path).map_err(|error| error.kind());
            assert_eq!(read, Err(io::ErrorKind::InvalidData));
            assert!(Page::open(path).is_err());
        }
        let file = fs::File::create(path)?;
        file.set_len(1 << 40)?;
        assert!(Snapshot::read(path).is_err());
        assert!(Page::open(path).is_err());
        fs::remove_file(path)?;
        assert!(Snapshot::read(path).is_err());
        assert!(Page::open(path).is_err());
        Ok(())
    })
}

#[test]
fn what_is_asked_for_beyond_the_cap_is_not_given() -> io::Result<()> {
    in_dir(|path| {
        Page::create(path, usize::MAX)?;
        assert!(fs::metadata(path)?.len() < layout::TOO_MANY_BYTES as u64);
        assert!(
            Page::open(path)?
                .open_slot(WorkerId(1), Incarnation(1), 1)
                .is_some()
        );
        assert!(Snapshot::read(path).is_ok());
        Ok(())
    })
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(
        bytes in proptest::collection::vec(any::<u8>(), 0..600),
        slots in 0..4_usize,
        with_header in any::<bool>(),
    ) {
        let mut bytes = bytes;
        if with_header {
            let header = layout::to_bytes(&layout::header(slots));
            bytes.splice(..header.len().min(bytes.len()), header);
        }
        let whole = layout::words(slots) * layout::WORD;
        for length in [bytes.len(), whole.min(bytes.len())] {
            let words = layout::from_bytes(&bytes[..length]);
            let read = words.and_then(|words| Snapshot::from_words(&words));
            prop_assert!(read.is_none() || with_header);
            prop_assert_eq!(read.is_some(), with_header && length == whole);
        }
    }
}
