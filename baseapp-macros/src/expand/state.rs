//! `#[worker]` on a struct

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::Type;

use super::{Entry, duration, location, quiet, serde::check_sent, supervision::supervision};
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
    let quiet = quiet(ident.span());
    let start = Start {
        init: ident.to_token_stream(),
        cx: quote_spanned!(here=> _),
        build: quote_spanned!(here=> #private::Called::value(init)),
        state: Some(quote_spanned! {here=>
            fn as_init(&self) -> ::core::option::Option<&Self::Init> {
                ::core::option::Option::Some(self)
            }
        }),
    };
    let implementation = implementation(paths, state, &start);
    quote_spanned! {here=>
        #implementation
        #[automatically_derived]
        #quiet
        impl #private::StartsFromItself for #ident {}
    }
}

/// A worker whose `#[init]` method makes it.
fn from_init(paths: &Paths, state: &State, init: &Type) -> TokenStream {
    let ident = &state.ident;
    let place = ident.span();
    let here = generated(place);
    let (private, quiet) = (paths.private(place), quiet(place));
    let check = check_sent(paths, init);
    let start = Start {
        init: init.to_token_stream(),
        cx: quote_spanned!(here=> cx),
        build: quote_spanned!(here=> <Self as #private::Build>::build(init, cx)),
        state: None,
    };
    let implementation = implementation(paths, state, &start);
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

/// How a worker comes to be.
struct Start {
    /// The type that is sent.
    init: TokenStream,
    /// The name of the context, if it is used.
    cx: TokenStream,
    build: TokenStream,
    /// What its next life could start from.
    state: Option<TokenStream>,
}

fn implementation(paths: &Paths, worker: &State, start: &Start) -> TokenStream {
    let Start {
        init,
        cx,
        build,
        state,
    } = start;
    let ident = &worker.ident;
    let place = ident.span();
    let here = generated(place);
    let checkpoint = worker.checkpoint.map(|period| {
        let period = duration(period, place);
        quote_spanned! {here=>
            const CHECKPOINT: ::core::option::Option<::core::time::Duration> =
                ::core::option::Option::Some(#period);
        }
    });
    let supervision = supervision(paths, &worker.supervision, place);
    let (root, private, quiet) = (paths.root(place), paths.private(place), quiet(place));
    quote_spanned! {here=>
        #[automatically_derived]
        #quiet
        impl #root::Worker for #ident {
            type Init = #init;
            #supervision
            #checkpoint
            fn build<'a>(
                init: Self::Init,
                #cx: &'a #root::Context<Self>,
            ) -> #private::Called<'a, Self> {
                #build
            }
            #state
        }
        #[automatically_derived]
        #quiet
        impl #root::Init<#ident> for #init {}
    }
}
