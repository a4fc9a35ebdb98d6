//! `#[message]`

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};

use super::{quiet, serde::check_sent};
use crate::{
    model::Message,
    paths::{Paths, generated},
};

/// `impl Message for Type`
pub(crate) fn message(paths: &Paths, Message { ident, reply }: &Message) -> TokenStream {
    let place = ident.span();
    let here = generated(place);
    let (root, quiet) = (paths.root(place), quiet(place));
    let check = reply.as_ref().map(|reply| check_sent(paths, reply));
    let reply = reply
        .as_ref()
        .map_or_else(|| quote_spanned!(here=> ()), ToTokens::to_token_stream);
    quote_spanned! {here=>
        #check
        #[automatically_derived]
        #quiet
        impl #root::Message for #ident {
            type Reply = #reply;
        }
    }
}
