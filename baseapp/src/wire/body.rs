//! [`Body`] and [`Payload`]: the bytes of a value, and the blobs that came beside.

use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::{
    codec::{self, CodecError},
    frame::Header,
};
use crate::blob::{Blob, attached};

/// An encoded value, where it was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body<'a> {
    bytes: &'a [u8],
    /// In the order in which they were encoded; without those that did not get here.
    blobs: &'a [Option<Blob>],
    /// The bytes are the first blob.
    is_blob: bool,
}

impl<'a> Body<'a> {
    /// Bytes alone.
    #[inline]
    pub(crate) fn plain(bytes: &'a [u8]) -> Self {
        Body::new(bytes, &[])
    }

    #[inline]
    pub(crate) fn new(bytes: &'a [u8], blobs: &'a [Option<Blob>]) -> Self {
        Body {
            bytes,
            blobs,
            is_blob: false,
        }
    }

    /// What a frame brought, of which the payload may be the first blob.
    #[inline]
    pub(crate) fn of(header: &Header, payload: &'a [u8], blobs: &'a [Option<Blob>]) -> Self {
        let is_blob = header.payload_is_blob();
        Body {
            is_blob,
            ..Body::new(payload, blobs)
        }
    }

    /// The value.
    #[inline]
    pub(crate) fn decode<T: DeserializeOwned + 'static>(self) -> Result<T, CodecError> {
        if self.is_blob {
            return self.decode_blob();
        }
        if self.blobs.is_empty() {
            return codec::decode_any(self.bytes);
        }
        attached::supply(self.blobs, || codec::decode_any(self.bytes))
    }

    #[cold]
    fn decode_blob<T: DeserializeOwned + 'static>(self) -> Result<T, CodecError> {
        let (first, blobs) = self.blobs.split_first().unwrap_or((&None, &[]));
        let first = first.as_ref().ok_or_else(not_received)?;
        // What is decoded must not change meanwhile, whoever sent it.
        let bytes = first.to_private();
        attached::supply(blobs, || codec::decode_any(&bytes))
    }
}

#[cold]
fn not_received() -> CodecError {
    let reason = "its bytes could not be received (are too many files open?)".to_owned();
    CodecError::Decode { reason }
}

/// An encoded value that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Payload {
    pub(crate) bytes: Bytes,
    pub(crate) blobs: Vec<Option<Blob>>,
}

impl Payload {
    /// What a frame brought, of which the payload may be the first blob.
    pub(crate) fn of(header: &Header, bytes: Bytes, mut blobs: Vec<Option<Blob>>) -> Payload {
        if !header.payload_is_blob() || blobs.is_empty() {
            return Payload { bytes, blobs };
        }
        let first = blobs.remove(0);
        // Without its bytes nothing is decoded, which is an error as it should be.
        let bytes = first.map(|first| first.to_private());
        let bytes = bytes.unwrap_or_default();
        Payload { bytes, blobs }
    }

    pub(crate) fn body(&self) -> Body<'_> {
        Body::new(&self.bytes, &self.blobs)
    }
}

impl From<Bytes> for Payload {
    fn from(bytes: Bytes) -> Self {
        let blobs = Vec::new();
        Payload { bytes, blobs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        blob::SHARED_FROM,
        wire::codec::{decode, encode},
    };

    const ROOM: usize = 64 << 20;

    #[test]
    fn alone_its_bytes_are_encoded() -> Result<(), CodecError> {
        for len in [0, 1, SHARED_FROM - 1, SHARED_FROM, 300_000] {
            let blob = Blob::from(vec![7; len]);
            let bytes = encode(&blob, ROOM)?;
            assert!(bytes.len() >= len);
            assert_eq!(decode::<Blob>(&bytes)?, blob);
        }
        Ok(())
    }

    #[test]
    fn where_blobs_are_collected_their_places_are_encoded() -> Result<(), CodecError> {
        let long = |byte| Blob::from(vec![byte; SHARED_FROM]);
        let value = (long(1), Blob::from(vec![2]), vec![long(3)]);
        let (bytes, blobs) = attached::collect(|| encode(&value, ROOM));
        let bytes = bytes?;
        assert!(bytes.len() < 20);
        assert_eq!(blobs, [long(1), long(3)]);
        let blobs: Vec<_> = blobs.into_iter().map(Some).collect();
        let back = Body::new(&bytes, &blobs).decode::<(Blob, Blob, Vec<Blob>)>()?;
        assert_eq!(back, value);
        // What did not get here is an error, and nothing is left for the next one.
        let lost = Body::new(&bytes, &[None, blobs[1].clone()]).decode::<(Blob, Blob, Vec<Blob>)>();
        assert!(matches!(lost, Err(CodecError::Decode { reason }) if reason.contains("files")));
        assert!(
            Body::plain(&bytes)
                .decode::<(Blob, Blob, Vec<Blob>)>()
                .is_err()
        );
        Ok(())
    }

    #[test]
    fn what_is_collected_counts_toward_the_limit() {
        let blob = Blob::from(vec![1; SHARED_FROM]);
        let encoded = |max| attached::collect(|| encode(&blob, max)).0;
        assert!(encoded(SHARED_FROM + 2).is_ok());
        let max = SHARED_FROM;
        assert_eq!(encoded(max), Err(CodecError::TooLarge { max }));
    }
}
