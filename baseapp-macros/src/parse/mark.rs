//! [`Mark`]: the attributes of methods and fields, which `#[worker]` takes away.

use syn::{Attribute, Meta, Token, punctuated::Punctuated};

use crate::{errors::Errors, paths::Paths, suggest};

/// An attribute that stands on a method of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Handler,
    Init,
    Start,
    Stop,
    Every,
    After,
    Action,
    Run,
    Undelivered,
}

impl Mark {
    const ALL: [Mark; 9] = [
        Mark::Handler,
        Mark::Init,
        Mark::Start,
        Mark::Stop,
        Mark::Every,
        Mark::After,
        Mark::Action,
        Mark::Run,
        Mark::Undelivered,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Mark::Handler => "handler",
            Mark::Init => "init",
            Mark::Start => "start",
            Mark::Stop => "stop",
            Mark::Every => "every",
            Mark::After => "after",
            Mark::Action => "action",
            Mark::Run => "run",
            Mark::Undelivered => "undelivered",
        }
    }

    /// How it is written, for error messages.
    pub(crate) fn form(self) -> &'static str {
        match self {
            Mark::Handler => "#[handler(Message)]",
            Mark::Init => "#[init]",
            Mark::Start => "#[start]",
            Mark::Stop => "#[stop]",
            Mark::Every => "#[every(\"1s\")]",
            Mark::After => "#[after(\"1s\")]",
            Mark::Action => "#[action]",
            Mark::Run => "#[run]",
            Mark::Undelivered => "#[undelivered(Message)]",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Mark::ALL.into_iter().find(|mark| mark.name() == name)
    }
}

/// A mark, and the attribute as the user wrote it.
#[derive(Clone, Debug)]
pub(crate) struct Marked {
    pub(crate) mark: Mark,
    pub(crate) meta: Meta,
}

/// Removes our attributes from those of a method.
pub(crate) fn take_marks(
    attrs: &mut Vec<Attribute>,
    paths: &Paths,
    errors: &mut Errors,
) -> Vec<Marked> {
    let names = Mark::ALL.map(Mark::name);
    take(attrs, &names, paths, errors)
        .into_iter()
        .filter_map(|(name, meta)| {
            Some(Marked {
                mark: Mark::named(name)?,
                meta,
            })
        })
        .collect()
}

/// Removes `#[local]` from the attributes of a field.
pub(crate) fn take_local(
    attrs: &mut Vec<Attribute>,
    paths: &Paths,
    errors: &mut Errors,
) -> Option<Meta> {
    let (_, meta) = take(attrs, &["local"], paths, errors).pop()?;
    if !matches!(meta, Meta::Path(_)) {
        errors.push(&meta, "`#[local]` takes no arguments");
    }
    Some(meta)
}

/// Removes the attributes called as one of `names`. A slip is reported, and
/// then believed to be what was meant, so that it is one error and not several.
fn take(
    attrs: &mut Vec<Attribute>,
    names: &[&'static str],
    paths: &Paths,
    errors: &mut Errors,
) -> Vec<(&'static str, Meta)> {
    let mut taken = Vec::new();
    attrs.retain(|attr| {
        let conditional = in_cfg_attr(attr, names, paths);
        let meta = conditional.as_ref().unwrap_or(&attr.meta);
        let Some(word) = paths.own_name(meta.path()).map(ToString::to_string) else {
            return true;
        };
        let Some(name) = suggest::nearest(&word, names.iter().copied()) else {
            return true;
        };
        if name != word {
            let message = format!("unknown attribute `{word}`; did you mean `{name}`?");
            errors.push(meta.path(), message);
        } else if conditional.is_some() {
            let message = format!(
                "`#[{name}]` cannot depend on a condition; put `#[cfg(..)]` on all that it marks"
            );
            errors.push(meta, message);
        }
        taken.push((name, meta.clone()));
        false
    });
    taken
}

/// The attribute called as one of `names` in a `#[cfg_attr(.., ..)]`.
fn in_cfg_attr(attr: &Attribute, names: &[&str], paths: &Paths) -> Option<Meta> {
    if !attr.path().is_ident("cfg_attr") {
        return None;
    }
    let metas = attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    metas.ok()?.into_iter().skip(1).find(|meta| {
        let name = paths.own_name(meta.path());
        name.is_some_and(|name| names.iter().any(|known| name == known))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The attributes of Rust that may stand on a method or a field.
    const BUILT_IN: [&str; 27] = [
        "allow",
        "bench",
        "cfg",
        "cfg_attr",
        "cold",
        "coverage",
        "default",
        "deny",
        "deprecated",
        "derive",
        "doc",
        "expect",
        "export_name",
        "forbid",
        "ignore",
        "inline",
        "link_section",
        "must_use",
        "naked",
        "no_mangle",
        "non_exhaustive",
        "optimize",
        "serde",
        "target_feature",
        "test",
        "track_caller",
        "warn",
    ];

    #[test]
    fn no_attribute_of_rust_looks_like_a_slip() {
        for word in BUILT_IN {
            assert_eq!(
                suggest::nearest(word, Mark::ALL.map(Mark::name)),
                None,
                "{word}"
            );
            assert_eq!(suggest::nearest(word, ["local"]), None, "{word}");
        }
    }
}
