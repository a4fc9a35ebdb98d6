//! `#[init]`

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::{methods::Expander, quiet};
use crate::paths::generated;

impl Expander<'_> {
    pub(super) fn init(&self) -> TokenStream {
        let place = self.name().span();
        let here = generated(place);
        let (root, private) = (self.paths.root(place), self.paths.private(place));
        let (worker, cfgs, quiet) = (self.worker, self.cfgs(), quiet(place));
        let cx = self.context(place);
        let declared = quote_spanned!(here=> <Self as #private::DeclaresInit>::Value);
        let payload = ("init", declared.clone());
        let body = self.body(None, payload);
        quote_spanned! {here=>
            #(#cfgs)*
            #[automatically_derived]
            #quiet
            impl #private::Build for #worker {
                fn build<'a>(
                    init: #declared,
                    #cx: &'a #root::Context<Self>,
                ) -> #private::Called<'a, Self> {
                    #body
                }
            }
        }
    }
}
