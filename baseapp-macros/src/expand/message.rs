//! `#[message]`

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Member;

use super::{quiet, serde::check_sent};
use crate::{
    model::{Backoff, Message, Task, Unique},
    paths::{Paths, generated},
};

/// `impl Message for Type`
pub(crate) fn message(paths: &Paths, message: &Message) -> TokenStream {
    let Message {
        ident,
        reply,
        idempotent,
        task,
    } = message;
    let place = ident.span();
    let here = generated(place);
    let (root, quiet) = (paths.root(place), quiet(place));
    let check = reply.as_ref().map(|reply| check_sent(paths, reply));
    let reply = reply
        .as_ref()
        .map_or_else(|| quote_spanned!(here=> ()), ToTokens::to_token_stream);
    let defaults = defaults(paths, task, place);
    let idempotent = idempotent.then(|| {
        // The user may have a type that is called `bool`.
        quote_spanned!(here=> const IDEMPOTENT: ::core::primitive::bool = true;)
    });
    let unique_key = task
        .unique
        .as_ref()
        .map(|unique| unique_key(paths, unique, place));
    quote_spanned! {here=>
        #check
        #[automatically_derived]
        #quiet
        impl #root::Message for #ident {
            type Reply = #reply;
            #defaults
            #idempotent
            #unique_key
        }
    }
}

/// `const TASK: TaskDefaults = TaskDefaults::NEW.attempts(5);`, unless nothing
/// is said.
fn defaults(paths: &Paths, task: &Task, place: Span) -> Option<TokenStream> {
    let here = generated(place);
    let said = [
        task.attempts.map(|n| quote_spanned!(here=> .attempts(#n))),
        task.timeout.map(|n| quote_spanned!(here=> .timeout(#n))),
        task.backoff
            .map(|Backoff { first, longest }| quote_spanned!(here=> .backoff(#first, #longest))),
        task.priority.map(|n| quote_spanned!(here=> .priority(#n))),
    ];
    if said.iter().all(Option::is_none) {
        return None;
    }
    let said = said.iter().flatten();
    let private = paths.private(place);
    Some(quote_spanned! {here=>
        const TASK: #private::TaskDefaults = #private::TaskDefaults::NEW #(#said)*;
    })
}

/// `fn unique_key(&self)`
fn unique_key(paths: &Paths, unique: &Unique, place: Span) -> TokenStream {
    let here = generated(place);
    let private = paths.private(place);
    let value = match unique {
        Unique::Whole => quote_spanned!(here=> self),
        Unique::Fields(fields) => match &**fields {
            [field] => reference(field),
            fields => {
                let fields = fields.iter().map(reference);
                quote_spanned!(here=> &(#(#fields),*))
            }
        },
    };
    quote_spanned! {here=>
        fn unique_key(&self) -> ::core::option::Option<#private::Key> {
            ::core::option::Option::Some(#private::key_of(#value))
        }
    }
}

/// `&self.field`
fn reference(field: &Member) -> TokenStream {
    let place = match field {
        Member::Named(name) => name.span(),
        Member::Unnamed(index) => index.span,
    };
    quote_spanned!(generated(place)=> &self.#field)
}
