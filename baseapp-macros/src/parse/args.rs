//! The arguments of an attribute: `name`, or `name = value`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Lit, Path, Token, Type,
    ext::IdentExt,
    parse::{ParseStream, Parser},
    token::Paren,
};

use crate::{errors::Errors, paths::Paths, suggest};

/// An argument that an attribute takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arg {
    pub(super) name: &'static str,
    /// How it is written, for error messages.
    pub(super) form: &'static str,
    takes: Takes,
}

/// What an argument takes as its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    Nothing,
    Type,
    /// Whatever comes before the next comma.
    Tokens,
    /// The same, or nothing.
    TokensOrNothing,
}

/// A value, as it was given.
#[derive(Debug)]
enum Value {
    Nothing,
    Type(Box<Type>),
    Tokens(TokenStream),
}

impl Arg {
    /// `crate = path`, taken by every attribute that generates code.
    pub(crate) const CRATE: Arg = Arg::typed("crate", "crate = path");

    /// `name`
    pub(crate) const fn flag(name: &'static str) -> Self {
        Arg {
            name,
            form: name,
            takes: Takes::Nothing,
        }
    }

    /// `name = Type`
    pub(crate) const fn typed(name: &'static str, form: &'static str) -> Self {
        Arg {
            name,
            form,
            takes: Takes::Type,
        }
    }

    /// `name = ..`, for which [`Args::take_tokens`] is asked.
    pub(crate) const fn tokens(name: &'static str, form: &'static str) -> Self {
        Arg {
            name,
            form,
            takes: Takes::Tokens,
        }
    }

    /// `name` or `name = ..`, for which [`Args::take_tokens`] is asked.
    pub(crate) const fn tokens_or_flag(name: &'static str, form: &'static str) -> Self {
        Arg {
            name,
            form,
            takes: Takes::TokensOrNothing,
        }
    }

    /// The value of `name = value`, for error messages.
    pub(super) fn example(self) -> &'static str {
        self.form
            .split_once(" = ")
            .map_or(self.form, |(_, value)| value)
    }

    /// What is said of a value in quotes.
    pub(super) fn without_quotes(self) -> String {
        format!("this is written without quotes: `{}`", self.form)
    }
}

/// The arguments that the user gave; those with errors are left out.
#[derive(Debug, Default)]
pub(crate) struct Args {
    given: Vec<(&'static str, Ident, Value)>,
}

impl Args {
    /// Parses the arguments of `attribute`, which takes those of `known`.
    pub(crate) fn parse(
        attribute: &str,
        tokens: TokenStream,
        known: &[Arg],
        errors: &mut Errors,
    ) -> Self {
        let mut parser = ArgParser {
            attribute,
            known,
            errors,
            args: Args::default(),
        };
        let parsed = (|input: ParseStream<'_>| {
            if let Err(error) = parser.all(input) {
                parser.errors.add(error);
                // What follows an error cannot be told apart from it.
                input.parse::<TokenStream>()?;
            }
            Ok(())
        })
        .parse2(tokens);
        parser.errors.ok(parsed);
        parser.args
    }

    /// Where the argument stands, if it was given.
    pub(crate) fn take_flag(&mut self, name: &str) -> Option<Ident> {
        self.take(name).map(|(ident, _)| ident)
    }

    /// The value of the argument, if it was given.
    pub(crate) fn take_type(&mut self, name: &str) -> Option<Type> {
        match self.take(name)? {
            (_, Value::Type(value)) => Some(*value),
            _ => None,
        }
    }

    /// The value of the argument, if it was given: no tokens, if without one.
    pub(crate) fn take_tokens(&mut self, name: &str) -> Option<TokenStream> {
        match self.take(name)? {
            (_, Value::Tokens(value)) => Some(value),
            _ => Some(TokenStream::new()),
        }
    }

    /// How to name the library: `crate = path`, or `::baseapp`.
    pub(crate) fn take_paths(&mut self, errors: &mut Errors) -> Paths {
        Paths::new(
            self.take_type("crate")
                .and_then(|value| path(value, errors)),
        )
    }

    fn take(&mut self, name: &str) -> Option<(Ident, Value)> {
        let index = self.given.iter().position(|&(given, ..)| given == name)?;
        let (_, ident, value) = self.given.remove(index);
        Some((ident, value))
    }
}

fn path(value: Type, errors: &mut Errors) -> Option<Path> {
    match value {
        Type::Path(value) if value.qself.is_none() => Some(value.path),
        other => {
            errors.push(
                other,
                "`crate` takes the path of the library, as in `crate = baseapp`",
            );
            None
        }
    }
}

struct ArgParser<'a> {
    attribute: &'a str,
    known: &'a [Arg],
    errors: &'a mut Errors,
    args: Args,
}

impl ArgParser<'_> {
    /// Parses up to the first error after which nothing can be understood.
    fn all(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        while !input.is_empty() {
            self.one(input)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }

    fn one(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if !input.peek(Ident::peek_any) {
            let first: TokenTree = input.parse()?;
            let rest = up_to_comma(input)?;
            self.unknown(quote::quote!(#first #rest));
            return Ok(());
        }
        let name = input.call(Ident::parse_any)?;
        let Some(arg) = self.find(&name) else {
            let rest = up_to_comma(input)?;
            self.unknown(quote::quote!(#name #rest));
            return Ok(());
        };
        let Some(value) = self.value(&name, arg, input)? else {
            return Ok(());
        };
        if self.args.given.iter().any(|&(given, ..)| given == arg.name) {
            self.errors
                .push(name, format!("`{}` is given twice; remove one", arg.name));
        } else {
            self.args.given.push((arg.name, name, value));
        }
        Ok(())
    }

    /// `= value`; nothing if it is wrong, which is reported and passed over.
    fn value(
        &mut self,
        name: &Ident,
        arg: Arg,
        input: ParseStream<'_>,
    ) -> syn::Result<Option<Value>> {
        let ends = input.is_empty() || input.peek(Token![,]);
        match arg.takes {
            Takes::Nothing => {
                if input.peek(Token![=]) || input.peek(Paren) {
                    let message = format!("`{}` takes no value; write it alone", arg.name);
                    self.errors.push(name, message);
                    up_to_comma(input)?;
                }
                return Ok(Some(Value::Nothing));
            }
            Takes::TokensOrNothing if ends => return Ok(Some(Value::Nothing)),
            _ => {}
        }
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            if arg.takes != Takes::Type {
                let tokens = up_to_comma(input)?;
                if !tokens.is_empty() {
                    return Ok(Some(Value::Tokens(tokens)));
                }
            } else if input.peek(Lit) {
                self.errors.add(input.error(arg.without_quotes()));
                up_to_comma(input)?;
                return Ok(None);
            } else {
                return input.parse().map(Value::Type).map(Some);
            }
        }
        let message = format!("`{}` needs a value: `{}`", arg.name, arg.form);
        self.errors.push(name, message);
        up_to_comma(input)?;
        Ok(None)
    }

    /// The argument of this name. A slip is reported, and from there on
    /// believed to be what was meant, so that it is one error and not several.
    fn find(&mut self, name: &Ident) -> Option<Arg> {
        let word = name.to_string();
        if let Some(arg) = self.known.iter().find(|arg| arg.name == word) {
            return Some(*arg);
        }
        let near = suggest::nearest(&word, self.known.iter().map(|arg| arg.name))?;
        self.errors.push(
            name,
            format!("unknown argument `{word}`; did you mean `{near}`?"),
        );
        self.known.iter().find(|arg| arg.name == near).copied()
    }

    fn unknown(&mut self, tokens: impl ToTokens) {
        let attribute = self.attribute;
        let message = if self.known.is_empty() {
            format!("`#[{attribute}]` takes no further arguments")
        } else {
            let forms = suggest::list(self.known.iter().map(|arg| arg.form));
            format!("`#[{attribute}]` takes {forms}, not this")
        };
        self.errors.push(tokens, message);
    }
}

/// What comes before the next comma that separates arguments, and not those of
/// a type.
fn up_to_comma(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    let mut depth = 0_usize;
    while !input.is_empty() && (depth > 0 || !input.peek(Token![,])) {
        let token: TokenTree = input.parse()?;
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == '<' => depth += 1,
            TokenTree::Punct(punct) if punct.as_char() == '>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        tokens.extend([token]);
    }
    Ok(tokens)
}
