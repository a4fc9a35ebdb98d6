//! From the [model](crate::model) to generated code.
//!
//! Generated code names only the library, by an absolute path, and `::core`.
//! Local names are hygienic, and every part is shown where the user wrote what
//! it was made from.

mod call;
mod entry;
mod handler;
mod hook;
mod init;
mod message;
mod methods;
mod serde;
mod state;
mod supervision;

pub(crate) use self::{
    entry::entry,
    message::message,
    methods::methods,
    serde::{local_fields, sendable},
    state::state,
};

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{Attribute, Ident, LitStr, ext::IdentExt};

use crate::paths::{Paths, generated};

/// What every generated item carries: whoever deprecates a message or a method
/// is not told so by code that they did not write.
fn quiet(place: Span) -> TokenStream {
    quote_spanned! {generated(place)=>
        #[allow(deprecated, reason = "what is deprecated still works")]
    }
}

/// Something that the library is told at link time.
struct Entry<'a> {
    /// The item that it is about.
    name: &'a Ident,
    cfgs: &'a [Attribute],
    /// `WorkerEntry`, `RouteEntry` or `HookEntry`
    kind: &'static str,
    /// What comes after `WorkerEntry::`.
    constructor: TokenStream,
}

impl Entry<'_> {
    fn expand(&self, paths: &Paths) -> TokenStream {
        let Entry {
            name,
            cfgs,
            constructor,
            ..
        } = self;
        let place = name.span();
        let (private, quiet) = (paths.private(place), quiet(place));
        let kind = Ident::new(self.kind, generated(place));
        quote_spanned! {generated(place)=>
            #(#cfgs)*
            #quiet
            const _: () = {
                const ENTRY: #private::#kind = #private::#kind::#constructor;
                #private::inventory::submit! { ENTRY }
            };
        }
    }
}

/// `Location::new(file!(), line!(), column!())`, which is where `name` stands.
fn location(paths: &Paths, name: &Ident) -> TokenStream {
    let place = name.span();
    let private = paths.private(place);
    // Not as generated code: there, the line would be that of the attribute.
    let here = quote_spanned!(place=> ::core::file!(), ::core::line!(), ::core::column!());
    quote_spanned!(generated(place)=> #private::Location::new(#here))
}

/// `Duration::from_nanos(n)`
fn duration(nanos: u64, place: Span) -> TokenStream {
    quote_spanned!(generated(place)=> ::core::time::Duration::from_nanos(#nanos))
}

/// The path of an item whose last part is `name`, as an expression.
fn path_of(name: &LitStr) -> TokenStream {
    quote_spanned!(name.span()=> ::core::concat!(::core::module_path!(), "::", #name))
}

/// A name as text, without the `r#` of a raw one.
fn text(name: &Ident) -> LitStr {
    LitStr::new(&name.unraw().to_string(), generated(name.span()))
}
