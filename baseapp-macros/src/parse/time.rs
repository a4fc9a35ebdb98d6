//! Arguments that say how long: `timeout = "30s"`, `backoff = "100ms..30s"`.

use syn::LitStr;

use super::{Arg, Args};
use crate::{duration, errors::Errors, model::Backoff};

/// The value, which is written in quotes.
pub(super) fn quoted(arg: Arg, args: &mut Args, errors: &mut Errors) -> Option<LitStr> {
    let value = args.take_tokens(arg.name)?;
    let literal = syn::parse2(value.clone()).ok();
    if literal.is_none() {
        let message = format!("this is written in quotes: `{}`", arg.form);
        errors.push(value, message);
    }
    literal
}

/// The nanoseconds of `grace = "5s"`.
pub(super) fn duration(arg: Arg, args: &mut Args, errors: &mut Errors) -> Option<u64> {
    let literal = quoted(arg, args, errors)?;
    nanos(&literal, errors)
}

/// The nanoseconds of `timeout = "30s"`; of zero, `refusal` is said.
pub(super) fn longer_than_zero(
    arg: Arg,
    refusal: &str,
    args: &mut Args,
    errors: &mut Errors,
) -> Option<u64> {
    let literal = quoted(arg, args, errors)?;
    longer(&literal, refusal, errors)
}

/// The nanoseconds of `"30s"`; of zero, `refusal` is said.
pub(super) fn longer(literal: &LitStr, refusal: &str, errors: &mut Errors) -> Option<u64> {
    let nanos = nanos(literal, errors)?;
    if nanos == 0 {
        errors.push(literal, refusal);
        return None;
    }
    Some(nanos)
}

fn nanos(literal: &LitStr, errors: &mut Errors) -> Option<u64> {
    let text = literal.value();
    let nanos = duration::nanos(&text);
    if nanos.is_none() {
        errors.push(literal, duration::refusal(&text));
    }
    nanos
}

/// `backoff = "100ms..30s"`
pub(super) fn backoff(arg: Arg, args: &mut Args, errors: &mut Errors) -> Option<Backoff> {
    let literal = quoted(arg, args, errors)?;
    let text = literal.value();
    let (first, longest) = text.split_once("..").unwrap_or((&text, &text));
    let message = match (duration::nanos(first), duration::nanos(longest)) {
        (Some(0), Some(1..)) => "zero doubled is zero, so this never gets longer; begin with \
                                 `1ms` or so, or write `\"0s\"`"
            .to_owned(),
        (Some(first), Some(longest)) if first <= longest => {
            return Some(Backoff { first, longest });
        }
        (Some(_), Some(_)) => format!("the shorter one comes first: `\"{longest}..{first}\"`"),
        _ => format!(
            "`{text}` is not a backoff; write the first delay and the longest, as in `{}`, or \
             the only one, as in `\"1s\"`",
            arg.example()
        ),
    };
    errors.push(literal, message);
    None
}
