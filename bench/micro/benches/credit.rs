//! The window of a link: spent, consumed and acknowledged.

use std::hint::black_box;

use baseapp::benching::Window;
use criterion::{Criterion, Throughput};

/// A message of 32 bytes, with its header.
const COST: u64 = 48;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("credit");
    for messages in [1, 64] {
        let mut window = Window::default();
        group.throughput(Throughput::Elements(messages));
        group.bench_function(format!("pass/{messages}"), |bencher| {
            bencher.iter(|| {
                let passed = window.pass(black_box(messages), black_box(COST));
                assert!(passed, "credit ran out");
            });
        });
    }
    group.finish();
    criterion.final_summary();
}
