//! The free functions where there is no app, or more than one.

use baseapp::Result;
use tests::Fixture;

const MISUSE: &str = env!("CARGO_BIN_EXE_misuse");

#[test]
fn free_functions_say_whether_there_is_no_app_or_too_many() -> Result<()> {
    let _test = tests::test!();
    let mut fixture = Fixture::start(MISUSE, &[])?;
    let ended = fixture.wait()?;
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let said: Vec<&str> = ended.stdout.lines().collect();
    let expected = [
        "before: Some(NoApp(None))",
        "with one: None",
        "with two: Some(NoApp(Ambiguous))",
        "with the other: None",
        "after: Some(NoApp(None))",
    ];
    assert_eq!(said, expected);
    Ok(())
}

#[test]
fn what_is_wrong_names_the_cure() {
    let none = baseapp::NoApp::None.to_string();
    assert!(none.contains("start one"), "{none}");
    let many = baseapp::NoApp::Ambiguous.to_string();
    assert!(
        many.contains("the methods of `RunningApp` or `Context`"),
        "{many}"
    );
}
