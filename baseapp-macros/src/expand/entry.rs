//! `#[baseapp::main]` and `#[baseapp::test]`

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Generics, ItemFn, LitStr, Visibility, parse_quote};

use super::path_of;
use crate::{
    model::{Entry, EntryKind},
    paths::{Paths, generated},
};

/// A function that lets the library go first, around the user's own.
pub(crate) fn entry(
    paths: &Paths,
    Entry {
        kind,
        function,
        callable,
    }: Entry,
) -> TokenStream {
    let start = if callable {
        start(paths, kind, &function)
    } else {
        quote!(::core::unreachable!())
    };
    let mut outer = function.clone();
    outer.sig.asyncness = None;
    outer.sig.constness = None;
    outer.sig.inputs.clear();
    outer.sig.generics = Generics::default();
    let inner = inner(function, callable);
    outer.block = parse_quote!({ #inner #start });
    match kind {
        EntryKind::Main => outer.into_token_stream(),
        EntryKind::Test => quote!(#[::core::prelude::v1::test] #outer),
    }
}

/// The user's function. Its attributes stand on the outer one.
fn inner(mut function: ItemFn, callable: bool) -> ItemFn {
    function.vis = Visibility::Inherited;
    function.attrs = vec![parse_quote! {
        #[allow(
            clippy::unnecessary_wraps,
            clippy::unused_async,
            reason = "the signature is the user's choice"
        )]
    }];
    if !callable {
        function
            .attrs
            .push(parse_quote!(#[allow(dead_code, reason = "reported already")]));
    }
    function
}

/// `main_async(main)`
fn start(paths: &Paths, kind: EntryKind, function: &ItemFn) -> TokenStream {
    let name = &function.sig.ident;
    let here = generated(name.span());
    let private = paths.private(name.span());
    // As the test harness has it, with the `r#` of a raw name.
    let path = path_of(&LitStr::new(&name.to_string(), here));
    match (kind, function.sig.asyncness.is_some()) {
        (EntryKind::Main, true) => quote_spanned!(here=> #private::main_async(#name)),
        (EntryKind::Main, false) => quote_spanned!(here=> #private::main_sync(#name)),
        (EntryKind::Test, true) => quote_spanned!(here=> #private::test_async(#path, #name)),
        (EntryKind::Test, false) => quote_spanned!(here=> #private::test_sync(#path, #name)),
    }
}
