//! [`CodecError`]: why a value has no bytes, or bytes no value.

use crate::wire::budget::Fault;

/// Why a message could not be encoded or decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The message has more bytes than a message may have.
    #[error("the message is larger than the limit of {max} bytes")]
    #[non_exhaustive]
    TooLarge {
        /// The most bytes that it may have.
        max: usize,
    },

    /// The value cannot be encoded.
    #[error("cannot encode the message: {reason}")]
    #[non_exhaustive]
    Encode {
        /// What is wrong with it.
        reason: String,
    },

    /// The bytes are not a value of the expected type.
    #[error("cannot decode the message: {reason}")]
    #[non_exhaustive]
    Decode {
        /// What is wrong with them.
        reason: String,
    },

    /// There are bytes left after the value.
    #[error("{count} bytes are left over after the message")]
    #[non_exhaustive]
    TrailingBytes {
        /// How many are left.
        count: usize,
    },

    /// The value is nested too deeply to be decoded safely.
    #[error("the message is nested more than {limit} levels deep")]
    #[non_exhaustive]
    TooDeep {
        /// The most levels that it may have.
        limit: usize,
    },

    /// The sequences and maps of the value would take more memory than a
    /// message of its length may take.
    #[error(
        "the elements of the message need more than the {budget} bytes of memory allowed for its length"
    )]
    #[non_exhaustive]
    TooManyElements {
        /// The most bytes that they may take.
        budget: usize,
    },
}

impl CodecError {
    /// The error for a value that postcard refused.
    #[cold]
    pub(super) fn from_encoding(error: postcard::Error) -> Self {
        use postcard::Error::{CollectStrError, SerdeSerCustom, SerializeSeqLengthUnknown};

        let reason = match error {
            // Postcard drops the text of these.
            SerdeSerCustom => "its `Serialize` implementation failed".to_owned(),
            CollectStrError => "its `Display` implementation failed".to_owned(),
            // What a user meets is not the sequence but serde's attribute.
            SerializeSeqLengthUnknown => "a sequence or map does not know its length beforehand \
                (`#[serde(flatten)]` is not supported)"
                .to_owned(),
            other => other.to_string(),
        };
        CodecError::Encode { reason }
    }
}

impl From<Fault> for CodecError {
    #[cold]
    fn from(fault: Fault) -> Self {
        fault.into_error()
    }
}
