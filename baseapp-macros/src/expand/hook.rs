//! `#[start]`, `#[every("1s")]` and the other hooks.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Type;

use super::{Entry, call::Invocation, location, methods::Expander, text};
use crate::{
    model::{Call, Hook},
    paths::generated,
};

impl Expander<'_> {
    /// The entry of a hook; nothing if its signature is wrong.
    pub(super) fn hook(&self, hook: &Hook) -> TokenStream {
        let Some(call) = &self.method.call else {
            return TokenStream::new();
        };
        let here = generated(self.name().span());
        let private = self.paths.private(self.name().span());
        let (worker, name) = (self.worker, text(self.name()));
        let location = location(self.paths, self.name());
        let closure = self.closure(hook, call, here);
        let constructor = constructor(hook, &closure, here);
        let entry = Entry {
            name: self.name(),
            cfgs: self.cfgs(),
            kind: "HookEntry",
            constructor: quote_spanned! {here=>
                of::<#worker>(
                    #name,
                    #location,
                    || #private::Hook::<#worker>::#constructor.erase(),
                )
            },
        };
        entry.expand(self.paths)
    }

    /// `|worker, cx| Called::sync(Worker::method(worker, cx))`
    fn closure(&self, hook: &Hook, call: &Call, here: Span) -> TokenStream {
        let worker = self.worker;
        let cx = self.context(here);
        let (first, payload) = match hook {
            Hook::Run => (quote_spanned!(here=> worker, inbox), None),
            Hook::Undelivered(message) => {
                let name = quote_spanned!(here=> message);
                (
                    quote_spanned!(here=> worker),
                    Some((name, message.to_token_stream())),
                )
            }
            _ => (quote_spanned!(here=> worker), None),
        };
        let name = payload
            .as_ref()
            .map(|(name, _)| quote_spanned!(here=> , #name));
        let parameters = quote_spanned!(here=> #first #name, #cx);
        let invocation = Invocation {
            method: self.name(),
            call,
            owner: quote_spanned!(here=> <#worker>),
            first: Some(first),
            payload,
        };
        let call = invocation.expand(self.paths);
        quote_spanned!(here=> |#parameters| #call)
    }
}

/// `every(1000000000, closure)`
fn constructor(hook: &Hook, closure: &TokenStream, here: Span) -> TokenStream {
    match hook {
        Hook::Start => quote_spanned!(here=> start(#closure)),
        Hook::Stop => quote_spanned!(here=> stop(#closure)),
        Hook::Every(nanos) => quote_spanned!(here=> every(#nanos, #closure)),
        Hook::After(nanos) => quote_spanned!(here=> after(#nanos, #closure)),
        Hook::Action => quote_spanned!(here=> action(#closure)),
        Hook::Run => quote_spanned!(here=> run(#closure)),
        Hook::Undelivered(message) => undelivered(message, closure, here),
    }
}

fn undelivered(message: &Type, closure: &TokenStream, here: Span) -> TokenStream {
    quote_spanned!(here=> undelivered::<#message>(#closure))
}
