//! `#[baseapp::main]` and `#[baseapp::test]`

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{ItemFn, parse_quote};

use crate::{
    model::{Entry, EntryKind},
    paths::{Ends, Paths, generated},
};

/// A function that lets the library go first, around the user's own.
pub(crate) fn entry(paths: &Paths, Entry { kind, function, callable }: Entry) -> TokenStream {
    if !callable && kind == EntryKind::Main && function.sig.ident != "main" {
        return function.into_token_stream();
    }
    let mut outer = function.clone();
    outer.sig.asyncness = None;
    outer.sig.constness = None;
    outer.sig.inputs.clear();
    outer.sig.generics = syn::Generics::default();
    let start = if callable {
        start(paths, kind, &function)
    } else {
        quote!(::core::unreachable!())
    };
    let inner = inner(function, callable);
    outer.block = parse_quote!({ #inner #start });
    match kind {
        EntryKind::Main => outer.into_token_stream(),
        EntryKind::Test => quote!(#[::core::prelude::v1::test] #outer),
    }
}

/// The user's function. Its attributes stand on the outer one.
fn inner(mut function: ItemFn, callable: bool) -> ItemFn {
    function.vis = syn::Visibility::Inherited;
    function.attrs = vec![parse_quote! {
        #[allow(clippy::unused_async, clippy::unnecessary_wraps, reason = "wanted so by the user")]
    }];
    if !callable {
        function.attrs.push(parse_quote!(#[allow(dead_code, reason = "reported already")]));
    }
    function
}

/// `main_async(main)`
fn start(paths: &Paths, kind: EntryKind, function: &ItemFn) -> TokenStream {
    let name = &function.sig.ident;
    let place = Ends::of(name).first;
    let here = generated(place);
    let private = paths.private(place);
    let is_async = function.sig.asyncness.is_some();
    match (kind, is_async) {
        (EntryKind::Main, true) => quote_spanned!(here=> #private::main_async(#name)),
        (EntryKind::Main, false) => quote_spanned!(here=> #private::main_sync(#name)),
        (EntryKind::Test, _) => {
            let call = if is_async {
                quote_spanned!(here=> test_async)
            } else {
                quote_spanned!(here=> test_sync)
            };
            let path = super::full_path(name);
            quote_spanned!(here=> #private::#call(#path, #name))
        }
    }
}
