//! The examples that show one idea of the task queue each.

use std::collections::BTreeSet;

use rustix::process::Signal;

use crate::{
    Result,
    process::{run, start},
};

/// The numbers of `main: 3 × 7 = 21, says multipliers#2`, and who says it.
fn product(line: &str) -> Option<([u64; 3], &str)> {
    let (product, by) = line.strip_prefix("main: ")?.split_once(", says ")?;
    let (of, is) = product.split_once(" = ")?;
    let (a, b) = of.split_once(" × ")?;
    let numbers = [a.parse().ok()?, b.parse().ok()?, is.parse().ok()?];
    Some((numbers, by))
}

#[test]
fn multiplication_ends_after_some_results() -> Result {
    let out = run("multiplication", &["--results", "2"])?.well()?;
    // Workers say what they multiply, main what comes of it.
    let products: Vec<_> = out.lines().filter_map(product).collect();
    assert!(products.len() >= 2, "{out}");
    for ([a, b, product], by) in products {
        assert_eq!(a * b, product, "{out}");
        assert!(out.contains(&format!("{by}: {a} × {b}\n")), "{out}");
        let workers = ["multipliers#1", "multipliers#2", "multipliers#3"];
        assert!(workers.contains(&by), "{out}");
    }
    Ok(())
}

#[test]
fn multiplication_goes_on_until_ctrl_c() -> Result {
    let mut example = start("multiplication", &[])?;
    // Of the first timer, and of the second.
    example.printed(" × 7\n")?;
    example.printed(" × 1000000\n")?;
    example.signal(Signal::INT)?;
    let out = example.ended()?.well()?;
    // What was submitted is multiplied, and main hears of it.
    let begun = out
        .lines()
        .filter(|line| line.starts_with("multipliers#"))
        .count();
    let ended = out.lines().filter_map(product).count();
    assert_eq!(begun, ended, "{out}");
    Ok(())
}

#[test]
fn crawl_queue_fetches_each_page_once() -> Result {
    for pages in [1, 2, 300] {
        let out = run("crawl_queue", &["--pages", &pages.to_string()])?.well()?;
        let (fetches, sum) = out.trim_end().rsplit_once('\n').ok_or("one line")?;
        // Of each page to two pages anywhere, and to each page but the first.
        let links = 3 * pages - 1;
        let expected = format!("{pages} pages with {links} links, fetched {pages} times");
        assert_eq!(sum, expected);

        let fetches = fetches.lines().filter_map(|line| line.split_once(": "));
        let fetches: Vec<_> = fetches.collect();
        let workers: BTreeSet<_> = fetches.iter().map(|(worker, _)| *worker).collect();
        let all = ["crawlers#1", "crawlers#2", "crawlers#3", "crawlers#4"];
        assert!(workers.iter().all(|worker| all.contains(worker)), "{out}");
        let counts = fetches
            .iter()
            .filter_map(|(_, pages)| pages.strip_suffix(" pages"));
        let counts: Vec<u64> = counts
            .map(str::parse)
            .collect::<std::result::Result<_, _>>()?;
        assert_eq!(counts.iter().sum::<u64>(), pages, "{out}");
    }
    Ok(())
}

#[test]
fn crawl_queue_names_a_web_that_cannot_be() -> Result {
    let ended = run("crawl_queue", &["--pages", "0"])?;
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(ended.err, "Error: number would be zero for non-zero type\n");
    Ok(())
}
