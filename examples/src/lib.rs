//! The examples of baseapp: see `examples/`.
