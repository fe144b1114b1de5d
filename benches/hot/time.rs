//! Times the hot paths: `cargo bench --bench time`.

mod paths;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const TIMES: u64 = 1000;

fn hot_paths(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hot");
    group.throughput(Throughput::Elements(TIMES));
    for (name, path) in paths::PATHS {
        group.bench_function(BenchmarkId::new(name, TIMES), |bencher| bencher.iter(|| path(TIMES)));
    }
    group.finish();
}

criterion_group!(hot, hot_paths);
criterion_main!(hot);
