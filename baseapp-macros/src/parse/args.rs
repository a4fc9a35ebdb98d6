//! The arguments of an attribute: `name`, or `name = value`.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{
    Lit, Path, Token, Type,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use crate::{errors::Errors, paths::Paths, suggest};

/// An argument that an attribute takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arg {
    name: &'static str,
    /// How it is written, for error messages.
    form: &'static str,
    value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Nothing,
    Type,
}

impl Arg {
    /// `crate = path`, taken by every attribute that generates code.
    pub(crate) const CRATE: Arg = Arg::typed("crate", "crate = path");

    /// `name`
    pub(crate) const fn flag(name: &'static str) -> Self {
        Arg {
            name,
            form: name,
            value: Value::Nothing,
        }
    }

    /// `name = Type`
    pub(crate) const fn typed(name: &'static str, form: &'static str) -> Self {
        Arg {
            name,
            form,
            value: Value::Type,
        }
    }
}

/// The arguments that the user gave; those with errors are left out.
#[derive(Debug, Default)]
pub(crate) struct Args {
    given: Vec<(&'static str, Ident, Option<Type>)>,
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
        self.take(name).and_then(|(_, value)| value)
    }

    /// How to name the library: `crate = path`, or `::baseapp`.
    pub(crate) fn take_paths(&mut self, errors: &mut Errors) -> Paths {
        Paths::new(
            self.take_type("crate")
                .and_then(|value| path(value, errors)),
        )
    }

    fn take(&mut self, name: &str) -> Option<(Ident, Option<Type>)> {
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
            let rest: TokenStream = input.parse()?;
            return Err(self.unknown(rest));
        }
        let name = input.call(Ident::parse_any)?;
        let Some(arg) = self.find(&name) else {
            let rest: TokenStream = input.parse()?;
            return Err(self.unknown(quote::quote!(#name #rest)));
        };
        let value = match arg.value {
            Value::Nothing => None,
            Value::Type => Some(value(&name, arg, input)?),
        };
        if self.args.given.iter().any(|&(given, ..)| given == arg.name) {
            self.errors
                .push(name, format!("`{}` is given twice; remove one", arg.name));
        } else {
            self.args.given.push((arg.name, name, value));
        }
        Ok(())
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

    fn unknown(&self, tokens: impl ToTokens) -> syn::Error {
        let attribute = self.attribute;
        let forms: Vec<_> = self
            .known
            .iter()
            .map(|arg| format!("`{}`", arg.form))
            .collect();
        let message = match &*forms {
            [] => format!("`#[{attribute}]` takes no further arguments"),
            forms => format!("`#[{attribute}]` takes {}, not this", forms.join(" and ")),
        };
        syn::Error::new_spanned(tokens, message)
    }
}

/// `= Type`
fn value(name: &Ident, arg: Arg, input: ParseStream<'_>) -> syn::Result<Type> {
    if !input.peek(Token![=]) {
        let message = format!("`{}` needs a value: `{}`", arg.name, arg.form);
        return Err(syn::Error::new_spanned(name, message));
    }
    input.parse::<Token![=]>()?;
    if input.peek(Lit) {
        let message = format!("this is written without quotes: `{}`", arg.form);
        return Err(input.error(message));
    }
    input.parse()
}
