//! Integration tests: see `tests/`.
