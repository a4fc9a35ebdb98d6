//! `#[worker(restart = ..)]`

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::duration;
use crate::{
    model::{Backoff, Intensity, Restart, Supervision},
    paths::{Paths, generated},
};

/// `const SUPERVISION: Supervision = Supervision::new().grace(..);`, unless
/// nothing is said.
pub(super) fn supervision(
    paths: &Paths,
    supervision: &Supervision,
    place: Span,
) -> Option<TokenStream> {
    let here = generated(place);
    let root = paths.root(place);
    let Supervision {
        restart,
        intensity,
        backoff,
        hang,
        grace,
        spin,
    } = supervision;
    let said = [
        restart.map(|restart| {
            let variant = variant(restart, here);
            quote_spanned!(here=> .restart(#root::Restart::#variant))
        }),
        intensity.map(|Intensity { deaths, within }| {
            let within = duration(within, place);
            quote_spanned!(here=> .intensity(#deaths, #within))
        }),
        backoff.map(|Backoff { first, longest }| {
            let (first, longest) = (duration(first, place), duration(longest, place));
            quote_spanned!(here=> .backoff(#first, #longest))
        }),
        hang.map(|hang| {
            let hang = duration(hang, place);
            quote_spanned!(here=> .hang(#hang))
        }),
        grace.map(|grace| {
            let grace = duration(grace, place);
            quote_spanned!(here=> .grace(#grace))
        }),
        spin.map(|spin| {
            let spin = duration(spin, place);
            quote_spanned!(here=> .spin(#spin))
        }),
    ];
    if said.iter().all(Option::is_none) {
        return None;
    }
    let said = said.iter().flatten();
    Some(quote_spanned! {here=>
        const SUPERVISION: #root::Supervision = #root::Supervision::new() #(#said)*;
    })
}

fn variant(restart: Restart, here: Span) -> Ident {
    let name = match restart {
        Restart::Permanent => "Permanent",
        Restart::Transient => "Transient",
        Restart::Temporary => "Temporary",
    };
    Ident::new(name, here)
}
