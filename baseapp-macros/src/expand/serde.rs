//! What makes a type sendable: serde's derives, and checks that come before
//! them.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, Ident, Meta, Path, Token, Type, parse_quote, punctuated::Punctuated};

use super::quiet;
use crate::{
    parse::Declaration,
    paths::{Ends, Paths, generated},
};

/// The type itself, which can be sent to another process; `sent` are the types
/// of its fields that are known to be sent, too.
pub(crate) fn sendable(paths: &Paths, item: &Declaration, sent: &[Type]) -> TokenStream {
    let item = derive(paths, item);
    let checks = sent.iter().map(|ty| check_sent(paths, ty));
    quote!(#item #(#checks)*)
}

/// Checks a type before serde does: the first of the compiler's errors is then
/// ours, which knows of `#[data]` and `#[local]`.
pub(super) fn check_sent(paths: &Paths, ty: &Type) -> TokenStream {
    let place = Ends::of(ty).first;
    let (private, quiet) = (paths.private(place), quiet(place));
    quote_spanned! {generated(place)=>
        #quiet
        const _: #private::Sent<#ty> = #private::Sent::NEW;
    }
}

fn derive(paths: &Paths, item: &Declaration) -> TokenStream {
    let place = item.ident().span();
    let here = generated(place);
    let private = paths.private(place);
    let derives: Vec<Ident> = ["Serialize", "Deserialize"]
        .iter()
        .filter(|name| !is_derived(item.attrs(), name))
        .map(|name| Ident::new(name, here))
        .collect();
    if derives.is_empty() {
        return item.to_token_stream();
    }
    let serde = paths.private_literal("serde", place);
    quote_spanned! {here=>
        #[derive(#(#private::serde::#derives),*)]
        #[serde(crate = #serde)]
        #item
    }
}

/// The user derives the trait by hand.
fn is_derived(attrs: &[Attribute], name: &str) -> bool {
    let names = |path: &Path| path.segments.last().is_some_and(|last| last.ident == name);
    attrs.iter().any(|attr| match &attr.meta {
        Meta::List(list) if list.path.is_ident("derive") => list
            .parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated)
            .is_ok_and(|derived| derived.iter().any(names)),
        _ => false,
    })
}

/// Leaves fields out of what is sent.
pub(crate) fn local_fields(paths: &Paths, item: &mut Declaration, locals: &[usize]) {
    for (index, field) in item.fields_mut().into_iter().enumerate() {
        if locals.contains(&index) {
            let place = Ends::of(&field.ty).first;
            let default = paths.private_literal("a_local_field_starts_from_default", place);
            field
                .attrs
                .push(parse_quote!(#[serde(skip, default = #default)]));
        }
    }
}
