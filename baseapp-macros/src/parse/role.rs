//! What an attribute makes of a method: from `#[every("1s")]` to a [`Role`].

use proc_macro2::TokenStream;
use syn::{
    Ident, Lit, Meta, Token, Type,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use super::{Arg, Args, Mark, Marked, time::longer_than_zero};
use crate::{
    duration,
    errors::Errors,
    model::{Handler, Hook, Role},
};

const SUBSCRIBE: Arg = Arg::flag("subscribe");
const TIMEOUT: Arg = Arg::tokens("timeout", "timeout = \"30s\"");

/// Parses the arguments of an attribute; nothing if they do not say enough to
/// generate even a stub.
pub(crate) fn role(marked: &Marked, errors: &mut Errors) -> Option<Role> {
    let hook = match marked.mark {
        Mark::Handler => return handler(marked, errors).map(Role::Handler),
        Mark::Init => return no_arguments(marked, errors, Role::Init),
        Mark::Start => no_arguments(marked, errors, Hook::Start),
        Mark::Stop => no_arguments(marked, errors, Hook::Stop),
        Mark::Every => Some(Hook::Every(period(marked, errors))),
        Mark::After => Some(Hook::After(duration(marked, errors))),
        Mark::Action => no_arguments(marked, errors, Hook::Action),
        Mark::Run => no_arguments(marked, errors, Hook::Run),
        Mark::Undelivered => undelivered(marked, errors)
            .map(Box::new)
            .map(Hook::Undelivered),
    };
    hook.map(Role::Hook)
}

/// `#[start]`
fn no_arguments<T>(marked: &Marked, errors: &mut Errors, role: T) -> Option<T> {
    if !matches!(marked.meta, Meta::Path(_)) {
        let name = marked.mark.name();
        errors.push(&marked.meta, format!("`#[{name}]` takes no arguments"));
    }
    Some(role)
}

/// `#[handler(Msg)]` or `#[handler(Msg, subscribe, timeout = "30s")]`
fn handler(marked: &Marked, errors: &mut Errors) -> Option<Handler> {
    let (message, rest) = message(marked, errors)?;
    let known = [SUBSCRIBE, TIMEOUT];
    let mut args = Args::parse("handler(Message, ..)", rest, &known, errors);
    let no_timeout = "a timeout is longer than zero; without `timeout` the handler may take as \
                      long as the worker's `hang` says";
    Some(Handler {
        message: Box::new(message),
        subscribe: args.take_flag("subscribe").map(|word| word.span()),
        timeout: longer_than_zero(TIMEOUT, no_timeout, &mut args, errors),
    })
}

/// `#[undelivered(Msg)]`
fn undelivered(marked: &Marked, errors: &mut Errors) -> Option<Type> {
    let (message, rest) = message(marked, errors)?;
    Args::parse("undelivered(Message)", rest, &[], errors);
    Some(message)
}

/// The type that comes first, and what follows it.
fn message(marked: &Marked, errors: &mut Errors) -> Option<(Type, TokenStream)> {
    let form = marked.mark.form();
    let list = match &marked.meta {
        Meta::List(list) if !list.tokens.is_empty() => list,
        meta => {
            errors.push(meta, format!("which message? write `{form}`"));
            return None;
        }
    };
    let parsed = (|input: ParseStream<'_>| {
        if input.peek(Lit) {
            return Err(input.error(format!("write the type of the message: `{form}`")));
        }
        if input.peek(Ident::peek_any) && input.peek2(Token![=]) {
            return Err(input.error(format!("which message? it comes first: `{form}`")));
        }
        let message = input.parse()?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        Ok((message, input.parse()?))
    })
    .parse2(list.tokens.clone());
    let (message, rest) = errors.ok(parsed)?;
    if matches!(&message, Type::Path(path) if path.path.is_ident("subscribe")) {
        errors.push(
            message,
            "which message? write `#[handler(Message, subscribe)]`",
        );
        return None;
    }
    Some((message, rest))
}

/// `#[every("1s")]`
fn period(marked: &Marked, errors: &mut Errors) -> u64 {
    let nanos = duration(marked, errors);
    if nanos == 0 {
        let message = "a timer needs a period longer than zero; for work that runs whenever \
                       no message waits use `#[action]`";
        errors.push(&marked.meta, message);
    }
    nanos
}

/// The nanoseconds of the only argument; some number if it is wrong, which is
/// reported, so that the rest of the method is still checked.
fn duration(marked: &Marked, errors: &mut Errors) -> u64 {
    const SOME: u64 = 1;
    let argument = match &marked.meta {
        Meta::List(list) if !list.tokens.is_empty() => &list.tokens,
        meta => {
            errors.push(meta, format!("how long? write `{}`", marked.mark.form()));
            return SOME;
        }
    };
    let Ok(Lit::Str(text)) = syn::parse2(argument.clone()) else {
        let name = marked.mark.name();
        let message = format!("write the duration in quotes, as in `#[{name}(\"1s\")]`");
        errors.push(argument, message);
        return SOME;
    };
    let text = text.value();
    duration::nanos(&text).unwrap_or_else(|| {
        errors.push(argument, duration::refusal(&text));
        SOME
    })
}
