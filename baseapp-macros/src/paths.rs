//! [`Paths`]: how generated code names the library.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{Ident, LitStr, Path};

/// `::baseapp`, or what the user gave as `crate = path`.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    root: TokenStream,
}

impl Paths {
    pub(crate) fn new(root: Option<Path>) -> Self {
        let root = match root {
            Some(path) => path.into_token_stream(),
            None => quote_spanned!(Span::mixed_site()=> ::baseapp),
        };
        Paths { root }
    }

    /// The name of an attribute, if it may be ours: `handler`, or
    /// `baseapp::handler`; but not `other::handler`.
    pub(crate) fn own_name<'a>(&self, attribute: &'a Path) -> Option<&'a Ident> {
        let name = &attribute.segments.last()?.ident;
        let mut prefix = attribute
            .segments
            .iter()
            .rev()
            .skip(1)
            .map(|segment| &segment.ident);
        let ours = match (prefix.next(), prefix.next()) {
            (None, _) => attribute.leading_colon.is_none(),
            (Some(root), None) => root == "baseapp" || self.root_is(root),
            _ => false,
        };
        ours.then_some(name)
    }

    fn root_is(&self, name: &Ident) -> bool {
        name == self.root.to_string().trim_start_matches([':', ' '])
    }

    /// `::baseapp`, shown at `place` when the compiler has something to say.
    pub(crate) fn root(&self, place: Span) -> TokenStream {
        move_to(self.root.clone(), place)
    }

    /// `::baseapp::__private`
    pub(crate) fn private(&self, place: Span) -> TokenStream {
        let root = self.root(place);
        quote_spanned!(generated(place)=> #root::__private)
    }

    /// `"::baseapp::__private::item"`, for serde, which takes paths as strings.
    pub(crate) fn private_literal(&self, item: &str, place: Span) -> LitStr {
        let root = self.root.to_string().replace(' ', "");
        LitStr::new(&format!("{root}::__private::{item}"), generated(place))
    }
}

/// The span of generated code that is shown at `place`: its local names do not
/// meet the user's, and lints know that nobody wrote it.
pub(crate) fn generated(place: Span) -> Span {
    Span::mixed_site().located_at(place)
}

/// The same tokens, shown at `place`, each resolved as it was before.
pub(crate) fn move_to(tokens: TokenStream, place: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| {
            let span = token.span().located_at(place);
            let mut token = match token {
                TokenTree::Group(group) => TokenTree::Group(Group::new(
                    group.delimiter(),
                    move_to(group.stream(), place),
                )),
                other => other,
            };
            token.set_span(span);
            token
        })
        .collect()
}

/// The first and the last token of something that the user wrote, so that
/// generated code may be shown at all of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub(crate) first: Span,
    pub(crate) last: Span,
}

impl Ends {
    pub(crate) fn of(tokens: impl ToTokens) -> Self {
        let mut spans = tokens
            .into_token_stream()
            .into_iter()
            .map(|token| token.span());
        let first = spans.next().unwrap_or_else(Span::call_site);
        Ends {
            first,
            last: spans.last().unwrap_or(first),
        }
    }
}
