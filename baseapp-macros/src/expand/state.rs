//! `#[worker]` on a struct

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::Type;

use super::{Entry, location, quiet, serde::check_sent, supervision::supervision};
use crate::{
    model::State,
    paths::{Paths, generated},
};

/// `impl Worker for Struct`, and its entry in the registry.
pub(crate) fn state(paths: &Paths, state: &State) -> TokenStream {
    let ident = &state.ident;
    let place = ident.span();
    let location = location(paths, ident);
    let implementation = match &state.init {
        None => from_itself(paths, state),
        Some(init) => from_init(paths, state, init),
    };
    let entry = Entry {
        name: ident,
        cfgs: &[],
        kind: "WorkerEntry",
        constructor: quote_spanned!(generated(place)=> of::<#ident>(#location)),
    };
    let entry = entry.expand(paths);
    quote_spanned!(generated(place)=> #implementation #entry)
}

/// A worker that starts from its own struct.
fn from_itself(paths: &Paths, state: &State) -> TokenStream {
    let ident = &state.ident;
    let here = generated(ident.span());
    let private = paths.private(ident.span());
    let build = quote_spanned!(here=> #private::Called::value(init));
    implementation(
        paths,
        state,
        &ident.to_token_stream(),
        &quote_spanned!(here=> _),
        &build,
    )
}

/// A worker whose `#[init]` method makes it.
fn from_init(paths: &Paths, state: &State, init: &Type) -> TokenStream {
    let ident = &state.ident;
    let place = ident.span();
    let here = generated(place);
    let (private, quiet) = (paths.private(place), quiet(place));
    let check = check_sent(paths, init);
    let build = quote_spanned!(here=> <Self as #private::Build>::build(init, cx));
    let cx = quote_spanned!(here=> cx);
    let implementation = implementation(paths, state, &init.to_token_stream(), &cx, &build);
    quote_spanned! {here=>
        #check
        #implementation
        #[automatically_derived]
        #quiet
        impl #private::DeclaresInit for #ident {
            type Value = #init;
        }
    }
}

fn implementation(
    paths: &Paths,
    state: &State,
    init: &TokenStream,
    cx: &TokenStream,
    build: &TokenStream,
) -> TokenStream {
    let ident = &state.ident;
    let place = ident.span();
    let supervision = supervision(paths, &state.supervision, place);
    let (root, private, quiet) = (paths.root(place), paths.private(place), quiet(place));
    quote_spanned! {generated(place)=>
        #[automatically_derived]
        #quiet
        impl #root::Worker for #ident {
            type Init = #init;
            #supervision
            fn build<'a>(
                init: Self::Init,
                #cx: &'a #root::Context<Self>,
            ) -> #private::Called<'a, Self> {
                #build
            }
        }
        #[automatically_derived]
        #quiet
        impl #root::Init<#ident> for #init {}
    }
}
