//! Bytes of a peer to a value.

mod shapes;

use self::shapes::Shape;
use crate::wire::codec::{self, CodecError};

/// The memory that any value may take, in bytes, and how much more for each of
/// its own: those of the decoder's budget.
const BASE: usize = 8 << 20;
const PER_BYTE: usize = 64;

/// Whatever bytes come, they are a value that takes no more memory than they
/// are worth and is written as it was read, or they are refused.
pub fn decode(data: &[u8]) {
    let shapes: Vec<Shape> = match codec::decode(data) {
        Ok(shapes) => shapes,
        Err(error) => {
            // What is told of it does not repeat what came.
            assert!(error.to_string().len() < 1024, "{error}");
            return;
        }
    };
    let weight = shapes.capacity() * size_of::<Shape>() + weight(&shapes);
    // What is in an element besides its elements is in the bytes, or is of its type.
    let most = 2 * (BASE + PER_BYTE * data.len());
    assert!(
        weight <= most,
        "{weight} bytes of memory for {} bytes",
        data.len()
    );

    let written = match codec::encode(&shapes, usize::MAX) {
        Ok(written) => written,
        Err(error) => panic!("what was read cannot be written: {error}"),
    };
    assert!(
        written.len() <= data.len(),
        "a number has no shorter form than the shortest"
    );
    match codec::decode::<Vec<Shape>>(&written) {
        Ok(again) => assert!(again == shapes, "what was written is something else"),
        // Fewer bytes are worth less.
        Err(CodecError::TooManyElements { .. }) if written.len() < data.len() => {}
        Err(error) => panic!("what was written is refused: {error}"),
    }
}

fn weight(shapes: &[Shape]) -> usize {
    shapes.iter().map(Shape::weight).sum()
}
