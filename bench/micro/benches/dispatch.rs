//! A chunk of plain messages, from its bytes to the methods of a worker.

use baseapp::{Result, benching::Dispatching, prelude::*};
use bytes::Bytes;
use criterion::{Criterion, Throughput};

/// A small message.
#[message]
struct Small([u8; 32]);

/// A message of 1 KiB.
#[message]
struct Large(Bytes);

/// Counts what comes.
#[worker]
#[derive(Default)]
struct Sink {
    #[local]
    count: u64,
}

#[worker]
impl Sink {
    #[handler(Small)]
    fn small(&mut self, _: Small) {
        self.count += 1;
    }

    #[handler(Large)]
    fn large(&mut self, _: Large) {
        self.count += 1;
    }
}

/// Messages of a chunk: a read brings about as many of 1 KiB.
const CHUNK: u64 = 60;

fn bench(criterion: &mut Criterion, name: &str, mut worker: Dispatching<Sink>) {
    assert!(worker.run(), "no handler waits");
    assert_eq!(worker.worker().count, CHUNK, "all were handled");
    let mut group = criterion.benchmark_group("dispatch");
    group.throughput(Throughput::Elements(CHUNK));
    group.bench_function(name, |bencher| {
        bencher.iter(|| assert!(worker.run(), "no handler waits"));
    });
    group.finish();
}

fn main() -> Result<()> {
    let mut criterion = Criterion::default().configure_from_args();
    let small = Dispatching::new(Sink::default(), &Small([7; 32]), CHUNK)?;
    bench(&mut criterion, "60 of 32 B", small);
    let large = Large(Bytes::from(vec![7; 1024]));
    let large = Dispatching::new(Sink::default(), &large, CHUNK)?;
    bench(&mut criterion, "60 of 1 KiB", large);
    criterion.final_summary();
    Ok(())
}
