//! Which lists of bytes serde is told of, and where nothing is said.

use quote::quote;

use super::{expansions::check, pretty};
use crate::pipeline;

#[test]
fn data_with_bytes() {
    let item = quote!(
        enum Chunk {
            Whole(Vec<u8>),
            Cut {
                bytes: std::boxed::Box<[u8]>,
                rest: Option<Vec<u8>>,
                #[serde(default)]
                told: Vec<u8>,
                sums: Vec<u16>,
                never: Option<Option<Vec<u8>>>,
            },
        }
    );
    check("data_with_bytes", pipeline::data, quote!(), item);
}

#[test]
fn bytes_of_which_serde_or_somebody_else_is_told_are_left_alone() {
    for item in [
        quote!(
            #[serde(untagged)]
            enum Either {
                Raw(Vec<u8>),
                Text(String),
            }
        ),
        quote!(
            #[derive(schemars::JsonSchema)]
            struct Schema(Vec<u8>);
        ),
        quote!(
            #[cfg_attr(test, derive(Schema))]
            struct Sometimes(Vec<u8>);
        ),
        quote!(
            struct Told(#[cfg_attr(test, serde(with = "hex"))] Vec<u8>);
        ),
        quote!(
            struct Other(theirs::Vec<u8>, Vec<u8, Arena>);
        ),
    ] {
        let (output, errors) = pipeline::data(quote!(), item);
        assert!(errors.is_empty(), "{errors:?}");
        assert!(!pretty(output).contains("__private::bytes"));
    }
}
