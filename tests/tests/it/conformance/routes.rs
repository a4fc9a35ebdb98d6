//! The routing table, as a program sees it.

use baseapp::{Result, prelude::*};
use tests::Test;

use crate::common::{Recorder, twice};

twice!(the_routes_of_the_program_are_listed_sorted_and_with_their_source);

async fn the_routes_of_the_program_are_listed_sorted_and_with_their_source(
    _: &Test,
    mut app: App,
) -> Result<()> {
    let routes = app.routes()?;
    let key = |route: &baseapp::Route| (route.worker, route.message);
    assert!(routes.is_sorted_by_key(key));
    let of = |message: &str| {
        let is = |route: &&baseapp::Route| {
            route.worker.ends_with("common::Recorder") && route.message.ends_with(message)
        };
        routes.iter().find(is).cloned()
    };
    let sum = of("::Sum").ok_or_else(|| baseapp::Error::msg("no route for Sum"))?;
    assert_eq!(
        (sum.reply, sum.method, sum.subscribe),
        ("(u64, u64)", "sum", false)
    );
    assert!(sum.location.file.ends_with("common.rs") && sum.location.line > 1);
    let shout = of("::Shout").ok_or_else(|| baseapp::Error::msg("no route for Shout"))?;
    assert_eq!((shout.reply, shout.subscribe), ("()", true));

    app.worker("recorder", Recorder::default())?;
    let app = app.start().await?;
    assert_eq!(app.routes().len(), routes.len());
    app.stop().await
}

/// What the fixture program prints when the environment asks for its routes.
fn printed(format: &str) -> Result<tests::Ended> {
    let program = env!("CARGO_BIN_EXE_fixture");
    let mut fixture = tests::Fixture::start_with(program, &["idle"], |command| {
        command.env("BASEAPP_ROUTES", format);
    })?;
    Ok(fixture.wait()?)
}

#[test]
fn a_program_prints_its_routes_instead_of_running() -> Result<()> {
    let _test = tests::test!();
    for (format, begins) in [
        ("text", ""),
        ("dot", "digraph"),
        ("mermaid", "flowchart"),
        ("json", "["),
    ] {
        let ended = printed(format)?;
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
        let text = ended.stdout;
        assert!(text.starts_with(begins), "{format}: {text}");
        for name in ["Chain", "Add", "Spin", "Die"] {
            assert!(text.contains(name), "{format} names no {name}: {text}");
        }
        assert!(!text.contains("started"), "it ran: {text}");
    }
    Ok(())
}

#[test]
fn an_unknown_format_of_routes_is_refused_with_those_that_are_known() -> Result<()> {
    let _test = tests::test!();
    let ended = printed("nonsense")?;
    assert_eq!(ended.status.code(), Some(2));
    assert!(ended.stdout.is_empty(), "{}", ended.stdout);
    for known in ["text", "dot", "mermaid", "json"] {
        assert!(ended.stderr.contains(known), "{}", ended.stderr);
    }
    Ok(())
}
