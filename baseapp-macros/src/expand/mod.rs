//! From the [model](crate::model) to generated code.
//!
//! Generated code names only the library, by an absolute path, and `::core`.
//! Local names are hygienic, and every part is shown where the user wrote what
//! it was made from.

mod call;
mod declaration;
mod entry;
mod handler;
mod hook;
mod init;
mod methods;

pub(crate) use declaration::{local_fields, message, serde, state};
pub(crate) use entry::entry;
pub(crate) use methods::methods;

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::{Attribute, Ident, LitStr, ext::IdentExt};

use crate::paths::{Paths, generated};

/// `Location::new(file!(), line!(), column!())`, which is where `name` stands.
fn location(paths: &Paths, name: &Ident) -> TokenStream {
    // The line is that of the outermost macro: none for tokens that are as the
    // user wrote them, the attribute for generated ones.
    let here = name.span();
    let arguments = quote_spanned!(here=> ::core::file!(), ::core::line!(), ::core::column!());
    let private = paths.private(name.span());
    quote_spanned!(generated(name.span())=> #private::Location::new(#arguments))
}

/// The full path of a type, as an expression.
fn full_path(name: &Ident) -> TokenStream {
    let text = text(name);
    quote_spanned!(generated(name.span())=> ::core::concat!(::core::module_path!(), "::", #text))
}

/// A name as text, without the `r#` of a raw one.
fn text(name: &Ident) -> LitStr {
    LitStr::new(&name.unraw().to_string(), generated(name.span()))
}

/// Tells the library about an item, at link time.
fn submit(paths: &Paths, name: &Ident, cfgs: &[Attribute], entry: &TokenStream) -> TokenStream {
    let private = paths.private(name.span());
    quote_spanned! {generated(name.span())=>
        #(#cfgs)*
        #[allow(deprecated, reason = "what is deprecated still works")]
        const _: () = {
            #private::inventory::submit! { #entry }
        };
    }
}
