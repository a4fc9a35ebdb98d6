//! The attributes of `baseapp`.

mod check;
mod duration;
mod errors;
mod expand;
mod model;
mod parse;
mod paths;
mod pipeline;
mod suggest;

use proc_macro::TokenStream;

/// message
#[proc_macro_attribute]
pub fn message(attr: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::message(attr.into(), item.into()))
}

/// data
#[proc_macro_attribute]
pub fn data(attr: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::data(attr.into(), item.into()))
}

/// worker
#[proc_macro_attribute]
pub fn worker(attr: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::worker(attr.into(), item.into()))
}

/// main
#[proc_macro_attribute]
pub fn main(attr: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::main(attr.into(), item.into()))
}

/// test
#[proc_macro_attribute]
pub fn test(attr: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::test(attr.into(), item.into()))
}

/// handler
#[proc_macro_attribute]
pub fn handler(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("handler", item.into()))
}
/// init
#[proc_macro_attribute]
pub fn init(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("init", item.into()))
}
/// start
#[proc_macro_attribute]
pub fn start(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("start", item.into()))
}
/// stop
#[proc_macro_attribute]
pub fn stop(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("stop", item.into()))
}
/// every
#[proc_macro_attribute]
pub fn every(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("every", item.into()))
}
/// after
#[proc_macro_attribute]
pub fn after(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("after", item.into()))
}
/// action
#[proc_macro_attribute]
pub fn action(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("action", item.into()))
}
/// run
#[proc_macro_attribute]
pub fn run(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("run", item.into()))
}
/// undelivered
#[proc_macro_attribute]
pub fn undelivered(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("undelivered", item.into()))
}
/// local
#[proc_macro_attribute]
pub fn local(_: TokenStream, item: TokenStream) -> TokenStream {
    finish(pipeline::misplaced("local", item.into()))
}

fn finish((output, errors): pipeline::Output) -> TokenStream {
    let errors = errors::to_compile_errors(&errors);
    quote::quote!(#output #errors).into()
}
