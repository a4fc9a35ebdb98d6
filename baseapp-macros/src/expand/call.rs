//! The call of a user's method.

use proc_macro2::{Delimiter, Group, TokenStream};
use quote::{quote, quote_spanned};
use syn::Ident;

use crate::{
    model::Call,
    paths::{Ends, Paths, generated, move_to},
};

/// What a method is called with. All names are those of generated parameters.
pub(super) struct Invocation<'a> {
    pub(super) method: &'a Ident,
    pub(super) call: &'a Call,
    /// `Self` or `<Worker>`
    pub(super) owner: TokenStream,
    /// What comes before the message: `self`, the inbox.
    pub(super) first: Option<TokenStream>,
    /// The message or the init value, and its declared type.
    pub(super) payload: Option<(TokenStream, TokenStream)>,
}

impl Invocation<'_> {
    /// `Called::sync(Self::method(self, message, cx))`, shown at the
    /// return type, because that is where its errors come from.
    pub(super) fn expand(&self, paths: &Paths) -> TokenStream {
        let Ends { first, last } = self.call.returns;
        let here = generated(first);
        let private = paths.private(first);
        let (owner, method) = (move_to(self.owner.clone(), first), self.method);
        let mut arguments = Group::new(Delimiter::Parenthesis, self.arguments(paths));
        arguments.set_span(generated(last));
        let called = if self.call.is_async {
            quote_spanned!(here=> future)
        } else {
            quote_spanned!(here=> sync)
        };
        quote_spanned!(here=> #private::Called::#called(#owner::#method #arguments))
    }

    fn arguments(&self, paths: &Paths) -> TokenStream {
        let context = self.call.context.map(|Ends { first, last }| {
            // Made of two tokens, so that it is shown at all of the type.
            let borrow = quote_spanned!(generated(first)=> &*);
            let cx = quote_spanned!(generated(last)=> cx);
            quote!(#borrow #cx)
        });
        let arguments = [self.first.clone(), self.payload(paths), context];
        let arguments = arguments.into_iter().flatten();
        quote_spanned!(generated(self.method.span())=> #(#arguments),*)
    }

    /// The message; where its declared type and the parameter's are not the
    /// same text, with a check, shown at the parameter.
    fn payload(&self, paths: &Paths) -> Option<TokenStream> {
        let (value, declared) = self.payload.as_ref()?;
        let taken = self.call.payload.as_ref()?;
        if quote!(#taken).to_string() == declared.to_string() {
            return Some(value.clone());
        }
        let place = Ends::of(taken).first;
        let private = paths.private(place);
        Some(quote_spanned! {generated(place)=>
            <#taken as #private::Takes<#declared>>::take(#value)
        })
    }
}
