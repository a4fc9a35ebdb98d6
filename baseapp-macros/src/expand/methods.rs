//! What `#[worker]` makes of the marked methods of an impl block.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Attribute, Ident, Type};

use super::call::Invocation;
use crate::{
    model::{Method, Methods, Role},
    paths::{Paths, generated},
};

/// The impls and the entries of all methods.
pub(crate) fn methods(paths: &Paths, Methods { worker, methods }: &Methods) -> TokenStream {
    let expansions = methods.iter().map(|method| {
        let expander = Expander {
            paths,
            worker,
            method,
        };
        match &method.role {
            Role::Handler(role) => expander.handler(role),
            Role::Init => expander.init(),
            Role::Hook(role) => expander.hook(role),
        }
    });
    expansions.collect()
}

/// One method, and what its expansion needs besides.
pub(super) struct Expander<'a> {
    pub(super) paths: &'a Paths,
    pub(super) worker: &'a Type,
    pub(super) method: &'a Method,
}

impl Expander<'_> {
    /// What the body of a generated method is: the call of the user's method
    /// with a value of a declared type, or a stub if it cannot be called.
    pub(super) fn body(
        &self,
        first: Option<TokenStream>,
        (payload, declared): (&str, TokenStream),
    ) -> TokenStream {
        let here = generated(self.name().span());
        let Some(call) = &self.method.call else {
            return quote_spanned!(here=> ::core::unreachable!());
        };
        let payload = Ident::new(payload, here);
        let invocation = Invocation {
            method: self.name(),
            call,
            owner: quote_spanned!(here=> Self),
            first,
            payload: Some((payload.into_token_stream(), declared)),
        };
        invocation.expand(self.paths)
    }

    /// The name of the parameter for the context, at `place`.
    pub(super) fn context(&self, place: Span) -> TokenStream {
        let wanted = self
            .method
            .call
            .as_ref()
            .is_some_and(|call| call.context.is_some());
        let here = generated(place);
        if wanted {
            quote_spanned!(here=> cx)
        } else {
            quote_spanned!(here=> _)
        }
    }

    pub(super) fn name(&self) -> &Ident {
        &self.method.ident
    }

    pub(super) fn cfgs(&self) -> &[Attribute] {
        &self.method.cfgs
    }
}
