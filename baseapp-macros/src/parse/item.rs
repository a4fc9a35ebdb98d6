//! [`Declaration`]: an item that declares a type.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Field, Generics, Ident, Item, ItemEnum, ItemStruct};

/// A struct or an enum.
#[derive(Clone, Debug)]
pub(crate) enum Declaration {
    Struct(ItemStruct),
    Enum(ItemEnum),
}

impl Declaration {
    pub(crate) fn ident(&self) -> &Ident {
        match self {
            Declaration::Struct(item) => &item.ident,
            Declaration::Enum(item) => &item.ident,
        }
    }

    pub(crate) fn generics(&self) -> &Generics {
        match self {
            Declaration::Struct(item) => &item.generics,
            Declaration::Enum(item) => &item.generics,
        }
    }

    pub(crate) fn attrs(&self) -> &[Attribute] {
        match self {
            Declaration::Struct(item) => &item.attrs,
            Declaration::Enum(item) => &item.attrs,
        }
    }

    /// The fields, of all variants.
    pub(crate) fn fields_mut(&mut self) -> Vec<&mut Field> {
        match self {
            Declaration::Struct(item) => item.fields.iter_mut().collect(),
            Declaration::Enum(item) => item
                .variants
                .iter_mut()
                .flat_map(|variant| variant.fields.iter_mut())
                .collect(),
        }
    }
}

impl ToTokens for Declaration {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Declaration::Struct(item) => item.to_tokens(tokens),
            Declaration::Enum(item) => item.to_tokens(tokens),
        }
    }
}

/// What an item is, in words.
pub(crate) fn kind(item: &Item) -> &'static str {
    match item {
        Item::Const(_) => "a constant",
        Item::Enum(_) => "an enum",
        Item::ExternCrate(_) => "an extern crate",
        Item::Fn(_) => "a function",
        Item::Impl(_) => "an impl block",
        Item::Macro(_) => "a macro",
        Item::Mod(_) => "a module",
        Item::Static(_) => "a static",
        Item::Struct(_) => "a struct",
        Item::Trait(_) => "a trait",
        Item::Type(_) => "a type alias",
        Item::Union(_) => "a union",
        Item::Use(_) => "an import",
        _ => "this",
    }
}
