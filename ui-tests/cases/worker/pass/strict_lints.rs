//! Nothing in generated code displeases the compiler, whatever it is asked for.

#![deny(
    warnings,
    clippy::pedantic,
    missing_docs,
    missing_debug_implementations,
    missing_copy_implementations,
    unreachable_pub,
    unused_qualifications,
    unused_results,
    unused_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    let_underscore_drop,
    non_local_definitions,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    unused_import_braces,
    unit_bindings,
    redundant_lifetimes,
    ambiguous_negative_literals,
    impl_trait_redundant_captures,
    absolute_paths_not_starting_with_crate,
    keyword_idents,
    rust_2018_idioms,
    nonstandard_style,
    future_incompatible
)]

use baseapp::{Handler, Message, prelude::*};

/// Counts.
#[message(reply = u64)]
#[derive(Clone, Copy, Debug)]
pub struct Count;

/// Deprecated, and still handled without complaints.
#[deprecated]
#[message]
#[derive(Clone, Copy, Debug)]
pub struct Old;

/// What was counted.
#[data]
#[derive(Clone, Debug)]
pub struct Counted<T> {
    /// How much.
    pub value: T,
}

/// A counter.
#[worker]
#[derive(Debug)]
pub struct Counter {
    counted: u64,
    #[local]
    history: Vec<u64>,
}

#[worker]
impl Counter {
    #[handler(Count)]
    fn count(&mut self, _: Count) -> u64 {
        self.history.push(self.counted);
        self.counted
    }

    #[allow(deprecated, reason = "it is what this method is for")]
    #[handler(Old)]
    #[deprecated]
    fn old(&mut self, _: Old) {}

    #[start]
    fn start(&mut self) -> Result<(), String> {
        Ok(())
    }

    #[run]
    fn run(&mut self, _: &mut Inbox<Self>, _: &Context<Self>) {}
}

/// A worker inside of a function, which names what it needs.
fn inside() -> &'static str {
    #[message]
    struct Inner;

    #[worker]
    struct Innermost;

    #[worker]
    impl Innermost {
        #[handler(Inner)]
        fn inner(&mut self, _: Inner) {}
    }

    fn handles<W: Handler<M>, M: Message>() -> &'static str {
        std::any::type_name::<W>()
    }
    handles::<Innermost, Inner>()
}

#[baseapp::main]
async fn main() {
    assert!(inside().ends_with("::Innermost"));
    let _: u64 = Counted { value: 1 }.value;
}
