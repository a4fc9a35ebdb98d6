use baseapp::prelude::*;

struct Device(*mut u32);

impl Default for Device {
    fn default() -> Self {
        Device(std::ptr::null_mut())
    }
}

#[worker]
struct Printer {
    #[locale]
    device: Device,
}

fn main() {}
