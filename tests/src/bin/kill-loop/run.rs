//! What the killer says to the program that it starts, as arguments.

/// Has a struct travel as arguments: a word, a directory, and its other fields in this
/// order.
macro_rules! travels {
    ($run:ident as $word:literal: dir, $($field:ident),*) => {
        impl $run {
            pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<$run> {
                let mut next = || {
                    let next = arguments.next();
                    next.ok_or_else(|| Error::msg("the killer says more than that"))
                };
                Ok($run {
                    dir: next()?.into(),
                    $($field: next()?.parse()?),*
                })
            }

            pub(crate) fn arguments(&self) -> Vec<String> {
                let dir = self.dir.to_string_lossy().into_owned();
                vec![$word.to_owned(), dir, $(self.$field.to_string()),*]
            }
        }
    };
}
pub(crate) use travels;
