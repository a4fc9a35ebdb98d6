//! What makes a type sendable: serde's derives, and checks that come before
//! them.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Attribute, GenericArgument, Ident, Meta, Path, PathArguments, Token, Type, parse_quote,
    punctuated::Punctuated,
};

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
    let mut item = item.clone();
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
    bytes_in_one_piece(paths, &mut item);
    let serde = paths.private_literal("serde", place);
    quote_spanned! {here=>
        #[derive(#(#private::serde::#derives),*)]
        #[serde(crate = #serde)]
        #item
    }
}

/// Serde takes lists of bytes byte by byte, if it is not told that they are some.
fn bytes_in_one_piece(paths: &Paths, item: &mut Declaration) {
    if is_told(item.attrs()) || is_read_by_others(item.attrs()) {
        return;
    }
    for field in item.fields_mut() {
        let (ty, optional) = match argument_of(&field.ty, "Option", &["std", "core"]) {
            Some(inner) => (inner, true),
            None => (&field.ty, false),
        };
        if is_told(&field.attrs) || !is_bytes(ty) {
            continue;
        }
        let place = Ends::of(&field.ty).first;
        let with = paths.private_literal("bytes", place);
        // One that is left out is `None`, as without the other. None can be, without names.
        let default = (optional && field.ident.is_some()).then(|| quote!(default,));
        field
            .attrs
            .push(parse_quote!(#[serde(#default with = #with)]));
    }
}

/// Something is said to serde, or may be.
fn is_told(attrs: &[Attribute]) -> bool {
    let mut paths = attrs.iter().map(Attribute::path);
    paths.any(|path| path.is_ident("serde") || path.is_ident("cfg_attr"))
}

/// There is a derive that may read what is said to serde, and not understand it.
fn is_read_by_others(attrs: &[Attribute]) -> bool {
    const DEAF: [&str; 12] = [
        "Clone",
        "Copy",
        "Debug",
        "Default",
        "Eq",
        "PartialEq",
        "Ord",
        "PartialOrd",
        "Hash",
        "Serialize",
        "Deserialize",
        "Error",
    ];
    let derived = attrs.iter().filter(|attr| attr.path().is_ident("derive"));
    let mut derived = derived.flat_map(|attr| {
        attr.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated)
            .unwrap_or_default()
    });
    derived.any(|path| {
        let last = path.segments.last();
        last.is_none_or(|last| !DEAF.iter().any(|name| last.ident == name))
    })
}

/// `Vec<u8>` or `Box<[u8]>`.
fn is_bytes(ty: &Type) -> bool {
    let is_byte = |ty: &Type| matches!(ty, Type::Path(byte) if byte.path.is_ident("u8"));
    let list = argument_of(ty, "Vec", &["std", "alloc"]).is_some_and(is_byte);
    let slice = argument_of(ty, "Box", &["std", "alloc"]);
    list || matches!(slice, Some(Type::Slice(bytes)) if is_byte(&bytes.elem))
}

/// What stands in the brackets of that type of the standard library.
fn argument_of<'a>(ty: &'a Type, name: &str, crates: &[&str]) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let (first, last) = (path.path.segments.first()?, path.path.segments.last()?);
    let is_alone = path.path.segments.len() == 1;
    if last.ident != name || !(is_alone || crates.iter().any(|known| first.ident == known)) {
        return None;
    }
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    let mut arguments = arguments.args.iter();
    match (arguments.next(), arguments.next()) {
        (Some(GenericArgument::Type(argument)), None) => Some(argument),
        _ => None,
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
