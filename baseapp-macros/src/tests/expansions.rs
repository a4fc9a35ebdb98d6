//! What each attribute generates, kept in `snapshots/` for people to read.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Attribute, pretty};
use crate::pipeline;

pub(super) fn check(name: &str, attribute: Attribute, arguments: TokenStream, item: TokenStream) {
    let (output, errors) = attribute(arguments, item);
    assert!(errors.is_empty(), "{name}: {errors:?}");
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, pretty(output));
    });
}

#[test]
fn message() {
    let item = quote!(
        /// A line to print.
        pub struct Print(String);
    );
    check("message", pipeline::message, quote!(), item);
}

#[test]
fn message_with_reply() {
    let item = quote!(
        #[derive(Debug)]
        enum Find {
            ByName { name: r#type },
            All,
        }
    );
    check(
        "message_with_reply",
        pipeline::message,
        quote!(reply = Vec<Found>),
        item,
    );
}

#[test]
fn message_with_all_of_a_task() {
    let item = quote!(
        struct Resize {
            path: String,
            width: u32,
        }
    );
    check(
        "message_with_all_of_a_task",
        pipeline::message,
        quote!(
            reply = Thumb,
            attempts = 5,
            timeout = "30s",
            backoff = "100ms..30s",
            unique = path,
            priority = 7
        ),
        item,
    );
}

#[test]
fn message_with_one_delay_and_two_unique_fields() {
    let item = quote!(
        struct Resize(String, u32, u32);
    );
    check(
        "message_with_one_delay_and_two_unique_fields",
        pipeline::message,
        quote!(unique = (2, 0), backoff = "1s"),
        item,
    );
}

#[test]
fn message_unique_as_a_whole() {
    let item = quote!(
        enum Cleanup {
            Old,
            All,
        }
    );
    check(
        "message_unique_as_a_whole",
        pipeline::message,
        quote!(unique),
        item,
    );
}

#[test]
fn message_that_is_idempotent() {
    let item = quote!(
        struct SetTitle(String);
    );
    check(
        "message_that_is_idempotent",
        pipeline::message,
        quote!(idempotent),
        item,
    );
}

#[test]
fn data() {
    let item = quote!(
        #[derive(Clone, Serialize)]
        struct Label<T>(T);
    );
    check("data", pipeline::data, quote!(crate = ba), item);
}

#[test]
fn worker_struct() {
    let item = quote!(
        struct Printer {
            prefix: String,
            #[local]
            printed: Vec<u64>,
        }
    );
    check("worker_struct", pipeline::worker, quote!(), item);
}

#[test]
fn worker_struct_with_init() {
    let item = quote!(
        struct Window {
            handle: Handle,
        }
    );
    check(
        "worker_struct_with_init",
        pipeline::worker,
        quote!(init = Config),
        item,
    );
}

#[test]
fn worker_struct_with_all_of_supervision() {
    let item = quote!(
        struct Fetcher {
            url: String,
        }
    );
    check(
        "worker_struct_with_all_of_supervision",
        pipeline::worker,
        quote!(
            restart = "transient",
            intensity = "5 in 10s",
            backoff = "100ms..5s",
            hang = "10s",
            grace = "0s",
            spin = "20us"
        ),
        item,
    );
}

#[test]
fn worker_struct_with_checkpoints() {
    let item = quote!(
        struct Account {
            balance: u64,
            #[local]
            asked: u64,
        }
    );
    check(
        "worker_struct_with_checkpoints",
        pipeline::worker,
        quote!(checkpoint = "1.5s"),
        item,
    );
}

#[test]
fn worker_struct_that_is_never_started_again() {
    let item = quote!(
        struct Once {
            handle: Handle,
        }
    );
    check(
        "worker_struct_that_is_never_started_again",
        pipeline::worker,
        quote!(init = Config, restart = "temporary"),
        item,
    );
}

#[test]
fn handlers() {
    let item = quote!(
        impl Printer {
            #[handler(Print)]
            fn print(&mut self, Print(line): Print) {
                self.helper(line);
            }

            #[cfg(unix)]
            #[handler(messages::Changed, subscribe)]
            async fn changed(&self, changed: Changed, cx: &Context<Self>) -> Result<(), String> {
                Ok(())
            }

            fn helper(&mut self, line: String) {}
        }
    );
    check("handlers", pipeline::worker, quote!(), item);
}

#[test]
fn handler_with_a_timeout() {
    let item = quote!(
        impl Fetcher {
            #[handler(Changed, subscribe, timeout = "1.5s")]
            fn changed(&mut self, changed: Changed) {}
        }
    );
    check("handler_with_a_timeout", pipeline::worker, quote!(), item);
}

#[test]
fn init() {
    let item = quote!(
        impl Window {
            #[init]
            async fn init(config: Config, cx: &Context<Self>) -> baseapp::Result<Self> {
                open(config).await
            }
        }
    );
    check("init", pipeline::worker, quote!(), item);
}

#[test]
fn hooks() {
    let item = quote!(
        impl super::Printer {
            #[start]
            fn start(&mut self) {}

            #[stop]
            async fn stop(&mut self, cx: &Context<Self>) -> Result<(), String> {
                Ok(())
            }

            #[every("1.5s")]
            fn tick(&self) {}

            #[after("250ms")]
            fn late(&mut self, cx: &Context<Self>) {}

            #[action]
            async fn work(&mut self) -> Again {
                Again::Now
            }

            #[run]
            fn run(&mut self, inbox: &mut Inbox<Self>) {}

            #[undelivered(Print)]
            fn lost(&mut self, print: Print, cx: &Context<Self>) {}
        }
    );
    check("hooks", pipeline::worker, quote!(crate = ::ba), item);
}

#[test]
fn main() {
    let item = quote!(
        /// Prints a line.
        async fn main() -> baseapp::Result<()> {
            print().await
        }
    );
    check("main", pipeline::main, quote!(), item);
}

#[test]
fn main_sync() {
    check(
        "main_sync",
        pipeline::main,
        quote!(),
        quote!(
            pub fn main() {}
        ),
    );
}

#[test]
fn test() {
    let item = quote!(
        #[ignore]
        async fn r#loop() {
            print().await;
        }
    );
    check("test", pipeline::test, quote!(), item);
}

/// The other programs know the library as `baseapp`, too, so that they would
/// not notice.
#[test]
fn a_renamed_library_is_never_called_baseapp() {
    let state = quote!(
        struct A(#[local] u8, u8);
    );
    let methods = quote!(
        impl A {
            #[init]
            fn init(config: u8, cx: &Context<Self>) -> Self {
                A(0, config)
            }

            #[handler(B, subscribe, timeout = "1s")]
            fn handler(&mut self, b: other::B) {}

            #[undelivered(B)]
            async fn undelivered(&mut self, b: other::B) {}
        }
    );
    let cases: [(Attribute, TokenStream, TokenStream); 7] = [
        (
            pipeline::message,
            quote!(reply = u8, idempotent, attempts = 1, unique = b),
            quote!(
                struct B {
                    b: u8,
                }
            ),
        ),
        (
            pipeline::data,
            quote!(),
            quote!(
                struct B {
                    b: u8,
                }
            ),
        ),
        (pipeline::worker, quote!(), state),
        (
            pipeline::worker,
            quote!(init = u8, restart = "permanent", intensity = "1 in 1s"),
            quote!(
                struct A(u8);
            ),
        ),
        (pipeline::worker, quote!(), methods),
        (
            pipeline::main,
            quote!(),
            quote!(
                async fn main() {}
            ),
        ),
        (
            pipeline::test,
            quote!(),
            quote!(
                fn name() {}
            ),
        ),
    ];
    for (attribute, arguments, item) in cases {
        let comma = (!arguments.is_empty()).then(|| quote!(,));
        let (output, errors) = attribute(quote!(#arguments #comma crate = ba), item);
        assert!(errors.is_empty(), "{errors:?}");
        let output = output.to_string();
        assert!(!output.contains("baseapp"), "{output}");
        assert!(output.contains("ba :: __private") || output.contains("ba::__private"));
    }
}
