//! The attributes as functions from tokens to tokens. How the compiler shows
//! their errors is seen in the package `ui-tests`.

#![allow(clippy::unwrap_used, reason = "tests")]

mod bytes;
mod checkpoint;
mod errors;
mod expansions;
mod supervision;
mod task;

use proc_macro2::TokenStream;

use crate::pipeline::Output;

type Attribute = fn(TokenStream, TokenStream) -> Output;

/// Generated code, in the form that people read.
fn pretty(tokens: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).unwrap())
}
