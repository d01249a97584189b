//! Small sets of NADs that no network has.

use std::sync::Arc;

use nads_core::{
    basis::Basis,
    config::EstimateConfig,
    grid::{Grid, Symmetry},
    nads::{BlockEigen, NadSet, Provenance},
};

/// A set with the eigenvalue `value(block, column)`; `turns(size)` of a block are plane rotations (i, j, angle) of its
/// eigenvectors, which begin as the basis.
pub fn set(
    grid: Grid,
    symmetry: Symmetry,
    turns: impl Fn(usize) -> Vec<(usize, usize, f32)>,
    value: impl Fn(usize, usize) -> f64,
) -> NadSet {
    let basis = Arc::new(Basis::new(grid, symmetry));
    let block = |(b, n): (usize, usize)| {
        let mut vectors = vec![0.0_f32; n * n];
        (0..n).for_each(|i| vectors[i * n + i] = 1.0);
        for (i, j, angle) in turns(n).into_iter().filter(|(i, j, _)| i != j) {
            let (sin, cos) = angle.sin_cos();
            for row in 0..n {
                let (x, y) = (vectors[i * n + row], vectors[j * n + row]);
                vectors[i * n + row] = cos * x - sin * y;
                vectors[j * n + row] = sin * x + cos * y;
            }
        }
        BlockEigen { values: (0..n).map(|column| value(b, column)).collect(), vectors }
    };
    let blocks = basis.blocks().iter().map(|block| block.size).enumerate().map(block).collect();
    let provenance = Provenance {
        name: "toy".into(),
        arch: String::new(),
        config: EstimateConfig::default(),
        networks: 1,
        executor: "test".into(),
        chosen: None,
        version: "0".into(),
        command: "none".into(),
        reduced: None,
    };
    NadSet::from_blocks(provenance, basis, blocks)
}
