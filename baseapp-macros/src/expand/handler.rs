//! `#[handler(Msg)]`

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Type;

use super::{Entry, duration, location, methods::Expander, quiet, text};
use crate::{
    model::Handler,
    paths::{Ends, generated},
};

impl Expander<'_> {
    pub(super) fn handler(&self, handler: &Handler) -> TokenStream {
        let Handler {
            message,
            subscribe,
            timeout,
        } = handler;
        let place = Ends::of(message).first;
        let implementation = self.implementation(message, *timeout, place);
        let entry = self.route(message, subscribe.is_some(), place);
        let check = subscribe.map(|word| self.subscribes(message, word));
        quote_spanned!(generated(place)=> #implementation #entry #check)
    }

    /// `impl Handler<Msg> for Worker`
    fn implementation(&self, message: &Type, timeout: Option<u64>, place: Span) -> TokenStream {
        let here = generated(place);
        let (root, private) = (self.paths.root(place), self.paths.private(place));
        let (worker, cfgs, quiet) = (self.worker, self.cfgs(), quiet(place));
        let cx = self.context(place);
        let timeout = timeout.map(|timeout| {
            let timeout = duration(timeout, place);
            quote_spanned! {here=>
                const TIMEOUT: ::core::option::Option<::core::time::Duration> =
                    ::core::option::Option::Some(#timeout);
            }
        });
        let call = self.method.call.as_ref();
        let returns_at_once = call.is_some_and(|call| !call.is_async);
        let awaits = returns_at_once.then(|| quote_spanned!(here=> const AWAITS: bool = false;));
        let payload = ("message", message.to_token_stream());
        let body = self.body(Some(quote_spanned!(here=> self)), payload);
        quote_spanned! {here=>
            #(#cfgs)*
            #[automatically_derived]
            #quiet
            impl #root::Handler<#message> for #worker {
                #timeout
                #awaits
                fn route() -> &'static #private::RouteCell {
                    static CELL: #private::RouteCell = #private::RouteCell::new();
                    &CELL
                }
                fn call<'a>(
                    &'a mut self,
                    message: #message,
                    #cx: &'a #root::Context<Self>,
                ) -> #private::Called<'a, <#message as #root::Message>::Reply> {
                    #body
                }
            }
        }
    }

    /// The line of the routing table.
    fn route(&self, message: &Type, subscribe: bool, place: Span) -> TokenStream {
        let (worker, name) = (self.worker, text(self.name()));
        let location = location(self.paths, self.name());
        let entry = Entry {
            name: self.name(),
            cfgs: self.cfgs(),
            kind: "RouteEntry",
            constructor: quote_spanned! {generated(place)=>
                of::<#worker, #message>(#name, #subscribe, #location)
            },
        };
        entry.expand(self.paths)
    }

    /// Checks that the message may be subscribed to.
    fn subscribes(&self, message: &Type, word: Span) -> TokenStream {
        let (private, cfgs, quiet) = (self.paths.private(word), self.cfgs(), quiet(word));
        quote_spanned! {generated(word)=>
            #(#cfgs)*
            #quiet
            const _: () = #private::subscribes::<#message>();
        }
    }
}
