//! The types that `#[data]`, `#[message]` and `#[worker]` declare.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Field, Generics, Item, Type};

use crate::{
    errors::Errors,
    model::{Message, State, Supervision, Task},
    parse::{self, Checkpoint, Declaration},
    paths::Paths,
};

/// A struct or an enum, or the item back if it is something else.
pub(crate) fn declaration(
    works_on: &str,
    item: Item,
    errors: &mut Errors,
) -> Result<Declaration, TokenStream> {
    match item {
        Item::Struct(item) => Ok(Declaration::Struct(item)),
        Item::Enum(item) => Ok(Declaration::Enum(item)),
        other => {
            let kind = parse::kind(&other);
            errors.push_at(Span::call_site(), format!("{works_on}, not on {kind}"));
            Err(other.into_token_stream())
        }
    }
}

/// Removes `#[local]` from all fields, and says which had it. `refused` tells
/// why no field may have it, if so.
pub(crate) fn locals(
    declaration: &mut Declaration,
    refused: Option<&str>,
    paths: &Paths,
    errors: &mut Errors,
) -> Vec<usize> {
    let mut locals = Vec::new();
    for (index, field) in declaration.fields_mut().into_iter().enumerate() {
        match (parse::take_local(&mut field.attrs, paths, errors), refused) {
            (Some(local), Some(why)) => errors.push(local, why),
            (Some(_), None) => locals.push(index),
            (None, _) => {}
        }
    }
    locals
}

/// The types of the fields that serde is known to send as they are: not those
/// that the user gave a `#[serde(..)]`, nor any whose type is only known to the
/// declaration itself.
pub(crate) fn sent(declaration: &mut Declaration, locals: &[usize]) -> Vec<Type> {
    if !declaration.generics().params.is_empty() {
        return Vec::new();
    }
    let known = |field: &Field| {
        let has_serde = field.attrs.iter().any(|attr| attr.path().is_ident("serde"));
        let has_cfg = field.attrs.iter().any(|attr| attr.path().is_ident("cfg"));
        !has_serde && !has_cfg && !mentions_self(field.ty.to_token_stream())
    };
    let fields = declaration.fields_mut().into_iter().enumerate();
    fields
        .filter(|(index, field)| !locals.contains(index) && known(field))
        .map(|(_, field)| field.ty.clone())
        .collect()
}

fn mentions_self(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions_self(group.stream()),
        TokenTree::Ident(ident) => ident == "Self",
        _ => false,
    })
}

/// A type that may be a message.
pub(crate) fn message(
    declaration: &Declaration,
    reply: Option<Type>,
    idempotent: bool,
    mut task: Task,
    errors: &mut Errors,
) -> Option<Message> {
    task.unique = task
        .unique
        .and_then(|unique| super::unique::unique(declaration, unique, errors));
    let why = "messages are routed by their type, so each is one concrete type";
    concrete("a message", declaration.generics(), why, errors)?;
    Some(Message {
        ident: declaration.ident().clone(),
        reply,
        idempotent,
        task,
    })
}

/// A struct that may be a worker.
pub(crate) fn state(
    declaration: &Declaration,
    init: Option<Type>,
    checkpoint: Option<Checkpoint>,
    supervision: Supervision,
    errors: &mut Errors,
) -> Option<State> {
    if let Declaration::Enum(item) = declaration {
        let message = "a worker is a struct; to keep an enum as its state, put it into a field";
        errors.push(item.enum_token, message);
    }
    let checkpoint = checkpoint.filter(|checkpoint| {
        if init.is_some() {
            let message = "a worker that is made by `#[init]` cannot be sent back: remove `init = \
                           ..`, and fill what cannot be sent in `#[start]`, into `#[local]` \
                           fields; or remove `checkpoint`";
            errors.push(&checkpoint.at, message);
        }
        init.is_none()
    });
    let why = "workers are found by their type, so each is one concrete type";
    concrete("a worker", declaration.generics(), why, errors)?;
    Some(State {
        ident: declaration.ident().clone(),
        init,
        checkpoint: checkpoint.map(|checkpoint| checkpoint.period),
        supervision,
    })
}

fn concrete(what: &str, generics: &Generics, why: &str, errors: &mut Errors) -> Option<()> {
    if generics.params.is_empty() {
        return Some(());
    }
    errors.push(generics, format!("{what} cannot be generic: {why}"));
    None
}
