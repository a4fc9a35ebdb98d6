//! Values to bytes and back: 32 bytes, 1 KiB, and a struct in structs.

use std::hint::black_box;

use baseapp::{Data, Result, benching, prelude::*};
use bytes::Bytes;
use criterion::{Criterion, Throughput};

/// An order, as programs have them.
#[data]
struct Order {
    number: u64,
    customer: Customer,
    lines: Vec<Line>,
    note: Option<String>,
}

/// Who has ordered.
#[data]
struct Customer {
    name: String,
    city: String,
}

/// What was ordered.
#[data]
struct Line {
    article: String,
    count: u32,
    price: f64,
}

fn order() -> Order {
    let line = |number: u32| Line {
        article: format!("article {number}"),
        count: number,
        price: 9.99,
    };
    Order {
        number: 1_234_567,
        customer: Customer {
            name: "Ada Lovelace".into(),
            city: "London".into(),
        },
        lines: (1..=4).map(line).collect(),
        note: Some("to the back door".into()),
    }
}

/// One value, both ways.
fn both_ways<T: Data>(criterion: &mut Criterion, name: &str, value: &T) -> Result<()> {
    let mut bytes = Vec::new();
    benching::encode(value, &mut bytes)?;
    benching::decode::<T>(&bytes)?;
    let mut group = criterion.benchmark_group("codec");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    let mut out = Vec::with_capacity(bytes.len());
    group.bench_function(format!("encode/{name}"), |bencher| {
        bencher.iter(|| {
            let encoded = benching::encode(black_box(value), &mut out);
            black_box(&out);
            encoded
        });
    });
    group.bench_function(format!("decode/{name}"), |bencher| {
        bencher.iter(|| benching::decode::<T>(black_box(&bytes)));
    });
    group.finish();
    Ok(())
}

fn main() -> Result<()> {
    let mut criterion = Criterion::default().configure_from_args();
    both_ways(&mut criterion, "32 B", &[7_u8; 32])?;
    both_ways(&mut criterion, "1 KiB", &Bytes::from(vec![7; 1024]))?;
    both_ways(&mut criterion, "nested", &order())?;
    criterion.final_summary();
    Ok(())
}
