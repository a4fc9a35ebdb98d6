//! `#[handler(Msg)]`

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Type;

use super::{location, methods::Expander, submit, text};
use crate::{
    model::Handler,
    paths::{Ends, generated},
};

impl Expander<'_> {
    pub(super) fn handler(&self, Handler { message, subscribe }: &Handler) -> TokenStream {
        let place = Ends::of(message).first;
        let implementation = self.implementation(message, place);
        let entry = self.route(message, subscribe.is_some(), place);
        let check = subscribe.map(|word| self.subscribes(message, word));
        quote_spanned!(generated(place)=> #implementation #entry #check)
    }

    /// `impl Handler<Msg> for Worker`
    fn implementation(&self, message: &Type, place: Span) -> TokenStream {
        let here = generated(place);
        let (root, private) = (self.paths.root(place), self.paths.private(place));
        let (worker, cfgs) = (self.worker, self.cfgs());
        let cx = self.context(place);
        let payload = ("message", message.to_token_stream());
        let body = self.body(Some(quote_spanned!(here=> self)), payload);
        quote_spanned! {here=>
            #(#cfgs)*
            #[automatically_derived]
            #[allow(deprecated, reason = "what is deprecated still works")]
            impl #root::Handler<#message> for #worker {
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
        let private = self.paths.private(place);
        let (worker, name) = (self.worker, text(self.name()));
        let location = location(self.paths, self.name());
        let entry = quote_spanned! {generated(place)=>
            #private::RouteEntry::of::<#worker, #message>(#name, #subscribe, #location)
        };
        submit(self.paths, self.name(), self.cfgs(), &entry)
    }

    /// Checks that the message may be subscribed to.
    fn subscribes(&self, message: &Type, word: Span) -> TokenStream {
        let (private, cfgs) = (self.paths.private(word), self.cfgs());
        quote_spanned! {generated(word)=>
            #(#cfgs)*
            #[allow(deprecated, reason = "what is deprecated still works")]
            const _: () = #private::subscribes::<#message>();
        }
    }
}
