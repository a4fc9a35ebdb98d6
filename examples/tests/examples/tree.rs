//! A directory with all sorts of files.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fmt::Write as _,
    fs,
    os::unix::{ffi::OsStrExt as _, fs::symlink, net::UnixListener},
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::Result;

/// The directory, and what of it is to be counted.
pub(crate) struct Tree {
    pub(crate) dir: TempDir,
    pub(crate) files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Tree {
    pub(crate) fn path(&self) -> &str {
        self.dir.path().to_str().unwrap_or_default()
    }

    fn new() -> Result<Tree> {
        let files = BTreeMap::new();
        let dir = tempfile::tempdir()?;
        crate::process::make_public(dir.path())?;
        Ok(Tree { dir, files })
    }

    fn file(&mut self, name: impl AsRef<Path>, content: impl Into<Vec<u8>>) -> Result {
        let path = self.dir.path().join(name);
        let content = content.into();
        write(&path, &content)?;
        self.files.insert(path, content);
        Ok(())
    }
}

fn write(path: &Path, content: &[u8]) -> Result {
    fs::create_dir_all(path.parent().ok_or("no parent")?)?;
    Ok(fs::write(path, content)?)
}

/// A tree with all sorts of files. Each word has a printable ASCII character:
/// `wc` before coreutils 9.5 counts no others in the C locale.
pub(crate) fn of_all_sorts() -> Result<Tree> {
    let mut tree = Tree::new()?;
    tree.file("empty.txt", "")?;
    tree.file("no-final-newline.md", "one two\nthree  four")?;
    tree.file("windows.TXT", "alpha\r\nbeta gamma\r\n\r\n")?;
    tree.file("white-space.txt", "a\tb\x0bc\x0cd\re \n\n  \n")?;
    tree.file(
        "nested/utf8.txt",
        "Größe GRÖSSE naïve žluťoučký x日本語y Σίσυφοςx I'm\n".repeat(500),
    )?;
    tree.file(
        "nested/deep/er/latin1.txt",
        *b"caf\xe9 na\xefve r\xe9sum\xe9 cafx caf\xe9\n\xffx",
    )?;
    tree.file(
        "nested/deep/late-nul.txt",
        [vec![b'a'; 9000], b"\0b c".to_vec()].concat(),
    )?;
    tree.file("name with spaces", "Largest larger large\n")?;
    tree.file(OsStr::from_bytes(b"not-utf-8-\xe4.txt"), "found\n")?;
    tree.file("one-line.json", "[{\"key\":\"value\"},".repeat(200_000))?;
    tree.file("one-word.txt", "x".repeat(300_000))?;
    tree.file("many-words.txt", many_words(120_000, 400_000))?;

    // What is not to be counted.
    let dir = tree.dir.path();
    write(&dir.join("binary.dat"), b"\x7fELF\0 some words\n")?;
    write(&dir.join("nested/binary.dat"), &[0; 100_000])?;
    drop(UnixListener::bind(dir.join("socket"))?);
    symlink("windows.TXT", dir.join("link.txt"))?;
    symlink("nowhere", dir.join("dangling.txt"))?;
    symlink("..", dir.join("nested/loop"))?;
    write(&dir.join(".hidden.txt"), b"hidden\n")?;
    write(&dir.join(".hidden/file.txt"), b"hidden\n")?;
    write(
        &dir.join("cache/CACHEDIR.TAG"),
        b"Signature: 8a477f597d28d172789f06886806bc55\n",
    )?;
    write(&dir.join("cache/file.txt"), b"cached\n")?;
    Ok(tree)
}

/// A tree that takes all workers some time.
pub(crate) fn of_much_work() -> Result<Tree> {
    let mut tree = Tree::new()?;
    let times = if cfg!(debug_assertions) { 1 } else { 10 };
    for file in 0..12 {
        let words = many_words(30_000 + file, 60_000);
        tree.file(format!("big-{file:02}.txt"), words.repeat(times))?;
    }
    for file in 0..200 {
        tree.file(format!("small/{file}.txt"), format!("small file {file}\n"))?;
    }
    tree.file("zzz/last.txt", "the last one\n")?;
    Ok(tree)
}

/// So many words, of so many different ones, some of them often; no two
/// characters of more than one byte at the same place of a block.
fn many_words(different: u64, words: u64) -> String {
    let mut text = String::new();
    let mut random = 1_u64;
    for word in 0..words {
        // The first of them once each, then any of them, small ones often.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let any = random >> 33;
        let number = if word < different {
            word
        } else {
            any % (1 + any % different)
        };
        let separator = if any.is_multiple_of(9) { '\n' } else { ' ' };
        // Writing to a string does not fail.
        let _ = write!(text, "{}é{separator}", letters(number));
    }
    text
}

/// A number as letters.
fn letters(mut number: u64) -> String {
    let mut letters = String::from("w");
    while number > 0 {
        letters.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
    }
    letters
}
