//! What each attribute does, from tokens to tokens: parse, check, expand.
//!
//! None of these functions fails. The user's item is always in the output, with
//! as much generated code as still makes sense, so that one mistake gives one
//! error and not a trail of them.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Item, ItemImpl};

use crate::{
    check,
    errors::Errors,
    expand,
    model::EntryKind,
    parse::{self, Arg, Args, Declaration},
    paths::Paths,
};

/// The generated code, and what is wrong with the item.
pub(crate) type Output = (TokenStream, Vec<syn::Error>);

const INIT: Arg = Arg::typed("init", "init = Config");
const REPLY: Arg = Arg::typed("reply", "reply = Type");
const IDEMPOTENT: Arg = Arg::flag("idempotent");

/// `#[message]`
pub(crate) fn message(attr: TokenStream, item: TokenStream) -> Output {
    on_item(item, |item, errors| {
        let known = [&[REPLY, IDEMPOTENT], &parse::TASK[..], &[Arg::CRATE]].concat();
        let mut args = Args::parse("message", attr, &known, errors);
        let paths = args.take_paths(errors);
        let reply = args.take_type("reply");
        let idempotent = args.take_flag("idempotent").is_some();
        let task = parse::task(&mut args, errors);
        let mut declaration = match sent_type("message", item, &paths, errors) {
            Ok(declaration) => declaration,
            Err(item) => return item,
        };
        let message = check::message(&declaration, reply, idempotent, task, errors)
            .map(|message| expand::message(&paths, &message));
        let sent = check::sent(&mut declaration, &[]);
        let item = expand::sendable(&paths, &declaration, &sent);
        quote!(#item #message)
    })
}

/// `#[data]`
pub(crate) fn data(attr: TokenStream, item: TokenStream) -> Output {
    on_item(item, |item, errors| {
        let paths = Args::parse("data", attr, &[Arg::CRATE], errors).take_paths(errors);
        match sent_type("data", item, &paths, errors) {
            Ok(mut declaration) => {
                let sent = check::sent(&mut declaration, &[]);
                expand::sendable(&paths, &declaration, &sent)
            }
            Err(item) => item,
        }
    })
}

/// A type that is sent as a whole.
fn sent_type(
    attribute: &str,
    item: Item,
    paths: &Paths,
    errors: &mut Errors,
) -> Result<Declaration, TokenStream> {
    let works_on = format!("`#[{attribute}]` works on a struct or an enum");
    let mut declaration = check::declaration(&works_on, item, errors)?;
    let refused = "`#[local]` works only on a field of a `#[worker]` struct; what is sent here \
                   is sent as a whole";
    check::locals(&mut declaration, Some(refused), paths, errors);
    Ok(declaration)
}

/// `#[worker]`
pub(crate) fn worker(attr: TokenStream, item: TokenStream) -> Output {
    on_item(item, |item, errors| match item {
        Item::Impl(block) => worker_methods(attr, block, errors),
        item => worker_state(attr, item, errors),
    })
}

/// The same on structs and on impl blocks, which say that most of them go to
/// the struct.
fn worker_args(attr: TokenStream, errors: &mut Errors) -> (Args, Paths) {
    let known = [
        &[INIT],
        &parse::SUPERVISION[..],
        &parse::CHECKPOINTS,
        &[Arg::CRATE],
    ]
    .concat();
    let mut args = Args::parse("worker", attr, &known, errors);
    let paths = args.take_paths(errors);
    (args, paths)
}

fn worker_state(attr: TokenStream, item: Item, errors: &mut Errors) -> TokenStream {
    let (mut args, paths) = worker_args(attr, errors);
    let init = args.take_type("init");
    let supervision = parse::supervision(&mut args, errors);
    let checkpoint = parse::checkpoint(&mut args, errors);
    let works_on = "`#[worker]` works on a struct and on its impl blocks";
    let mut declaration = match check::declaration(works_on, item, errors) {
        Ok(declaration) => declaration,
        Err(item) => return item,
    };
    let refused = init.is_some().then_some(
        "`#[local]` has nothing to do here: with `init = ..` no field is sent; remove it",
    );
    let locals = check::locals(&mut declaration, refused, &paths, errors);
    let is_sent = init.is_none();
    let state = check::state(&declaration, init, checkpoint, supervision, errors)
        .map(|state| expand::state(&paths, &state));
    if !is_sent {
        return quote!(#declaration #state);
    }
    let sent = check::sent(&mut declaration, &locals);
    expand::local_fields(&paths, &mut declaration, &locals);
    let item = expand::sendable(&paths, &declaration, &sent);
    quote!(#item #state)
}

fn worker_methods(attr: TokenStream, mut block: ItemImpl, errors: &mut Errors) -> TokenStream {
    let (mut args, paths) = worker_args(attr, errors);
    if let Some(init) = args.take_type("init") {
        errors.push(
            init,
            "`init = ..` goes to the `#[worker]` on the struct, not on an impl block",
        );
    }
    parse::only_on_structs(&mut args, errors);
    let methods = check::methods(&mut block, &paths, errors);
    let expanded = expand::methods(&paths, &methods);
    quote!(#block #expanded)
}

/// `#[baseapp::main]`
pub(crate) fn main(attr: TokenStream, item: TokenStream) -> Output {
    entry(EntryKind::Main, attr, item)
}

/// `#[baseapp::test]`
pub(crate) fn test(attr: TokenStream, item: TokenStream) -> Output {
    entry(EntryKind::Test, attr, item)
}

fn entry(kind: EntryKind, attr: TokenStream, item: TokenStream) -> Output {
    on_item(item, |item, errors| {
        let mut args = Args::parse(kind.path(), attr, &[Arg::CRATE], errors);
        let paths = args.take_paths(errors);
        match check::entry(kind, item, errors) {
            Ok(entry) => expand::entry(&paths, entry),
            Err(item) => item,
        }
    })
}

/// An attribute of a method or field that the compiler has met itself: the
/// `#[worker]` that would have taken it away is missing.
pub(crate) fn misplaced(name: &str, item: TokenStream) -> Output {
    let message = match name {
        "local" => "`#[local]` works only on a field of a `#[worker]` struct".to_owned(),
        name => format!(
            "`#[{name}]` works only on a method inside a `#[worker] impl` block; \
             put `#[worker]` on the impl block"
        ),
    };
    let mut errors = Errors::default();
    errors.push_at(Span::call_site(), message);
    (item, errors.into_vec())
}

fn on_item(item: TokenStream, run: impl FnOnce(Item, &mut Errors) -> TokenStream) -> Output {
    let mut errors = Errors::default();
    let output = match syn::parse2(item.clone()) {
        Ok(parsed) => run(parsed, &mut errors),
        Err(error) => {
            errors.add(error);
            item
        }
    };
    (output, errors.into_vec())
}
