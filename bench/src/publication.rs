//! What `--write` leaves in the repository: the tables in the README, the whole
//! outcome beside it, and the picture.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Between these lines of the README the tables stand.
const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";

/// The root of the repository: the directory above this package's.
fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}

/// Replaces the tables in the README.
pub(crate) fn readme(tables: &str) -> Result<()> {
    let path = root().join("README.md");
    let text = fs::read_to_string(&path).context("reading README.md")?;
    let text = replaced(&text, tables)?;
    fs::write(path, text).context("writing README.md")
}

/// Writes a file into `docs`.
pub(crate) fn document(name: &str, text: &str) -> Result<()> {
    let directory = root().join("docs");
    fs::create_dir_all(&directory).context("making docs")?;
    fs::write(directory.join(name), text).with_context(|| format!("writing docs/{name}"))
}

fn replaced(text: &str, tables: &str) -> Result<String> {
    let (before, rest) = text
        .split_once(BEGIN)
        .with_context(|| format!("README.md has no line {BEGIN}"))?;
    let (old, after) = rest
        .split_once(END)
        .with_context(|| format!("README.md has no line {END}"))?;
    ensure!(!old.contains(BEGIN), "README.md has two lines {BEGIN}");
    Ok(format!(
        "{before}{BEGIN}\n\n{}\n\n{END}{after}",
        tables.trim()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_lines_is_replaced() -> Result<()> {
        let text = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let expected = format!("a\n{BEGIN}\n\nnew\n\n{END}\nb\n");
        assert_eq!(replaced(&text, "new\n")?, expected);
        assert_eq!(replaced(&expected, "new")?, expected);
        assert!(replaced("nothing", "new").is_err());
        Ok(())
    }
}
