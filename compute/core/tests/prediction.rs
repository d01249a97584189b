//! v^T G v of Fourier directions: against the explicit quadratic form, and against numerical integration over phase.

mod toy;

use nads_core::{
    direction::{Phase, fourier_direction},
    fourier::Fourier,
    frequency::Frequency,
    grid::{Grid, Symmetry},
    nads::{BlockVectors, NadSet},
    prediction::{Prediction, WavePhase, map_frequencies},
};

/// A set with distinct eigenvalues and eigenvectors that are no waves: blocks turned by plane rotations.
fn set(grid: Grid, symmetry: Symmetry) -> NadSet {
    let turns = |n: usize| {
        let sweep = |sweep: usize| {
            (0..n).map(move |i| (i, (i + 1 + 2 * sweep) % n, 0.7 + 1.3 * i as f32 + sweep as f32))
        };
        (0..4).flat_map(sweep).collect()
    };
    toy::set(grid, symmetry, turns, |b, i| 3.0 / (1.0 + i as f64 + 0.3 * b as f64))
}

/// v^T G v with G = sum_i lambda_i u_i u_i^T over the first `nads`, straight from the definition.
fn quadratic_form(set: &NadSet, nads: usize, v: &[f64]) -> f64 {
    (0..nads)
        .map(|i| {
            let u = set.nad(i).unwrap();
            let along: f64 = u.iter().zip(v).map(|(&a, b)| f64::from(a) * b).sum();
            set.eigenvalues[i] * along * along
        })
        .sum()
}

fn close(a: f64, b: f64, what: &str) {
    assert!((a - b).abs() < 3e-6 * (1.0 + a.abs()), "{what}: {a} {b}");
}

fn cases() -> Vec<NadSet> {
    let square = Grid { rows: 8, cols: 8 };
    vec![
        set(square, Symmetry::D4),
        set(square, Symmetry::Transpose),
        set(Grid { rows: 7, cols: 7 }, Symmetry::D4),
        set(Grid { rows: 5, cols: 6 }, Symmetry::None),
        set(Grid { rows: 4, cols: 8 }, Symmetry::None),
    ]
}

#[test]
fn every_phase_is_the_explicit_quadratic_form() {
    for set in cases() {
        let grid = set.grid();
        let prediction = Prediction::of(&set);
        for index in 0..grid.len() {
            let k = Frequency::at(grid, index);
            for phase in [Phase::Corner, Phase::Sine, Phase::Centre] {
                let v = fourier_direction(grid, k, phase);
                let predicted = prediction.at(k, WavePhase::One(phase));
                assert_eq!(v.is_some(), predicted.is_some(), "{grid:?} {k} {phase:?}");
                let (Some(v), Some(predicted)) = (v, predicted) else { continue };
                let v: Vec<f64> = v.iter().map(|&x| f64::from(x)).collect();
                close(predicted, quadratic_form(&set, set.len(), &v), &format!("{grid:?} {k} {phase:?}"));
            }
        }
    }
}

/// The mean over phase by the trapezoid rule, which is exact for a trigonometric polynomial of degree 2; and its extremes.
#[test]
fn the_average_is_the_integral_over_phase() {
    const STEPS: usize = 48;
    for set in cases() {
        let grid = set.grid();
        let prediction = Prediction::of(&set);
        for index in 0..grid.len() {
            let k = Frequency::at(grid, index);
            let mut along_phases = Vec::new();
            for step in 0..STEPS {
                let phi = std::f64::consts::TAU * step as f64 / STEPS as f64;
                let wave: Vec<f64> = (0..grid.len())
                    .map(|pixel| {
                        let (row, col) = grid.row_col(pixel);
                        let turns = f64::from(k.k_row) * row as f64 / grid.rows as f64
                            + f64::from(k.k_col) * col as f64 / grid.cols as f64;
                        (std::f64::consts::TAU * turns - phi).cos()
                    })
                    .collect();
                let norm = wave.iter().map(|x| x * x).sum::<f64>().sqrt();
                if norm > 1e-6 {
                    let v: Vec<f64> = wave.iter().map(|x| x / norm).collect();
                    along_phases.push(quadratic_form(&set, set.len(), &v));
                }
            }
            let mean = along_phases.iter().sum::<f64>() / along_phases.len() as f64;
            close(prediction.at(k, WavePhase::Average).unwrap(), mean, &format!("{grid:?} {k}"));
            let (least, most) = prediction.range(k);
            for value in along_phases {
                assert!(
                    value >= least - 1e-5 && value <= most + 1e-5,
                    "{grid:?} {k}: {value} {least} {most}"
                );
            }
        }
    }
}

/// The transform is unitary: the mean over all frequencies is the mean over all directions, trace G / D.
#[test]
fn frequencies_share_the_trace() {
    for set in cases() {
        let prediction = Prediction::of(&set);
        let trace: f64 = set.eigenvalues.iter().sum();
        close(prediction.of_a_random_direction(), trace / set.len() as f64, "trace");
        assert_eq!(prediction.rest().nads, 0);
    }
}

#[test]
fn a_head_says_what_is_missing_and_by_how_much_at_most() {
    let full = set(Grid { rows: 8, cols: 8 }, Symmetry::D4);
    let mut head = full.clone();
    for vectors in &mut head.vectors {
        if let BlockVectors::Dense { size, data } = vectors {
            data.truncate(2 * *size);
        }
    }
    let (all, part) = (Prediction::of(&full), Prediction::of(&head));
    let rest = part.rest();
    assert_eq!(part.nads() + rest.nads, 64);
    assert!(part.nads() >= 2 && rest.nads > 0);
    assert_eq!(rest.at_most, full.eigenvalues[part.nads()]);
    let summed: f64 = full.eigenvalues[..part.nads()].iter().sum();
    close(rest.share, 1.0 - summed / full.eigenvalues.iter().sum::<f64>(), "share");
    for index in 0..64 {
        let k = Frequency::at(full.grid(), index);
        for phase in WavePhase::ALL {
            let (Some(all), Some(part)) = (all.at(k, phase), part.at(k, phase)) else { continue };
            assert!(part <= all + 1e-6 && all <= part + rest.at_most + 1e-6, "{k} {phase:?}: {part} {all}");
        }
    }
}

#[test]
fn summed_in_steps_it_is_the_same() {
    let set = set(Grid { rows: 8, cols: 8 }, Symmetry::D4);
    let (mut steps, mut fourier) = (Prediction::new(set.grid()), Fourier::new(set.grid()));
    for _ in 0..100 {
        steps.add(&set, &mut fourier, 7);
    }
    assert_eq!(steps, Prediction::of(&set));
}

#[test]
fn maps_have_the_published_cells() {
    let (grid, frequencies) = map_frequencies(Grid::PAPER, 2);
    assert_eq!((grid, frequencies.len()), (Grid { rows: 16, cols: 16 }, 256));
    assert_eq!(frequencies[0], Frequency { k_row: -16, k_col: -16 });
    assert_eq!(frequencies[grid.pixel(8, 8)], Frequency { k_row: 0, k_col: 0 });
    assert_eq!(frequencies[255], Frequency { k_row: 14, k_col: 14 });
    let (grid, frequencies) = map_frequencies(Grid::PAPER, 1);
    assert_eq!(grid, Grid::PAPER);
    let mut seen: Vec<usize> = frequencies.iter().map(|k| k.index(Grid::PAPER)).collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..1024).collect::<Vec<_>>());
    for every in 1..=9 {
        for grid in [Grid::PAPER, Grid { rows: 5, cols: 6 }] {
            let (map, frequencies) = map_frequencies(grid, every);
            let centre = map.pixel((grid.rows / 2) / every, (grid.cols / 2) / every);
            assert_eq!(frequencies[centre], Frequency { k_row: 0, k_col: 0 });
            let within = |k: i32, n: usize| (-(n as i32) / 2..=(n as i32 - 1) / 2).contains(&k);
            assert!(frequencies.iter().all(|k| within(k.k_row, grid.rows) && within(k.k_col, grid.cols)));
        }
    }
}

#[test]
fn phases_have_names() {
    for phase in WavePhase::ALL {
        assert_eq!(WavePhase::from_name(phase.name()), Some(phase));
    }
    assert_eq!(WavePhase::from_name("tangent"), None);
}
