//! What attributes may say of checkpoints, and what is said of mistakes in it.

use quote::quote;

use super::errors::errors;
use crate::pipeline;

#[test]
fn checkpoints_of_workers() {
    const FORM: &str = "this is written in quotes: `checkpoint = \"1s\"`";
    const MADE: &str = "a worker that is made by `#[init]` cannot be sent back: remove `init = \
                        ..`, and fill what cannot be sent in `#[start]`, into `#[local]` fields; \
                        or remove `checkpoint`";
    let cases: [(_, &[&str]); 9] = [
        (quote!(checkpoint = "1s"), &[]),
        (
            quote!(restart = "transient", checkpoint = "0.001us", crate = ba,),
            &[],
        ),
        (quote!(checkpoint = 1s), &[FORM]),
        (
            quote!(checkpoint),
            &["`checkpoint` needs a value: `checkpoint = \"1s\"`"],
        ),
        (
            quote!(checkpoint = "1"),
            &["`1` is not a duration; write it like `100us`, `250ms`, `1.5s`, `2m` or `1h`"],
        ),
        (
            quote!(checkpoint = "0s"),
            &[
                "`checkpoint` is longer than zero; to keep the state with each message of a type, \
               call `cx.checkpoint()` in its handler",
            ],
        ),
        (quote!(init = Config, checkpoint = "1s"), &[MADE]),
        (quote!(checkpoint = "1s", init = Config), &[MADE]),
        (
            quote!(checkpoints = "1s"),
            &["unknown argument `checkpoints`; did you mean `checkpoint`?"],
        ),
    ];
    let item = quote!(
        struct A;
    );
    for (arguments, expected) in cases {
        let text = arguments.to_string();
        let errors = errors(pipeline::worker, arguments, item.clone());
        assert_eq!(errors, expected, "{text}");
    }
}

#[test]
fn they_go_to_the_struct() {
    let message = "`checkpoint = ..` goes to the `#[worker]` on the struct, not on an impl block";
    let arguments = quote!(checkpoint = "0s");
    assert_eq!(
        errors(pipeline::worker, arguments, quote!(impl A {})),
        [message]
    );
}
