//! What the fuzz targets share: each runs a function of `baseapp::fuzzing` under
//! a limit of memory.

mod memory;
mod panics;

use baseapp::fuzzing::{TARGETS, Target};
pub use libfuzzer_sys;

/// A fuzz target that runs the function of that name.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        $crate::libfuzzer_sys::fuzz_target!(
            init: $crate::prepare(),
            |data: &[u8]| $crate::run($crate::find(stringify!($name)), data)
        );
    };
}

/// Before the first run.
pub fn prepare() {
    // What is reported to nobody costs nothing.
    let nobody = tracing::subscriber::NoSubscriber::new();
    let _ = tracing::subscriber::set_global_default(nobody);
    panics::watch();
}

/// The target of that name.
#[inline]
pub fn find(name: &str) -> &'static Target {
    match TARGETS.iter().find(|target| target.name == name) {
        Some(target) => target,
        None => panic!("there is no target {name}"),
    }
}

/// One run.
pub fn run(target: &Target, data: &[u8]) {
    let data = &data[..data.len().min(target.longest)];
    let most = target.memory + target.memory_per_byte * data.len();
    let taken = memory::most_taken(|| (target.run)(data));
    assert!(
        taken <= most,
        "{taken} bytes of memory were taken for {} bytes of input, and {most} are allowed",
        data.len()
    );
}
