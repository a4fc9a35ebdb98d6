//! What `#[data]`, `#[message]` and `#[worker]` add to a type.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, Ident, Meta, Path, Token, Type, parse_quote, punctuated::Punctuated};

use super::{full_path, location, submit};
use crate::{
    model::{Message, State},
    parse::Declaration,
    paths::{Ends, Paths, generated},
};

/// The type itself, which can be sent to another process; `sent` are the types
/// of its fields that are known to be sent, too.
pub(crate) fn serde(paths: &Paths, item: &Declaration, sent: &[Type]) -> TokenStream {
    let checks = sent.iter().map(|ty| check_sent(paths, ty));
    let item = with_serde(paths, item);
    quote!(#item #(#checks)*)
}

/// Checks a type before serde does: the first of the compiler's errors is then
/// ours, which knows of `#[data]` and `#[local]`.
fn check_sent(paths: &Paths, ty: &Type) -> TokenStream {
    let place = Ends::of(ty).first;
    let private = paths.private(place);
    quote_spanned! {generated(place)=>
        #[allow(deprecated, reason = "what is deprecated still works")]
        const _: #private::Sent<#ty> = #private::Sent::NEW;
    }
}

fn with_serde(paths: &Paths, item: &Declaration) -> TokenStream {
    let place = item.ident().span();
    let here = generated(place);
    let private = paths.private(place);
    let derives: Vec<Ident> = ["Serialize", "Deserialize"]
        .iter()
        .filter(|name| !derives(item.attrs(), name))
        .map(|name| Ident::new(name, here))
        .collect();
    if derives.is_empty() {
        return item.to_token_stream();
    }
    let krate = paths.private_literal("serde", place);
    quote_spanned! {here=>
        #[derive(#(#private::serde::#derives),*)]
        #[serde(crate = #krate)]
        #item
    }
}

/// The user derives the trait by hand.
fn derives(attrs: &[Attribute], name: &str) -> bool {
    let names = |path: &Path| path.segments.last().is_some_and(|last| last.ident == name);
    attrs.iter().any(|attr| match &attr.meta {
        Meta::List(list) if list.path.is_ident("derive") => list
            .parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated)
            .is_ok_and(|derived| derived.iter().any(names)),
        _ => false,
    })
}

/// Leaves fields out of what travels.
pub(crate) fn local_fields(paths: &Paths, item: &mut Declaration, locals: &[usize]) {
    let mut fields = item.fields_mut();
    for &index in locals {
        let Ends { first, .. } = Ends::of(&fields[index].ty);
        let default = paths.private_literal("a_local_field_starts_from_default", first);
        fields[index].attrs.push(parse_quote!(#[serde(skip, default = #default)]));
    }
}

/// `#[message]`
pub(crate) fn message(paths: &Paths, Message { ident, reply }: &Message) -> TokenStream {
    let here = generated(ident.span());
    let root = paths.root(ident.span());
    let name = full_path(ident);
    let check = reply.as_ref().map(|reply| check_sent(paths, reply));
    let reply = reply.as_ref().map_or_else(|| quote_spanned!(here=> ()), ToTokens::to_token_stream);
    quote_spanned! {here=>
        #check
        #[automatically_derived]
        #[allow(deprecated, reason = "what is deprecated still works")]
        impl #root::Message for #ident {
            type Reply = #reply;
            const NAME: &'static ::core::primitive::str = #name;
        }
    }
}

/// `#[worker]` on a struct
pub(crate) fn state(paths: &Paths, State { ident, init }: &State) -> TokenStream {
    let here = generated(ident.span());
    let (root, private) = (paths.root(ident.span()), paths.private(ident.span()));
    let name = full_path(ident);
    let (from, cx, build) = match init {
        None => (
            ident.to_token_stream(),
            quote_spanned!(here=> _),
            quote_spanned!(here=> #private::Called::value(init)),
        ),
        Some(init) => (
            init.to_token_stream(),
            quote_spanned!(here=> cx),
            quote_spanned!(here=> <Self as #private::Build>::build(init, cx)),
        ),
    };
    let check = init.as_ref().map(|init| check_sent(paths, init));
    let declares = init.as_ref().map(|init| declares_init(paths, ident, init));
    let location = location(paths, ident);
    let entry = quote_spanned!(here=> #private::WorkerEntry::of::<#ident>(#location));
    let submit = submit(paths, ident, &[], &entry);
    quote_spanned! {here=>
        #check
        #[automatically_derived]
        #[allow(deprecated, reason = "what is deprecated still works")]
        impl #root::Worker for #ident {
            type Init = #from;
            const TYPE: &'static ::core::primitive::str = #name;
            fn build<'a>(
                init: Self::Init,
                #cx: &'a #root::Context<Self>,
            ) -> #private::Called<'a, Self> {
                #build
            }
        }
        #[automatically_derived]
        #[allow(deprecated, reason = "what is deprecated still works")]
        impl #root::Init<#ident> for #from {}
        #declares
        #submit
    }
}

/// Says that an `#[init]` method is expected, and of what.
fn declares_init(paths: &Paths, ident: &Ident, init: &Type) -> TokenStream {
    let private = paths.private(ident.span());
    quote_spanned! {generated(ident.span())=>
        #[automatically_derived]
        #[allow(deprecated, reason = "what is deprecated still works")]
        impl #private::DeclaresInit for #ident {
            type Value = #init;
        }
    }
}
