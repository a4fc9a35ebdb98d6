//! See `baseapp/src/fuzzing`.
#![no_main]

baseapp_fuzz::target!(black_box);
