//! Apps that cannot be started.

use baseapp::{NameError, Result, StartError, prelude::*};

use crate::common::{Holder, Recorder};

#[test]
fn an_app_in_a_plain_test_does_not_start_and_says_how_it_would() -> Result<()> {
    let test = tests::test!();
    let mut app = App::new("plain");
    app.worker("holder", Holder::default())?;
    let Err(error) = baseapp::block_on(app.start()) else {
        panic!("started")
    };
    assert!(matches!(error, StartError::NotPrepared), "{error:?}");
    let text = error.to_string();
    for cure in ["#[baseapp::main]", "#[baseapp::test]", "App::in_process"] {
        assert!(text.contains(cure), "{text}");
    }
    assert!(test.workers().is_empty());
    Ok(())
}

#[test]
fn an_app_within_the_process_starts_in_a_plain_test() -> Result<()> {
    let _test = tests::test!();
    let mut app = App::new("plain").in_process();
    app.worker("holder", Holder::default())?;
    let app = baseapp::block_on(app.start())?;
    baseapp::block_on(app.stop())
}

#[test]
fn two_workers_of_one_name_are_refused() -> Result<()> {
    let mut app = App::new("twins");
    app.worker("twin", Holder::default())?;
    // Of whatever type.
    let Err(error) = app.worker("twin", Recorder::default()) else {
        panic!("taken twice")
    };
    assert!(matches!(&error, StartError::SameName { name } if name == "twin"));
    assert_eq!(error.to_string(), "two workers are called `twin`");
    Ok(())
}

#[test]
fn a_name_that_cannot_be_is_refused_with_what_is_wrong_with_it() {
    let mut app = App::new("names");
    let long = "x".repeat(65);
    for (name, wrong, said) in [
        ("", NameError::Empty, "it is empty"),
        (&long, NameError::TooLong, "longer than 64 bytes"),
        ("a b", NameError::Character, "ASCII letters, digits"),
        ("a/../b", NameError::Character, "ASCII letters, digits"),
        ("naïve", NameError::Character, "ASCII letters, digits"),
        ("a\0b", NameError::Character, "ASCII letters, digits"),
        ("main", NameError::Reserved, "`main` is the main process"),
    ] {
        let Err(error) = app.worker(name, Holder::default()) else {
            panic!("`{name}` was taken")
        };
        assert!(
            matches!(&error, StartError::Name { name: of, source } if of == name && *source == wrong),
            "{error:?}"
        );
        let text = error.to_string();
        assert!(
            text.contains(&format!("`{name}`")) && text.contains(said),
            "{text}"
        );
    }
}

/// Is not what anyone expects main to be.
#[worker]
struct OtherMain;

#[worker]
impl OtherMain {
    #[start]
    fn start(&mut self, cx: &Context<Self>) {
        cx.exit();
    }
}

fn is_other_main(error: &StartError, expected: &str, found: &str) {
    let StartError::OtherMain {
        expected: given,
        found: runs,
    } = error
    else {
        panic!("{error:?}")
    };
    assert!(given.ends_with(expected) && runs.contains(found), "{error}");
    assert!(error.to_string().contains("the address of main"), "{error}");
}

#[test]
fn the_address_of_main_is_given_out_as_of_one_type() -> Result<()> {
    let mut app = App::new("mains");
    let one: Address<Holder> = app.main()?;
    assert_eq!((one.name(), &app.main::<Holder>()?), ("main", &one));
    let Err(error) = app.main::<Recorder>() else {
        panic!("main is of two types")
    };
    is_other_main(&error, "Holder", "Recorder");
    Ok(())
}

#[baseapp::test]
async fn a_main_of_another_type_than_its_address_does_not_run() -> Result<()> {
    let test = tests::test!();
    let mut app = App::new("mains");
    app.worker("holder", Holder::default())?;
    let _: Address<Recorder> = app.main()?;
    let Err(error) = app.run(OtherMain).await else {
        panic!("it ran")
    };
    let Some(error) = error.downcast_ref::<StartError>() else {
        panic!("{error}")
    };
    is_other_main(error, "Recorder", "OtherMain");
    assert!(test.workers().is_empty());
    Ok(())
}

#[baseapp::test]
async fn an_app_whose_main_has_an_address_does_not_start_without_it() -> Result<()> {
    let test = tests::test!();
    let mut app = App::new("mains");
    app.worker("holder", Holder::default())?;
    let _: Address<Recorder> = app.main()?;
    let Err(error) = app.start().await else {
        panic!("started")
    };
    is_other_main(&error, "Recorder", "main that is no worker");
    assert!(test.workers().is_empty());
    Ok(())
}
