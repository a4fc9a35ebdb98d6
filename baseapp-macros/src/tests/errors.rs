//! All errors of an item are found at once, and none of them costs the user
//! the item.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Attribute, pretty};
use crate::pipeline;

/// What is said of an argument that `#[message]` does not know.
const TAKES: &str = "`#[message]` takes `reply = Type`, `idempotent`, `attempts = 5`, \
                     `timeout = \"30s\"`, `backoff = \"100ms..30s\"`, `unique = field`, \
                     `priority = 7` and `crate = path`, not this";

/// The errors, as text.
pub(super) fn errors(
    attribute: Attribute,
    arguments: TokenStream,
    item: TokenStream,
) -> Vec<String> {
    let (_, errors) = attribute(arguments, item);
    errors.iter().map(ToString::to_string).collect()
}

/// What is generated in spite of errors.
fn output(attribute: Attribute, arguments: TokenStream, item: TokenStream) -> String {
    let (output, errors) = attribute(arguments, item);
    assert!(!errors.is_empty());
    pretty(output)
}

#[test]
fn an_item_without_errors_has_none() {
    let cases: [(Attribute, TokenStream); 5] = [
        (
            pipeline::message,
            quote!(
                struct A;
            ),
        ),
        (
            pipeline::data,
            quote!(
                enum A {}
            ),
        ),
        (
            pipeline::worker,
            quote!(
                struct A(#[local] u8);
            ),
        ),
        (pipeline::worker, quote!(impl A {})),
        (
            pipeline::main,
            quote!(
                fn main() {}
            ),
        ),
    ];
    for (attribute, item) in cases {
        assert_eq!(errors(attribute, quote!(), item), Vec::<String>::new());
    }
}

#[test]
fn all_errors_are_reported_at_once() {
    let item = quote!(
        impl Printer {
            #[handlr(A)]
            fn a(self, a: &A, b: u32, c: u32) {}

            #[handler(B, subscrib)]
            #[start(now)]
            unsafe fn b<T>(&mut self, b: B) {}

            #[every("soon")]
            fn c() {}
        }
    );
    let expected = [
        "unknown argument `int`; did you mean `init`?",
        "`init = ..` goes to the `#[worker]` on the struct, not on an impl block",
        "unknown attribute `handlr`; did you mean `handler`?",
        "the worker lives on after this call; a `#[handler]` method takes `&mut self` or `&self`",
        "the message is handed over by value, as in `message: A`",
        "one parameter too many: a `#[handler]` method takes `&mut self`, the message and, if it \
         wants it, `cx: &Context<Self>`",
        "one parameter too many: a `#[handler]` method takes `&mut self`, the message and, if it \
         wants it, `cx: &Context<Self>`",
        "this method is `#[handler (B , subscrib)]` already; write another one for `#[start (now)]`",
        "unknown argument `subscrib`; did you mean `subscribe`?",
        "a `#[handler]` method cannot be generic; name the concrete type",
        "the library calls this method, so it cannot be `unsafe`; put an `unsafe` block inside",
        "`#[start]` takes no arguments",
        "`soon` is not a duration; write it like `100us`, `250ms`, `1.5s`, `2m` or `1h`",
        "a `#[every]` method takes `&mut self` or `&self` first",
    ];
    assert_eq!(errors(pipeline::worker, quote!(int = u8), item), expected);
}

#[test]
fn the_item_survives_every_mistake() {
    let cases: [(Attribute, TokenStream, TokenStream); 12] = [
        (
            pipeline::message,
            quote!(),
            quote!(
                fn kept() {}
            ),
        ),
        (
            pipeline::message,
            quote!(),
            quote!(
                struct Generic<T>(#[local] T);
            ),
        ),
        (
            pipeline::message,
            quote!(nonsense),
            quote!(
                struct A;
            ),
        ),
        (
            pipeline::message,
            quote!(reply = ,),
            quote!(
                struct A;
            ),
        ),
        (pipeline::data, quote!(), quote!(union U { a: u8 })),
        (
            pipeline::worker,
            quote!(),
            quote!(
                trait T {}
            ),
        ),
        (
            pipeline::worker,
            quote!(),
            quote!(
                enum E {
                    A,
                    B,
                }
            ),
        ),
        (
            pipeline::worker,
            quote!(),
            quote!(
                impl<T> Printer<T> {
                    #[start]
                    fn start() {}
                }
            ),
        ),
        (
            pipeline::worker,
            quote!(),
            quote!(impl Trait for Printer { #[start] fn start() {} }),
        ),
        (
            pipeline::main,
            quote!(),
            quote!(
                async fn main(arguments: Vec<String>) {}
            ),
        ),
        (
            pipeline::main,
            quote!(),
            quote!(
                async fn start<T>() {}
            ),
        ),
        (
            pipeline::test,
            quote!(),
            quote!(
                struct S;
            ),
        ),
    ];
    for (attribute, arguments, item) in cases {
        let kept = item
            .to_string()
            .replace("# [local] ", "")
            .replace("# [start] ", "");
        let output = output(attribute, arguments, item);
        let plain = |text: &str| text.replace(|c: char| c.is_whitespace() || c == ',', "");
        let (kept, output) = (plain(&kept), plain(&output));
        // The body of a method may have got attributes, and a variant a comma.
        let (first, last) = kept.split_at(kept.find("fnstart").unwrap_or(kept.len()));
        assert!(
            output.contains(first) && output.contains(last),
            "{kept} is not in {output}"
        );
    }
}

#[test]
fn what_cannot_be_parsed_is_left_alone() {
    let item = quote!(impl Printer { #[handler(A)] fn });
    let (output, errors) = pipeline::worker(quote!(), item.clone());
    assert_eq!(output.to_string(), item.to_string());
    assert_eq!(errors.len(), 1);
}

#[test]
fn a_wrong_handler_is_still_a_handler() {
    let item = quote!(impl Printer { #[handler(A)] fn a() {} });
    let output = output(pipeline::worker, quote!(), item);
    assert!(
        output.contains("impl ::baseapp::Handler<A> for Printer"),
        "{output}"
    );
    assert!(output.contains("::core::unreachable!()"), "{output}");
}

#[test]
fn a_slip_is_one_error_only() {
    let item = quote!(
        struct A;
    );
    let output = output(pipeline::message, quote!(replay = u8), item);
    assert!(output.contains("type Reply = u8;"), "{output}");
}

#[test]
fn only_our_own_attributes_are_taken() {
    let item = quote!(
        impl Printer {
            #[other::handler(A)]
            #[instrument]
            fn a() {}

            #[::baseapp::start]
            fn start(&self) {}

            #[ba::stop]
            fn stop(&self) {}
        }
    );
    let (output, errors) = pipeline::worker(quote!(crate = ba), item);
    assert!(errors.is_empty());
    let output = pretty(output);
    assert!(
        output.contains("#[other::handler(A)]\n    #[instrument]"),
        "{output}"
    );
    assert!(
        !output.contains("#[::baseapp::start]") && !output.contains("#[ba::stop]"),
        "{output}"
    );
    assert!(output.contains("::start(|worker, _|") && output.contains("::stop(|worker, _|"));
}

#[test]
fn arguments() {
    let cases: [(Attribute, TokenStream, &[&str]); 13] = [
        (pipeline::message, quote!(), &[]),
        (
            pipeline::message,
            quote!(reply = HashMap<u8, (u8, u8)>, crate = ::a::b,),
            &[],
        ),
        (
            pipeline::message,
            quote!(reply),
            &["`reply` needs a value: `reply = Type`"],
        ),
        (
            pipeline::message,
            quote!(reply(u8)),
            &["`reply` needs a value: `reply = Type`"],
        ),
        (
            pipeline::message,
            quote!(reply = "u8"),
            &["this is written without quotes: `reply = Type`"],
        ),
        (
            pipeline::message,
            quote!(reply = u8, reply = u8),
            &["`reply` is given twice; remove one"],
        ),
        (pipeline::message, quote!(u8), &[TAKES]),
        (pipeline::message, quote!(reply = u8 u8), &["expected `,`"]),
        (
            pipeline::data,
            quote!(3),
            &["`#[data]` takes `crate = path`, not this"],
        ),
        (
            pipeline::data,
            quote!(crate = [u8]),
            &["`crate` takes the path of the library, as in `crate = baseapp`"],
        ),
        (pipeline::worker, quote!(init = (A, B)), &[]),
        (
            pipeline::worker,
            quote!(pool(4)),
            &[
                "`#[worker]` takes `init = Config`, `restart = \"transient\"`, \
                 `intensity = \"5 in 10s\"`, `backoff = \"100ms..5s\"`, `hang = \"10s\"`, \
                 `grace = \"5s\"`, `spin = \"20us\"`, `checkpoint = \"1s\"` and `crate = path`, not this",
            ],
        ),
        (
            pipeline::worker,
            quote!(inti = A),
            &["unknown argument `inti`; did you mean `init`?"],
        ),
    ];
    for (attribute, arguments, expected) in cases {
        let text = arguments.to_string();
        assert_eq!(
            errors(
                attribute,
                arguments,
                quote!(
                    struct A;
                )
            ),
            expected,
            "{text}"
        );
    }
}

#[test]
fn one_wrong_argument_does_not_hide_the_next() {
    let arguments = quote!(
        reply(u8),
        attempts,
        retries = Map<u8, u8>,
        "unique",
        timeuot = "0s",
        backoff = ,
        unique = (path, path),
        priority = 10
    );
    let item = quote!(
        struct Resize {
            path: String,
        }
    );
    let expected = [
        "`reply` needs a value: `reply = Type`",
        "`attempts` needs a value: `attempts = 5`",
        TAKES,
        TAKES,
        "unknown argument `timeuot`; did you mean `timeout`?",
        "`backoff` needs a value: `backoff = \"100ms..30s\"`",
        "a timeout is longer than zero; without `timeout` an attempt may take as long as it likes",
        "`path` is given twice; remove one",
        "`priority` takes a number from 0 to 9, as in `priority = 7`",
    ];
    assert_eq!(errors(pipeline::message, arguments, item), expected);
}
