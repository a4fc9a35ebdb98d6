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
    for field in item.fields_mut() {
        let is_told = field.attrs.iter().any(|attr| attr.path().is_ident("serde"));
        if !is_told && is_bytes(&field.ty) {
            let place = Ends::of(&field.ty).first;
            let with = paths.private_literal("serde_bytes", place);
            field.attrs.push(parse_quote!(#[serde(with = #with)]));
        }
    }
}

/// `Vec<u8>` or `Box<[u8]>`, or an `Option` of it.
fn is_bytes(ty: &Type) -> bool {
    match argument_of(ty) {
        Some((name, Type::Path(byte))) if name == "Vec" => byte.path.is_ident("u8"),
        Some((name, Type::Slice(bytes))) if name == "Box" => {
            matches!(&*bytes.elem, Type::Path(byte) if byte.path.is_ident("u8"))
        }
        Some((name, inner)) if name == "Option" => {
            argument_of(inner).is_some_and(|(name, _)| name != "Option") && is_bytes(inner)
        }
        _ => false,
    }
}

/// What stands in the brackets of `Name<Type>`.
fn argument_of(ty: &Type) -> Option<(&Ident, &Type)> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    let mut arguments = arguments.args.iter();
    match (arguments.next(), arguments.next()) {
        (Some(GenericArgument::Type(argument)), None) => Some((&last.ident, argument)),
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
