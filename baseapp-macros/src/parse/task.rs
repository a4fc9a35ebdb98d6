//! What `#[message(..)]` says of tasks: from `attempts = 5` to a [`Task`].

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{
    LitInt, LitStr, Member, Token,
    ext::IdentExt,
    parenthesized,
    parse::{ParseStream, Parser},
    punctuated::Punctuated,
    token::Paren,
};

use super::{
    Arg, Args,
    time::{backoff, longer_than_zero},
};
use crate::{
    errors::Errors,
    model::{Task, Unique},
};

const ATTEMPTS: Arg = Arg::tokens("attempts", "attempts = 5");
const TIMEOUT: Arg = Arg::tokens("timeout", "timeout = \"30s\"");
const BACKOFF: Arg = Arg::tokens("backoff", "backoff = \"100ms..30s\"");
const UNIQUE: Arg = Arg::tokens_or_flag("unique", "unique = field");
const PRIORITY: Arg = Arg::tokens("priority", "priority = 7");

/// The arguments that [`task`] takes.
pub(crate) const TASK: [Arg; 5] = [ATTEMPTS, TIMEOUT, BACKOFF, UNIQUE, PRIORITY];

/// Parses the arguments; those with errors are left out.
pub(crate) fn task(args: &mut Args, errors: &mut Errors) -> Task {
    let no_timeout = "a timeout is longer than zero; without `timeout` an attempt may take as \
                      long as it likes";
    Task {
        attempts: number(ATTEMPTS, 1..=u32::MAX, args, errors),
        timeout: longer_than_zero(TIMEOUT, no_timeout, args, errors),
        backoff: backoff(BACKOFF, args, errors),
        unique: unique(args, errors),
        priority: number(PRIORITY, 0..=9, args, errors),
    }
}

/// `attempts = 5`
fn number<N: FromStr + PartialOrd + Display>(
    arg: Arg,
    range: RangeInclusive<N>,
    args: &mut Args,
    errors: &mut Errors,
) -> Option<N> {
    let value = args.take_tokens(arg.name)?;
    let number = syn::parse2::<LitInt>(value.clone())
        .ok()
        .filter(|number| number.suffix().is_empty())
        .and_then(|number| number.base10_digits().parse().ok())
        .filter(|number| range.contains(number));
    if number.is_none() {
        let Arg { name, form, .. } = arg;
        let (least, most) = (range.start(), range.end());
        let message = if is_quoted(&value) {
            arg.without_quotes()
        } else {
            format!("`{name}` takes a number from {least} to {most}, as in `{form}`")
        };
        errors.push(value, message);
    }
    number
}

fn is_quoted(value: &TokenStream) -> bool {
    syn::parse2::<LitStr>(value.clone()).is_ok()
}

/// `unique`, `unique = field` or `unique = (a, b)`
fn unique(args: &mut Args, errors: &mut Errors) -> Option<Unique> {
    let value = args.take_tokens(UNIQUE.name)?;
    if value.is_empty() {
        return Some(Unique::Whole);
    }
    match fields.parse2(value.clone()) {
        Ok(fields) if !fields.is_empty() => no_field_twice(fields, errors).map(Unique::Fields),
        _ => {
            let message = if is_quoted(&value) {
                UNIQUE.without_quotes()
            } else {
                "`unique` takes a field, as in `unique = field`, or several, as in \
                 `unique = (a, b)`; alone, it means the whole message"
                    .to_owned()
            };
            errors.push(value, message);
            None
        }
    }
}

fn fields(input: ParseStream<'_>) -> syn::Result<Vec<Member>> {
    if !input.peek(Paren) {
        return Ok(vec![field(input)?]);
    }
    let several;
    parenthesized!(several in input);
    let fields = Punctuated::<_, Token![,]>::parse_terminated_with(&several, field)?;
    Ok(fields.into_iter().collect())
}

fn field(input: ParseStream<'_>) -> syn::Result<Member> {
    if input.peek(Ident::peek_any) {
        input.call(Ident::parse_any).map(Member::Named)
    } else {
        input.parse().map(Member::Unnamed)
    }
}

fn no_field_twice(fields: Vec<Member>, errors: &mut Errors) -> Option<Vec<Member>> {
    let before = errors.len();
    for (index, field) in fields.iter().enumerate() {
        if fields[..index].contains(field) {
            let name = field.to_token_stream();
            errors.push(field, format!("`{name}` is given twice; remove one"));
        }
    }
    (errors.len() == before).then_some(fields)
}
