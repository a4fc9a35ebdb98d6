//! The functions that `#[baseapp::main]` and `#[baseapp::test]` stand on.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{Item, ItemFn};

use crate::{
    errors::Errors,
    model::{Entry, EntryKind},
    parse,
};

/// A function that a process may start with, or the item back if it is
/// something else.
pub(crate) fn entry(
    kind: EntryKind,
    item: Item,
    errors: &mut Errors,
) -> Result<Entry, TokenStream> {
    let name = kind.path();
    let mut function = match item {
        Item::Fn(function) => function,
        other => {
            let what = parse::kind(&other);
            let message = format!("`#[{name}]` works on a function, not on {what}");
            errors.push_at(Span::call_site(), message);
            return Err(other.into_token_stream());
        }
    };
    if kind == EntryKind::Main && function.sig.ident != "main" {
        let message = "a program starts with `fn main`, and so do its workers; \
                       `#[baseapp::main]` goes there";
        errors.push(&function.sig.ident, message);
        return Err(function.into_token_stream());
    }
    let before = errors.len();
    signature(kind, &function, errors);
    let callable = errors.len() == before;
    if kind == EntryKind::Test {
        refuse_second_test(&mut function, errors);
    }
    Ok(Entry {
        kind,
        callable,
        function,
    })
}

fn signature(kind: EntryKind, function: &ItemFn, errors: &mut Errors) {
    let name = kind.path();
    let signature = &function.sig;
    if !signature.inputs.is_empty() {
        let message = format!("a `#[{name}]` function takes no parameters");
        errors.push(&signature.inputs, message);
    }
    if !signature.generics.params.is_empty() {
        let message = format!("a `#[{name}]` function cannot be generic");
        errors.push(&signature.generics, message);
    }
}

/// Removes a `#[test]` besides ours, which would make two tests of one.
fn refuse_second_test(function: &mut ItemFn, errors: &mut Errors) {
    function.attrs.retain(|attr| {
        let is_test = attr.path().is_ident("test");
        if is_test {
            errors.push(
                attr,
                "`#[baseapp::test]` makes this a test already; remove `#[test]`",
            );
        }
        !is_test
    });
}
