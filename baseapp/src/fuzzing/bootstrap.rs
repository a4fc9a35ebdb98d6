//! What comes down a worker's stdin.

use std::io::{self, Read};

use super::{BUILD, Input};
use crate::process::Bootstrap;

/// What stands before the value: eight bytes that tell it from garbage, and its
/// length.
const HEAD: usize = 12;

/// Whatever comes, it is a bootstrap, read to its last byte and no further, or
/// it is refused.
pub fn bootstrap(data: &[u8]) {
    let mut input = Input::new(data);
    let (framed, cut) = (input.byte(), input.byte());
    let rest = input.rest();
    let mut bytes = Vec::new();
    if framed.is_multiple_of(2) {
        // So that the fuzzer need not find them out.
        bytes.extend_from_slice(b"baseapp\x01");
        bytes.extend_from_slice(&u32::try_from(rest.len()).unwrap_or(u32::MAX).to_le_bytes());
    }
    bytes.extend_from_slice(rest);

    let mut pipe = Pipe {
        bytes: &bytes,
        cut,
        interrupted: false,
    };
    let Ok(read) = Bootstrap::read(&mut pipe, BUILD) else {
        return;
    };
    let taken = bytes.len() - pipe.bytes.len();
    let length = bytes[8..HEAD]
        .iter()
        .rev()
        .fold(0, |length, byte| length << 8 | usize::from(*byte));
    assert_eq!(taken, HEAD + length, "no byte too many");
    assert_eq!(read.build, BUILD);
    let Ok(again) = read.to_bytes() else {
        panic!("what was read cannot be written");
    };
    match Bootstrap::read(&again[..], BUILD) {
        Ok(reread) => assert_eq!(format!("{read:?}"), format!("{reread:?}")),
        Err(error) => panic!("what was written is refused: {error}"),
    }
}

/// Gives a few bytes at a time, and is interrupted now and then.
#[derive(Debug)]
struct Pipe<'a> {
    bytes: &'a [u8],
    cut: u8,
    interrupted: bool,
}

impl Read for Pipe<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted && self.cut.is_multiple_of(3);
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let most = out.len().min(1 + usize::from(self.cut));
        self.bytes.read(&mut out[..most])
    }
}
