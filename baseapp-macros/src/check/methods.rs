//! An impl block that is marked with `#[worker]`.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{ImplItem, ImplItemFn, ItemImpl, PathArguments, Type, parse_quote};

use super::signature;
use crate::{
    errors::Errors,
    model::{Handler, Hook, Method, Methods, Role},
    parse,
    paths::Paths,
};

/// Checks the methods, and takes our attributes away from them.
pub(crate) fn methods(block: &mut ItemImpl, paths: &Paths, errors: &mut Errors) -> Methods {
    let before = errors.len();
    header(block, errors);
    let usable = errors.len() == before;
    let mut methods = Vec::new();
    for item in &mut block.items {
        if let ImplItem::Fn(function) = item {
            methods.extend(marked(function, paths, errors));
        }
    }
    refuse_twins(&mut methods, errors);
    if !usable {
        methods.clear();
    }
    Methods {
        worker: (*block.self_ty).clone(),
        methods,
    }
}

/// `impl Worker`, without generics and without a trait.
fn header(block: &ItemImpl, errors: &mut Errors) {
    if let Some((path, _)) = &block.trait_ {
        let message = "`#[worker]` works on `impl` blocks of the worker itself, not on those of \
                       a trait; move the marked methods to a block without one";
        errors.push(path, message);
        return;
    }
    let why = "a worker cannot be generic: workers are found by their type, so each is one \
               concrete type";
    if !block.generics.params.is_empty() {
        errors.push(&block.generics, why);
        return;
    }
    match &*block.self_ty {
        Type::Path(worker) => {
            let last = worker.path.segments.last();
            if last.is_some_and(|segment| segment.arguments != PathArguments::None) {
                errors.push(worker, why);
            }
        }
        other => errors.push(other, "a worker is a struct, named by its path"),
    }
}

/// What a function is marked as: nothing, if it is not ours.
fn marked(function: &mut ImplItemFn, paths: &Paths, errors: &mut Errors) -> Vec<Method> {
    let marks = parse::take_marks(&mut function.attrs, paths, errors);
    let Some((first, more)) = marks.split_first() else {
        return Vec::new();
    };
    quiet(function);
    for marked in more {
        let (first, second) = (text(&first.meta), text(&marked.meta));
        let message =
            format!("this method is `#[{first}]` already; write another one for `#[{second}]`");
        errors.push(&marked.meta, message);
    }
    let mut methods = Vec::new();
    for marked in &marks {
        let Some(role) = parse::role(marked, errors) else {
            continue;
        };
        // The method is called for its first mark; the others get a stub.
        let call = methods
            .is_empty()
            .then(|| signature::call(&function.sig, &role, marked.mark, errors))
            .flatten();
        methods.push(Method {
            ident: function.sig.ident.clone(),
            cfgs: function
                .attrs
                .iter()
                .filter(|attr| attr.path().is_ident("cfg"))
                .cloned()
                .collect(),
            role,
            call,
        });
    }
    methods
}

/// The signature is the library's choice, so lints about it would tell the user
/// nothing. What the user says about a lint comes later, and wins.
fn quiet(function: &mut ImplItemFn) {
    let allow = parse_quote! {
        #[allow(
            clippy::needless_pass_by_value,
            clippy::unnecessary_wraps,
            clippy::unused_async,
            clippy::unused_self,
            reason = "the signature follows from the attribute"
        )]
    };
    function.attrs.insert(0, allow);
}

/// Removes a second method where a worker can have only one. Methods under a
/// `#[cfg]` may exclude each other; if they do not, the compiler says so.
fn refuse_twins(methods: &mut Vec<Method>, errors: &mut Errors) {
    let mut seen = HashMap::new();
    methods.retain(|method| {
        let Some((what, only)) = once(&method.role).filter(|_| method.cfgs.is_empty()) else {
            return true;
        };
        let Some(first) = seen.get(&what) else {
            seen.insert(what, method.ident.clone());
            return true;
        };
        if *first != method.ident {
            errors.push(
                place(method),
                format!("{what} is `{first}` already; {only}"),
            );
        }
        false
    });
}

/// What a worker has only one of, and why.
fn once(role: &Role) -> Option<(String, &'static str)> {
    Some(match role {
        Role::Handler(Handler { message, .. }) => (
            format!("the handler of `{}`", text(&**message)),
            "a worker has one handler for a message",
        ),
        Role::Init => ("the `#[init]`".to_owned(), "a worker is made by one method"),
        Role::Hook(Hook::Run) => ("the `#[run]`".to_owned(), "a worker has one loop"),
        Role::Hook(Hook::Undelivered(message)) => (
            format!("the `#[undelivered]` of `{}`", text(&**message)),
            "a message comes back to one method",
        ),
        Role::Hook(_) => return None,
    })
}

/// Where a mistake in what a method is for is shown.
fn place(method: &Method) -> TokenStream {
    match method.role.message() {
        Some(message) => message.to_token_stream(),
        None => method.ident.to_token_stream(),
    }
}

fn text(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string()
}
