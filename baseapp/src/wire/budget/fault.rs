//! [`Fault`]: a failure on its way out of a deserializer.

use std::fmt::{self, Display, Formatter, Write};

use super::DEPTH_LIMIT;
use crate::wire::codec::CodecError;

/// The longest reason kept, in bytes. Serde quotes the peer's strings.
const REASON_MAX: usize = 512;

/// A [`CodecError`] in one word, which keeps every `Result` on the way small.
#[derive(Debug)]
pub(crate) struct Fault(Box<CodecError>);

impl Fault {
    #[cold]
    pub(super) fn new(reason: impl Display) -> Self {
        let mut brief = Brief {
            text: String::new(),
            room: REASON_MAX,
        };
        // It fails when the text is full, and then the text is what we want.
        let _ = write!(brief, "{reason}");
        Fault(Box::new(CodecError::Decode { reason: brief.text }))
    }

    #[cold]
    pub(super) fn from_postcard(error: postcard::Error) -> Self {
        use postcard::Error::{DeserializeBadVarint, DeserializeUnexpectedEnd};

        match error {
            DeserializeUnexpectedEnd => Fault::new("it ends too early"),
            DeserializeBadVarint => Fault::new("it contains an integer that is out of range"),
            other => Fault::new(other),
        }
    }

    #[cold]
    pub(super) fn too_deep() -> Self {
        Fault(Box::new(CodecError::TooDeep { limit: DEPTH_LIMIT }))
    }

    #[cold]
    pub(super) fn too_many(budget: usize) -> Self {
        Fault(Box::new(CodecError::TooManyElements { budget }))
    }

    pub(crate) fn into_error(self) -> CodecError {
        *self.0
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

impl std::error::Error for Fault {}

impl serde::de::Error for Fault {
    #[cold]
    fn custom<T: Display>(message: T) -> Self {
        Fault::new(message)
    }
}

/// A text that stops growing at [`REASON_MAX`].
struct Brief {
    text: String,
    room: usize,
}

impl Write for Brief {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.len() <= self.room {
            self.text.push_str(text);
            self.room -= text.len();
            return Ok(());
        }
        if self.room > 0 {
            let fits = |&(at, c): &(usize, char)| at + c.len_utf8() <= self.room;
            let head = text.char_indices().take_while(fits).map(|(_, c)| c);
            self.text.extend(head.chain(['…']));
            self.room = 0;
        }
        Err(fmt::Error)
    }
}
