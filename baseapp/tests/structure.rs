//! The shape of the source: which module may use which, how long a file may
//! be, and that the documents say what is there. Each failure names its cure.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

/// The modules of `baseapp/src`, lowest floor first. A module uses its own
/// floor and those below it; `lib.rs` uses all.
const FLOORS: &[&str] = &[
    "report",
    "suggest",
    "copying",
    "error",
    "id",
    "deadline",
    "blob",
    "manage",
    "wire",
    "task",
    "message",
    "transport",
    "blackbox",
    "link",
    "routes",
    "pool",
    "supervision",
    "death",
    "node",
    "worker",
    "registry",
    "verbs",
    "process",
    "queue",
    "supervisor",
    "hub",
    "app",
    "fuzzing",
    "benching",
];

/// The most lines that a file may have, without its tests.
const MAX_LINES: usize = 400;

/// Files that may be longer, and why.
const LONGER: &[(&str, &str)] = &[(
    "baseapp-macros/src/lib.rs",
    "entry points must stand in the root of a macro crate, and each carries its documentation",
)];

/// Directories whose every source file stands in the codemap.
const MAPPED: &[&str] = &["baseapp/src", "baseapp-macros/src"];

#[test]
fn every_module_uses_only_its_floor_and_those_below() -> io::Result<()> {
    let src = root().join("baseapp/src");
    let mut wrong = Vec::new();
    for file in rust_files(&src)? {
        let parts = module_path(&file, &src);
        let Some(module) = parts.first() else {
            continue; // lib.rs
        };
        let shown = file.strip_prefix(root()).unwrap_or(&file).display();
        let Some(floor) = floor(module) else {
            wrong.push(format!(
                "{shown}: `{module}` has no floor: give it its place in FLOORS in {}",
                file!()
            ));
            continue;
        };
        let code = without_tests(&blank(&fs::read_to_string(&file)?));
        for (line, used) in used_modules(&code, parts.len()) {
            match floor_of_use(&used) {
                Ok(used_floor) if used_floor <= floor => {}
                Ok(_) => wrong.push(format!(
                    "{shown}:{line}: `{module}` uses `{used}`, which stands on a higher floor: \
                     move what is used down, or hand it in from above as a value or a trait"
                )),
                Err(cure) => wrong.push(format!("{shown}:{line}: {cure}")),
            }
        }
    }
    for module in FLOORS {
        let found = src.join(module).is_dir() || src.join(format!("{module}.rs")).is_file();
        if !found {
            wrong.push(format!(
                "`{module}` stands in FLOORS in {} and is no module: remove it there",
                file!()
            ));
        }
    }
    fail_with(&wrong)
}

#[test]
fn the_codemap_names_every_file_and_no_other() -> io::Result<()> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md"))?;
    let named = codemap(&text);
    let mut wrong = Vec::new();
    for path in &named {
        if !root().join(path).exists() {
            wrong.push(format!(
                "the codemap of ARCHITECTURE.md names `{path}`, which does not exist: \
                 remove the line, or correct it"
            ));
        }
    }
    for directory in MAPPED {
        for file in rust_files(&root().join(directory))? {
            let path = slashed(file.strip_prefix(root()).unwrap_or(&file));
            if !named.contains(&path) {
                wrong.push(format!(
                    "the codemap of ARCHITECTURE.md does not name `{path}`: \
                     add a line that says what is in it"
                ));
            }
        }
    }
    fail_with(&wrong)
}

#[test]
fn no_file_is_too_long_to_be_read_at_once() -> io::Result<()> {
    let mut wrong = Vec::new();
    for directory in MAPPED {
        for file in rust_files(&root().join(directory))? {
            let path = slashed(file.strip_prefix(root()).unwrap_or(&file));
            let text = fs::read_to_string(&file)?;
            let lines = text.lines().count() - test_lines(&blank(&text));
            let excused = LONGER.iter().any(|(longer, _)| *longer == path);
            if lines > MAX_LINES && !excused {
                wrong.push(format!(
                    "{path} has {lines} lines without its tests, and {MAX_LINES} are allowed: \
                     split it by concept, or give a reason in LONGER in {}",
                    file!()
                ));
            }
            if lines <= MAX_LINES && excused {
                wrong.push(format!(
                    "{path} has {lines} lines and needs no excuse any more: remove it from LONGER in {}",
                    file!()
                ));
            }
        }
    }
    fail_with(&wrong)
}

#[test]
fn the_readme_shows_the_example_of_the_crate() -> io::Result<()> {
    let readme = fs::read_to_string(root().join("README.md"))?;
    let library = fs::read_to_string(root().join("baseapp/src/lib.rs"))?;
    let docs: String = library
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .collect();
    let (shown, compiled) = (first_example(&readme), first_example(&docs));
    assert!(!compiled.is_empty(), "the crate has no example");
    assert_eq!(
        shown, compiled,
        "the first Rust example of README.md is not that of baseapp/src/lib.rs, which is compiled \
         as a doc test: copy the latter over the former"
    );
    Ok(())
}

/// The root of the repository.
fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

fn fail_with(wrong: &[String]) -> io::Result<()> {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    Ok(())
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// All Rust files below a directory, sorted.
fn rust_files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The names of the modules from the root to that file; none for `lib.rs`.
fn module_path(file: &Path, src: &Path) -> Vec<String> {
    let inner = file.strip_prefix(src).unwrap_or(file).with_extension("");
    let parts = inner.iter().map(|part| part.to_string_lossy().into_owned());
    parts
        .filter(|part| part != "mod" && part != "lib")
        .collect()
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|known| *known == module)
}

/// The floor of what follows `crate::`, or what to write instead.
fn floor_of_use(used: &str) -> Result<usize, String> {
    floor(used).ok_or_else(|| {
        if used == "super" {
            "`super::` that leads out of the module: write `crate::` and the module's name".into()
        } else {
            format!("`crate::{used}` is no module: name the module that `{used}` is in")
        }
    })
}

/// What a file uses of the crate, with the line: the names that follow
/// `crate::`, and `super` where it leads to the root of the crate.
fn used_modules(code: &str, depth: usize) -> Vec<(usize, String)> {
    let mut used = Vec::new();
    let mut add = |at: usize, name: &str| {
        let line = code[..at].matches('\n').count() + 1;
        used.push((line, name.to_owned()));
    };
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back().unwrap_or(' ');
        if !before.is_alphanumeric() && !"_$".contains(before) {
            for name in heads(&code[at + "crate::".len()..]) {
                add(at, name);
            }
        }
    }
    let up = "super::".repeat(depth);
    for (at, _) in code.match_indices(&up) {
        if !code[..at].ends_with("super::") {
            add(at, "super");
        }
    }
    used
}

/// The first names of a path or of a `{..}` of paths.
fn heads(path: &str) -> Vec<&str> {
    let Some(list) = path.strip_prefix('{') else {
        return vec![word(path)];
    };
    let mut names = Vec::new();
    let (mut depth, mut fresh) = (0, true);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if c.is_whitespace() => {}
            _ if fresh => {
                names.push(word(&list[at..]));
                fresh = false;
            }
            _ => {}
        }
    }
    names
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

/// The source with its comments, strings and characters blanked out, line by
/// line and byte by byte where it was.
fn blank(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = at + token(&source[at..], at > 0 && is_word(bytes[at - 1]));
        // What is longer than a character is a comment or a literal.
        if source[at..end].chars().nth(1).is_some() {
            let longer = out[at..end].iter_mut();
            longer
                .filter(|byte| **byte != b'\n')
                .for_each(|byte| *byte = b' ');
        }
        at = end;
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The length of the comment, literal or single character that begins here.
fn token(rest: &str, within_word: bool) -> usize {
    let until = |end: &str, from: usize| {
        rest[from..]
            .find(end)
            .map_or(rest.len(), |at| from + at + end.len())
    };
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return until("*/", 2);
    }
    let raw = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'));
    if let Some(raw) = raw.filter(|_| !within_word) {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let start = rest.len() - raw.len() + hashes + 1;
            return until(&format!("\"{}", "#".repeat(hashes)), start);
        }
    }
    if rest.starts_with('"') {
        return quoted(rest, '"');
    }
    // A character, unless it is a lifetime.
    let mut chars = rest.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some('\''), Some('\\'), _) => quoted(rest, '\''),
        (Some('\''), Some(c), Some('\'')) => 2 + c.len_utf8(),
        (Some(c), ..) => c.len_utf8(),
        (None, ..) => 1,
    }
}

/// The length of a literal that ends with an unescaped `end`.
fn quoted(rest: &str, end: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == end => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The code without the items that are for tests alone.
fn without_tests(code: &str) -> String {
    let mut out = code.to_owned();
    while let Some((start, end)) = test_item(&out) {
        let lines = "\n".repeat(out[start..end].matches('\n').count());
        out.replace_range(start..end, &lines);
    }
    out
}

/// How many lines the items have that are for tests alone.
fn test_lines(code: &str) -> usize {
    let (mut code, mut lines) = (code.to_owned(), 0);
    while let Some((start, end)) = test_item(&code) {
        lines += code[start..end].lines().count();
        code.replace_range(start..end, "");
    }
    lines
}

/// From `#[cfg(test)]` to the end of what it stands on.
fn test_item(code: &str) -> Option<(usize, usize)> {
    let start = code.find("#[cfg(test)]")?;
    let body = start + code[start..].find(['{', ';'])?;
    if code[body..].starts_with(';') {
        return Some((start, body + 1));
    }
    let mut depth = 0;
    for (at, c) in code[body..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return Some((start, body + at + 1)),
            '}' => depth -= 1,
            _ => {}
        }
    }
    Some((start, code.len()))
}

/// The paths that the section `## Codemap` names: a heading names a directory,
/// and each line of the list below it a file or directory there.
fn codemap(text: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    let (mut within, mut directory) = (false, String::new());
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            within = heading.trim() == "Codemap";
        }
        if !within {
            continue;
        }
        if let Some(heading) = line.strip_prefix("### ") {
            directory = in_backticks(heading).unwrap_or_default().to_owned();
            if !directory.is_empty() && !directory.ends_with('/') {
                directory.push('/');
            }
        } else if let Some(path) = line.strip_prefix("- ").and_then(in_backticks) {
            named.insert(format!("{directory}{path}"));
        }
    }
    named
}

fn in_backticks(text: &str) -> Option<&str> {
    let (inner, _) = text.strip_prefix('`')?.split_once('`')?;
    Some(inner)
}

/// The code of the first Rust example of a Markdown text.
fn first_example(text: &str) -> String {
    let is_rust = |line: &&str| line.starts_with("```rust") || line.starts_with("```no_run");
    let lines = text.lines().skip_while(|line| !is_rust(line)).skip(1);
    let code = lines.take_while(|line| !line.starts_with("```"));
    code.map(|line| format!("{line}\n")).collect()
}

#[test]
fn what_is_no_code_is_not_looked_at() {
    let source = r##"
        //! crate::doc
        use crate::{id::{Token, WorkerId}, wire};
        fn f<'a>(c: &'a str) { g('{', '\'', "crate::text \" }", r#"crate::raw"#); $crate::x() }
        #[cfg(test)]
        mod tests { use crate::hub; }
        fn after() { super::super::x(); super::y() }
    "##;
    let code = without_tests(&blank(source));
    let used: Vec<String> = used_modules(&code, 2)
        .into_iter()
        .map(|(line, name)| format!("{line} {name}"))
        .collect();
    assert_eq!(used, ["3 id", "3 wire", "7 super"]);
    assert_eq!(test_lines(&blank(source)), 2);
}
