//! What attributes say of supervision, and what is said of mistakes in it.

use quote::quote;

use super::errors::errors;
use crate::pipeline;

#[test]
fn arguments_of_supervision() {
    const RESTARTS: &str = "`permanent`, `transient` and `temporary`";
    const COUNTED: &str = "deaths are counted within a time longer than zero, as in \
                           `\"5 in 10s\"`; if none is to be made good, write `\"0 in 10s\"`";
    let quotes = |form: &str| format!("this is written in quotes: `{form}`");
    let duration = |text: &str| {
        format!("`{text}` is not a duration; write it like `100us`, `250ms`, `1.5s`, `2m` or `1h`")
    };
    let slip = |word: &str, meant: &str| {
        format!("unknown word `{word}`; did you mean `{meant}`? There are {RESTARTS}")
    };
    let intensity = |text: &str| {
        format!(
            "`{text}` is not an intensity; write how many deaths are made good, and within which \
             time, as in `\"5 in 10s\"`"
        )
    };
    let right = [
        quote!(restart = "permanent"),
        quote!(restart = "transient"),
        quote!(restart = "temporary"),
        quote!(intensity = "5 in 10s"),
        quote!(intensity = "0 in 10s"),
        quote!(intensity = "4294967295 in 0.001us"),
        quote!(backoff = "100ms..5s"),
        quote!(backoff = "1s"),
        quote!(backoff = "0s"),
        quote!(hang = "0.001us"),
        quote!(grace = "0s"),
        quote!(spin = "0s"),
        quote!(spin = "20us"),
        quote!(init = u8, hang = "1m", grace = "1h", crate = ba,),
    ];
    let wrong = [
        (
            quote!(restart = permanent),
            quotes("restart = \"transient\""),
        ),
        (
            quote!(restart),
            "`restart` needs a value: `restart = \"transient\"`".to_owned(),
        ),
        (
            quote!(restart = "permanant"),
            slip("permanant", "permanent"),
        ),
        (
            quote!(restart = "Temporary"),
            slip("Temporary", "temporary"),
        ),
        (
            quote!(restart = "TRANSIENT"),
            slip("TRANSIENT", "transient"),
        ),
        (
            quote!(restart = "never"),
            format!("`restart` takes {RESTARTS}, not this"),
        ),
        (
            quote!(restart = ""),
            format!("`restart` takes {RESTARTS}, not this"),
        ),
        (
            quote!(intensity = 5 in 10s),
            quotes("intensity = \"5 in 10s\""),
        ),
        (quote!(intensity = "5"), intensity("5")),
        (quote!(intensity = ""), intensity("")),
        (quote!(intensity = "5/10s"), intensity("5/10s")),
        (quote!(intensity = "5in10s"), intensity("5in10s")),
        (quote!(intensity = " in 10s"), intensity(" in 10s")),
        (quote!(intensity = "-1 in 10s"), intensity("-1 in 10s")),
        (quote!(intensity = "+1 in 10s"), intensity("+1 in 10s")),
        (quote!(intensity = "five in 10s"), intensity("five in 10s")),
        (quote!(intensity = "5  in 10s"), intensity("5  in 10s")),
        (
            quote!(intensity = "4294967296 in 10s"),
            "no more than 4294967295 deaths are counted, not 4294967296".to_owned(),
        ),
        (quote!(intensity = "5 in 10"), duration("10")),
        (quote!(intensity = "5 in "), duration("")),
        (quote!(intensity = "5 in 0s"), COUNTED.to_owned()),
        (quote!(intensity = "0 in 0s"), COUNTED.to_owned()),
        (quote!(backoff = 1s..2s), quotes("backoff = \"100ms..5s\"")),
        (
            quote!(backoff = "soon"),
            "`soon` is not a backoff; write the first delay and the longest, as in \
             `\"100ms..5s\"`, or the only one, as in `\"1s\"`"
                .to_owned(),
        ),
        (
            quote!(backoff = "5s..100ms"),
            "the shorter one comes first: `\"100ms..5s\"`".to_owned(),
        ),
        (quote!(hang = 10), quotes("hang = \"10s\"")),
        (quote!(hang = "10"), duration("10")),
        (
            quote!(hang = "0s"),
            "`hang` is longer than zero; without `hang` a handler may take as long as it likes"
                .to_owned(),
        ),
        (quote!(grace = 5s), quotes("grace = \"5s\"")),
        (quote!(grace = "5 s"), duration("5 s")),
        (quote!(spin = 20), quotes("spin = \"20us\"")),
        (quote!(spin = "20"), duration("20")),
        (quote!(spin = "off"), duration("off")),
        (
            quote!(spin),
            "`spin` needs a value: `spin = \"20us\"`".to_owned(),
        ),
        (
            quote!(grace = "5s", grace = "5s"),
            "`grace` is given twice; remove one".to_owned(),
        ),
        (
            quote!(graze = "5s"),
            "unknown argument `graze`; did you mean `grace`?".to_owned(),
        ),
    ];
    let item = quote!(
        struct A;
    );
    for arguments in right {
        let errors = errors(pipeline::worker, arguments.clone(), item.clone());
        assert!(errors.is_empty(), "{arguments}: {errors:?}");
    }
    for (arguments, expected) in wrong {
        let text = arguments.to_string();
        assert_eq!(
            errors(pipeline::worker, arguments, item.clone()),
            [expected],
            "{text}"
        );
    }
}

#[test]
fn one_wrong_argument_of_supervision_does_not_hide_the_next() {
    let arguments = quote!(
        restart = "nevr",
        intensity = "often",
        backoff = "slow",
        hang = "0s",
        grace = 5,
        spin = "short"
    );
    let item = quote!(
        struct A;
    );
    assert_eq!(errors(pipeline::worker, arguments, item).len(), 6);
}

#[test]
fn supervision_goes_to_the_struct() {
    let arguments = quote!(
        init = u8,
        restart = "transient",
        intensity = "nonsense",
        backoff = 1,
        hang = "0s",
        grace = "5s",
        spin = "20us"
    );
    let expected = [
        "init",
        "restart",
        "intensity",
        "backoff",
        "hang",
        "grace",
        "spin",
    ]
    .map(|name| {
        format!("`{name} = ..` goes to the `#[worker]` on the struct, not on an impl block")
    });
    assert_eq!(
        errors(pipeline::worker, arguments, quote!(impl A {})),
        expected
    );
}

#[test]
fn timeouts_of_handlers() {
    const FORM: &str = "this is written in quotes: `timeout = \"30s\"`";
    const FIRST: &str = "which message? it comes first: `#[handler(Message)]`";
    const TAKES: &str = "`#[handler(Message, ..)]` takes `subscribe` and `timeout = \"30s\"`, \
                         not this";
    let cases: [(_, &[&str]); 15] = [
        (quote!(A, timeout = "30s"), &[]),
        (quote!(A, timeout = "0.001us", subscribe), &[]),
        (quote!(A, subscribe, timeout = "1h",), &[]),
        (quote!(A, timeout = 30s), &[FORM]),
        (quote!(A, timeout = 30), &[FORM]),
        (
            quote!(A, timeout("30s")),
            &["`timeout` needs a value: `timeout = \"30s\"`"],
        ),
        (
            quote!(A, timeout = "30", subscribed),
            &[
                "unknown argument `subscribed`; did you mean `subscribe`?",
                "`30` is not a duration; write it like `100us`, `250ms`, `1.5s`, `2m` or `1h`",
            ],
        ),
        (
            quote!(A, timeout = "0s"),
            &[
                "a timeout is longer than zero; without `timeout` the handler may take as long as \
               the worker's `hang` says",
            ],
        ),
        (
            quote!(A, timout = "1s"),
            &["unknown argument `timout`; did you mean `timeout`?"],
        ),
        (
            quote!(A, timeout = "1s", timeout = "1s"),
            &["`timeout` is given twice; remove one"],
        ),
        (quote!(A, hang = "1s"), &[TAKES]),
        (quote!(A, "30s"), &[TAKES]),
        (
            quote!(A, subscribe = true),
            &["`subscribe` takes no value; write it alone"],
        ),
        (quote!(timeout = "30s"), &[FIRST]),
        (quote!(timeout = "30s", A), &[FIRST]),
    ];
    for (arguments, expected) in cases {
        let text = arguments.to_string();
        let item = quote!(impl W { #[handler(#arguments)] fn a(&mut self, a: A) {} });
        assert_eq!(errors(pipeline::worker, quote!(), item), expected, "{text}");
    }
}

#[test]
fn idempotent_is_a_word() {
    const ALONE: &str = "`idempotent` takes no value; write it alone";
    let cases: [(_, &[&str]); 6] = [
        (quote!(idempotent), &[]),
        (quote!(reply = u8, idempotent, attempts = 3), &[]),
        (quote!(idempotent = true), &[ALONE]),
        (quote!(idempotent(true), priority = 7), &[ALONE]),
        (
            quote!(idempotant),
            &["unknown argument `idempotant`; did you mean `idempotent`?"],
        ),
        (
            quote!(idempotent, idempotent),
            &["`idempotent` is given twice; remove one"],
        ),
    ];
    let item = quote!(
        struct A;
    );
    for (arguments, expected) in cases {
        let text = arguments.to_string();
        let errors = errors(pipeline::message, arguments, item.clone());
        assert_eq!(errors, expected, "{text}");
    }
}
