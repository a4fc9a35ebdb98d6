//! `#[message(unique = field)]`: is there such a field?

use quote::{ToTokens, quote};
use syn::{Ident, Member};

use crate::{errors::Errors, model::Unique, parse::Declaration, suggest};

/// What makes two tasks the same, if the declaration has it.
pub(super) fn unique(
    declaration: &Declaration,
    unique: Unique,
    errors: &mut Errors,
) -> Option<Unique> {
    let Unique::Fields(wanted) = &unique else {
        return Some(unique);
    };
    let Declaration::Struct(item) = declaration else {
        let message = "the variants of an enum have no field in common; write `unique` alone for \
                       the whole message";
        errors.push(quote!(#(#wanted)*), message);
        return None;
    };
    let fields: Vec<Member> = item.fields.members().collect();
    if fields.is_empty() {
        let name = &item.ident;
        let message = format!("`{name}` has no fields; write `unique` alone for the whole message");
        errors.push(quote!(#(#wanted)*), message);
        return None;
    }
    let before = errors.len();
    for field in wanted.iter().filter(|field| !fields.contains(field)) {
        errors.push(field, unknown(&item.ident, field, &fields));
    }
    (errors.len() == before).then_some(unique)
}

/// What is said of a field that is not there.
fn unknown(owner: &Ident, field: &Member, fields: &[Member]) -> String {
    let word = field.to_token_stream().to_string();
    let names: Vec<String> = fields
        .iter()
        .map(|field| field.to_token_stream().to_string())
        .collect();
    let names = names.iter().map(String::as_str);
    let near = suggest::nearest(&word, names.clone());
    if let (Member::Named(_), Some(near)) = (field, near) {
        return format!("unknown field `{word}`; did you mean `{near}`?");
    }
    let names = suggest::list(names);
    format!(
        "`{owner}` has no field `{word}`; it has {names}, and `unique` alone means the whole message"
    )
}
