//! The example that loses no image: what it makes, and what it says of what it
//! cannot make.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use image::ImageFormat::{self, Jpeg, Png};
use rustix::process::Signal;

use crate::{
    Result,
    gallery::{Gallery, bomb, encoded},
    process::{Ended, Example, program, run},
};

/// The example, for a gallery.
fn command(gallery: &Gallery, args: &[&str]) -> Result<Command> {
    let mut command = Command::new(program("thumbnails")?);
    command.arg(&gallery.dir).arg(&gallery.out).args(args);
    Ok(command)
}

/// Runs it to its end.
fn thumbnails(gallery: &Gallery, args: &[&str]) -> Result<Ended> {
    Example::start(command(gallery, args)?)?.ended()
}

/// What it says: images that failed, by their path, and the last line.
fn read(out: &str, gallery: &Gallery) -> Result<(BTreeMap<String, String>, String)> {
    let mut lines: Vec<&str> = out.lines().collect();
    let last = lines.pop().ok_or("it says nothing")?.to_owned();
    let start = format!("{}/", gallery.dir.display());
    let failed = lines.into_iter().map(|line| {
        let (path, why) = line.strip_prefix(&start)?.split_once(": ")?;
        Some((path.to_owned(), why.to_owned()))
    });
    let failed: Option<BTreeMap<_, _>> = failed.collect();
    Ok((failed.ok_or_else(|| out.to_owned())?, last))
}

/// What is in the output.
fn shapes(gallery: &Gallery) -> Result<BTreeMap<String, (ImageFormat, u32, u32)>> {
    let made = gallery.made()?.into_iter();
    made.map(|(name, made)| Ok((name, made.shape()?))).collect()
}

#[test]
fn each_image_becomes_a_thumbnail() -> Result {
    let gallery = Gallery::new()?;
    gallery.file("wide.png", &encoded(640, 320, Png)?)?;
    gallery.file("a/high.jpg", &encoded(90, 450, Jpeg)?)?;
    gallery.file("a/b/small.JPEG", &encoded(20, 10, Jpeg)?)?;
    gallery.file("a/b/misnamed.jpg", &encoded(128, 128, Png)?)?;
    gallery.file("same.png", &encoded(65, 65, Png)?)?;
    gallery.file("same.jpg", &encoded(65, 65, Jpeg)?)?;
    gallery.file("notes.txt", b"no image")?;
    let args = ["--size", "64", "--workers", "3"];
    let out = thumbnails(&gallery, &args)?.well()?;
    assert_eq!(out, "6 made, 0 up to date, 0 failed\n");

    let expected = [
        ("wide.png", (Png, 64, 32)),
        ("a/high.jpg", (Jpeg, 13, 64)),
        ("a/b/small.JPEG", (Jpeg, 20, 10)),
        ("a/b/misnamed.jpg", (Jpeg, 64, 64)),
        ("same.png", (Png, 64, 64)),
        ("same.jpg", (Jpeg, 64, 64)),
    ];
    let expected = expected.map(|(name, shape)| (name.to_owned(), shape));
    assert_eq!(shapes(&gallery)?, BTreeMap::from(expected));

    // Again: only what has changed.
    fs::remove_file(gallery.out.join("same.png"))?;
    let out = thumbnails(&gallery, &args)?.well()?;
    assert_eq!(out, "1 made, 5 up to date, 0 failed\n");
    let newer = fs::File::options()
        .append(true)
        .open(gallery.dir.join("wide.png"))?;
    newer.set_modified(
        fs::metadata(gallery.out.join("wide.png"))?.modified()? + Duration::from_secs(1),
    )?;
    let out = thumbnails(&gallery, &args)?.well()?;
    assert_eq!(out, "1 made, 5 up to date, 0 failed\n");
    Ok(())
}

#[test]
fn images_that_cannot_be_done_are_named_and_all_others_are_done() -> Result {
    let gallery = Gallery::new()?;
    let (png, jpeg) = (encoded(100, 50, Png)?, encoded(50, 100, Jpeg)?);
    for number in 0..10 {
        gallery.file(&format!("good-{number}.png"), &png)?;
        gallery.file(&format!("good-{number}.jpg"), &jpeg)?;
    }
    gallery.file("abort.png", &png)?;
    gallery.file("blocked/good.png", &png)?;
    gallery.file("bomb.png", &bomb(60_000, 60_000))?;
    gallery.file("cut.jpg", &jpeg[..40])?;
    gallery.file("cut.png", &png[..png.len() / 2])?;
    gallery.file("dense-bomb.png", &bomb(16_000, 16_000))?;
    gallery.file("empty.png", b"")?;
    gallery.file("text.jpg", b"This is no image.\n")?;
    // A file where a directory is wanted.
    crate::gallery::write(&gallery.out.join("blocked"), b"")?;

    let args = ["--size", "16", "--workers", "2", "--abort-on", "abort.png"];
    let Ended { status, out, err } = thumbnails(&gallery, &args)?;
    assert_eq!(status.code(), Some(1), "{err}");
    assert!(err.ends_with("Error: 8 images failed\n"), "{err}");
    let (failed, last) = read(&out, &gallery)?;
    assert_eq!(last, "20 made, 0 up to date, 8 failed");
    let rejected = "its handler has rejected it: ";
    let expected = [
        ("abort.png", "three workers died of it: "),
        ("blocked/good.png", "its attempts are used up: "),
        ("bomb.png", rejected),
        ("cut.jpg", rejected),
        ("cut.png", rejected),
        ("dense-bomb.png", rejected),
        ("empty.png", rejected),
        ("text.jpg", rejected),
    ];
    assert_eq!(failed.len(), expected.len(), "{out}");
    for ((path, why), (expected, reason)) in failed.iter().zip(expected) {
        assert_eq!(path, expected, "{out}");
        assert!(why.starts_with(reason), "{out}");
    }
    assert!(failed["bomb.png"].contains("exceeds limit"), "{out}");
    assert!(failed["dense-bomb.png"].contains("limit exceeded"), "{out}");
    assert!(failed["abort.png"].contains("SIGABRT"), "{out}");

    let made: BTreeSet<String> = gallery.made()?.into_keys().collect();
    let good =
        (0..10).flat_map(|number| ["png", "jpg"].map(|kind| format!("good-{number}.{kind}")));
    let good: BTreeSet<String> = good.chain(["blocked".to_owned()]).collect();
    assert_eq!(made, good);

    // Those that failed are tried again, and only they.
    fs::remove_file(gallery.out.join("blocked"))?;
    let Ended { status, out, err } = thumbnails(&gallery, &["--size", "16"])?;
    assert_eq!(status.code(), Some(1), "{err}");
    let (failed, last) = read(&out, &gallery)?;
    assert_eq!(last, "2 made, 20 up to date, 6 failed");
    assert!(!failed.contains_key("abort.png") && !failed.contains_key("blocked/good.png"));
    Ok(())
}

const IMAGES: usize = 200;

/// With its tasks in a file.
fn durable(gallery: &Gallery) -> Result<Command> {
    let mut command = command(gallery, &["--workers", "2", "--size", "30", "--durable"])?;
    command.arg(gallery.beside("tasks"));
    Ok(command)
}

/// Starts it, and waits until some images are done, but not all.
fn in_the_middle(gallery: &Gallery, command: Command) -> Result<Example> {
    let example = Example::start(command)?;
    // Nothing tells when a file appears: look.
    let until = Instant::now() + Duration::from_secs(30);
    while gallery.done().len() < 10 {
        if Instant::now() > until {
            return Err("no thumbnails appear".into());
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(example)
}

/// What the program says of its file of tasks.
fn stats(gallery: &Gallery) -> Result<String> {
    let mut command = durable(gallery)?;
    command.env("BASEAPP_QUEUE", "stats");
    Example::start(command)?.ended()?.well()
}

/// All are done, and nothing else is there.
fn all_are_done(gallery: &Gallery) -> Result {
    let shapes = shapes(gallery)?;
    assert_eq!(shapes.len(), IMAGES);
    assert!(
        shapes.values().all(|shape| *shape == (Png, 30, 20)),
        "{shapes:?}"
    );
    Ok(())
}

/// The numbers of a text such as `12 made, 188 up to date, 0 failed`.
fn numbers(out: &str) -> Vec<usize> {
    let words = out.split([' ', '\n']);
    words.filter_map(|word| word.parse().ok()).collect()
}

#[test]
#[cfg(target_os = "linux")]
fn after_kill_it_goes_on_where_it_stopped() -> Result {
    let gallery = Gallery::of(IMAGES)?;
    let place = in_the_middle(&gallery, durable(&gallery)?)?.killed()?;
    let before = gallery.done();
    let (done, left) = (before.len(), IMAGES - before.len());
    assert!(left > 0);
    // Some may be done of which the queue has not heard.
    let waiting = stats(&gallery)?;
    let unfinished = numbers(&waiting);
    assert!(unfinished[0] >= left, "{waiting}");

    let out = Example::start_in(place, durable(&gallery)?)?
        .ended()?
        .well()?;
    assert_eq!(numbers(&out), [left, done, 0], "{out}");
    all_are_done(&gallery)?;
    let after = gallery.done();
    let again = before
        .iter()
        .filter(|(path, file)| after.get(*path) != Some(file))
        .count();
    assert!(
        again <= unfinished[0] - left,
        "{again} were made again: {waiting}"
    );
    assert_eq!(stats(&gallery)?, "no tasks and no dead letters\n");
    Ok(())
}

#[test]
fn after_ctrl_c_it_goes_on_where_it_stopped() -> Result {
    let gallery = Gallery::of(IMAGES)?;
    let example = in_the_middle(&gallery, durable(&gallery)?)?;
    example.signal(Signal::INT)?;
    let Ended { status, out, err } = example.ended()?;
    assert_eq!(status.code(), Some(1), "{out}\n{err}");
    let (error, start) = (err.lines().last(), "Error: stopped with ");
    assert!(error.is_some_and(|error| error.starts_with(start)), "{err}");
    let before = numbers(&out);
    // Workers have ended what they had in hand, and main has heard of it.
    let done = gallery.made()?.len();
    assert_eq!(before, [done, 0, 0], "{out}");
    assert!(done < IMAGES);
    let left = IMAGES - done;
    assert!(
        err.contains(&format!("{start}{left} images to do")),
        "{err}"
    );
    let waiting = format!("resizers: {left} waiting, 0 delayed, 0 dead; 0 have failed before\n");
    assert_eq!(stats(&gallery)?, waiting);

    let out = Example::start(durable(&gallery)?)?.ended()?.well()?;
    assert_eq!(numbers(&out), [left, done, 0], "{out}");
    all_are_done(&gallery)
}

#[test]
fn after_ctrl_c_without_a_file_it_does_what_is_missing() -> Result {
    let gallery = Gallery::of(IMAGES)?;
    let args = ["--workers", "2", "--size", "30"];
    let example = in_the_middle(&gallery, command(&gallery, &args)?)?;
    example.signal(Signal::INT)?;
    let Ended { status, out, err } = example.ended()?;
    let done = numbers(&out)[0];
    // It goes on for a while: perhaps until all are done.
    if done < IMAGES {
        assert_eq!(status.code(), Some(1), "{out}\n{err}");
    }
    thumbnails(&gallery, &args)?.well()?;
    all_are_done(&gallery)
}

#[test]
fn wrong_arguments_are_named() -> Result {
    let gallery = Gallery::new()?;
    let path = gallery.dir.to_str().ok_or("not UTF-8")?;
    let inside = gallery.dir.join("deeper");
    fs::create_dir(&inside)?;
    let inside = inside.to_str().ok_or("not UTF-8")?;
    for (args, named) in [
        (&[][..], "which directory?"),
        (&[path], "where to put the thumbnails?"),
        (&["/no/such/directory", path], "`/no/such/directory`"),
        (&[path, path], "thumbnails might overwrite images"),
        (&[inside, path], "thumbnails might overwrite images"),
        (&["--size", "0", path, path], "\"0\""),
    ] {
        let Ended { status, out, err } = run("thumbnails", args)?;
        assert_eq!(status.code(), Some(1), "{args:?}");
        assert_eq!(out, "");
        let is_named = err.starts_with("Error: ") && err.contains(named);
        assert!(is_named, "{args:?}: {err}");
    }
    Ok(())
}

#[test]
fn help_is_printed() -> Result {
    let out = run("thumbnails", &["--help"])?.well()?;
    assert!(out.contains("--durable FILE"), "{out}");
    Ok(())
}
