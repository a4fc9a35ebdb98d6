//! What `#[message(..)]` says of tasks, and what is said of mistakes in it.

use proc_macro2::TokenStream;
use quote::quote;

use super::errors::errors;
use crate::pipeline;

#[test]
fn arguments_of_tasks() {
    const ATTEMPTS: &str = "`attempts` takes a number from 1 to 4294967295, as in `attempts = 5`";
    const PRIORITY: &str = "`priority` takes a number from 0 to 9, as in `priority = 7`";
    const TIMEOUT: &str = "this is written in quotes: `timeout = \"30s\"`";
    let duration = |text: &str| {
        format!("`{text}` is not a duration; write it like `100us`, `250ms`, `1.5s`, `2m` or `1h`")
    };
    let backoff = |text: &str| {
        format!(
            "`{text}` is not a backoff; write the first delay and the longest, as in \
             `\"100ms..30s\"`, or the only one, as in `\"1s\"`"
        )
    };
    let right = [
        quote!(attempts = 1),
        quote!(attempts = 4_294_967_295),
        quote!(timeout = "0.001us"),
        quote!(backoff = "0s"),
        quote!(backoff = "1s..1s"),
        quote!(backoff = "0.5s..1.5s"),
        quote!(priority = 0),
        quote!(priority = 9),
    ];
    let wrong = [
        (quote!(attempts = 0), ATTEMPTS.to_owned()),
        (quote!(attempts = 4_294_967_296), ATTEMPTS.to_owned()),
        (quote!(attempts = -1), ATTEMPTS.to_owned()),
        (quote!(attempts = 1.5), ATTEMPTS.to_owned()),
        (quote!(attempts = 5s), ATTEMPTS.to_owned()),
        (quote!(attempts = 5 5), ATTEMPTS.to_owned()),
        (quote!(attempts = MAX), ATTEMPTS.to_owned()),
        (
            quote!(attempts = "5"),
            "this is written without quotes: `attempts = 5`".to_owned(),
        ),
        (quote!(priority = 10), PRIORITY.to_owned()),
        (quote!(priority = 256), PRIORITY.to_owned()),
        (quote!(timeout = 30s), TIMEOUT.to_owned()),
        (quote!(timeout = 30), TIMEOUT.to_owned()),
        (quote!(timeout = "30"), duration("30")),
        (
            quote!(backoff = 1s..2s),
            "this is written in quotes: `backoff = \"100ms..30s\"`".to_owned(),
        ),
        (quote!(backoff = "soon"), backoff("soon")),
        (quote!(backoff = ""), backoff("")),
        (quote!(backoff = "1s.."), backoff("1s..")),
        (quote!(backoff = "..1s"), backoff("..1s")),
        (quote!(backoff = "1s..=2s"), backoff("1s..=2s")),
        (quote!(backoff = "1s...2s"), backoff("1s...2s")),
        (quote!(backoff = "1s..2s..3s"), backoff("1s..2s..3s")),
        (quote!(backoff = "1s .. 2s"), backoff("1s .. 2s")),
        (
            quote!(backoff = "1m..59s"),
            "the shorter one comes first: `\"59s..1m\"`".to_owned(),
        ),
        (
            quote!(backoff = "0s..1s"),
            "zero doubled is zero, so this never gets longer; begin with `1ms` or so, or write \
             `\"0s\"`"
                .to_owned(),
        ),
        (
            quote!(priority = 7, priority = 7),
            "`priority` is given twice; remove one".to_owned(),
        ),
    ];
    let item = quote!(
        struct A;
    );
    for arguments in right {
        let errors = errors(pipeline::message, arguments.clone(), item.clone());
        assert!(errors.is_empty(), "{arguments}: {errors:?}");
    }
    for (arguments, expected) in wrong {
        let text = arguments.to_string();
        assert_eq!(
            errors(pipeline::message, arguments, item.clone()),
            [expected],
            "{text}"
        );
    }
}

#[test]
fn fields_that_make_tasks_the_same() {
    const FORMS: &str = "`unique` takes a field, as in `unique = field`, or several, as in \
                         `unique = (a, b)`; alone, it means the whole message";
    let named = quote!(
        struct Named {
            path: String,
            r#type: u8,
        }
    );
    let tuple = quote!(
        struct Tuple(u8, u8);
    );
    let unit = quote!(
        struct Unit;
    );
    let choice = quote!(
        enum Choice {
            A(u8),
            B { path: String },
        }
    );
    let cases: [(&TokenStream, TokenStream, &[&str]); 22] = [
        (&named, quote!(unique), &[]),
        (&choice, quote!(unique), &[]),
        (&unit, quote!(unique,), &[]),
        (&named, quote!(unique = path), &[]),
        (&named, quote!(unique = (r#type, path,)), &[]),
        (&named, quote!(unique = (path)), &[]),
        (&tuple, quote!(unique = 0), &[]),
        (&tuple, quote!(unique = (1, 0)), &[]),
        (
            &named,
            quote!(unique = paht),
            &["unknown field `paht`; did you mean `path`?"],
        ),
        (
            &named,
            quote!(unique = type),
            &["unknown field `type`; did you mean `r#type`?"],
        ),
        (
            &named,
            quote!(unique = (0, size, pth)),
            &[
                "`Named` has no field `0`; it has `path` and `r#type`, and `unique` alone means the whole message",
                "`Named` has no field `size`; it has `path` and `r#type`, and `unique` alone means the whole message",
                "unknown field `pth`; did you mean `path`?",
            ],
        ),
        (
            &tuple,
            quote!(unique = 2),
            &[
                "`Tuple` has no field `2`; it has `0` and `1`, and `unique` alone means the whole message",
            ],
        ),
        (
            &tuple,
            quote!(unique = path),
            &[
                "`Tuple` has no field `path`; it has `0` and `1`, and `unique` alone means the whole message",
            ],
        ),
        (
            &unit,
            quote!(unique = path),
            &["`Unit` has no fields; write `unique` alone for the whole message"],
        ),
        (
            &choice,
            quote!(unique = (path, 0)),
            &[
                "the variants of an enum have no field in common; write `unique` alone for the whole message",
            ],
        ),
        (
            &named,
            quote!(unique = "path"),
            &["this is written without quotes: `unique = field`"],
        ),
        (&named, quote!(unique = ()), &[FORMS]),
        (&named, quote!(unique = [path]), &[FORMS]),
        (&named, quote!(unique = self.path), &[FORMS]),
        (&named, quote!(unique = (path, "type")), &[FORMS]),
        (&tuple, quote!(unique = 0u8), &[FORMS]),
        (
            &named,
            quote!(unique(path)),
            &["`unique` needs a value: `unique = field`"],
        ),
    ];
    for (item, arguments, expected) in cases {
        let text = arguments.to_string();
        let errors = errors(pipeline::message, arguments, item.clone());
        assert_eq!(errors, expected, "{text}");
    }
}
