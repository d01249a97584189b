//! Overlap of spans, and where a spectrum is cut.

mod toy;

use std::sync::Arc;

use nads_core::{
    grid::{Grid, Symmetry},
    nads::NadSet,
    overlap::{OverlapCurve, gap_near, half_split, overlap_matrix, overlaps, overlaps_of_rows},
};

/// The set whose blocks have the given values and, in each block, unit vectors turned by `angle` in pairs of columns.
fn set(symmetry: Symmetry, angle: f32, value: impl Fn(usize, usize) -> f64) -> NadSet {
    let turns = |n: usize| (0..n / 2).map(|pair| (2 * pair, 2 * pair + 1, -angle)).collect();
    toy::set(Grid { rows: 4, cols: 4 }, symmetry, turns, value)
}

fn falling(block: usize, column: usize) -> f64 {
    1.0 / (1.0 + column as f64 + 0.1 * block as f64)
}

fn rows(set: &NadSet) -> Vec<f32> {
    (0..set.len()).flat_map(|k| set.nad(k).unwrap()).collect()
}

#[test]
fn blocks_and_pixels_agree() {
    for symmetry in [Symmetry::D4, Symmetry::Transpose, Symmetry::None] {
        let (a, b) = (set(symmetry, 0.0, falling), set(symmetry, 0.4, falling));
        let ks: Vec<usize> = (1..=16).collect();
        let by_blocks = overlaps(&a, &b, &ks).unwrap();
        let by_rows = overlaps_of_rows(&rows(&a), &rows(&b), 16, &ks).unwrap();
        for (k, (x, y)) in ks.iter().zip(by_blocks.iter().zip(&by_rows)) {
            assert!((x - y).abs() < 1e-6, "{symmetry:?} k {k}: {x} {y}");
            assert!((0.0..=1.0 + 1e-9).contains(x));
        }
        assert!((by_blocks[15] - 1.0).abs() < 1e-6, "the whole space");
    }
}

#[test]
fn different_bases_are_compared_through_pixels() {
    let (a, b) = (set(Symmetry::D4, 0.2, falling), set(Symmetry::Transpose, 0.7, falling));
    let ks = [1, 3, 10, 16];
    let mixed = overlaps(&a, &b, &ks).unwrap();
    assert_eq!(mixed, overlaps_of_rows(&rows(&a), &rows(&b), 16, &ks).unwrap());
    assert!((mixed[3] - 1.0).abs() < 1e-5);
}

#[test]
fn a_known_angle() {
    // One block, columns in order: the first vector is turned by the angle.
    let (a, b) = (set(Symmetry::None, 0.0, falling), set(Symmetry::None, 0.3, falling));
    let overlap = overlaps(&a, &b, &[1, 2, 3]).unwrap();
    let cos2 = f64::from(0.3_f32.cos()).powi(2);
    assert!((overlap[0] - cos2).abs() < 1e-6);
    assert!((overlap[1] - 1.0).abs() < 1e-6);
    assert!((overlap[2] - (2.0 + cos2) / 3.0).abs() < 1e-6);
}

#[test]
fn questions_without_an_answer() {
    let a = set(Symmetry::None, 0.0, falling);
    assert!(overlaps(&a, &a, &[0]).is_err());
    assert!(overlaps(&a, &a, &[17]).unwrap_err().message.contains("17"));
    assert!(overlaps_of_rows(&[1.0; 7], &[1.0; 8], 4, &[1]).is_err());
    assert!(overlaps_of_rows(&[], &[], 0, &[1]).is_err());
    assert_eq!(overlaps(&a, &a, &[]), Ok(Vec::new()));
}

#[test]
fn cuts_at_the_largest_relative_gap() {
    // A step by a factor of 6 after the 6th value, of less than 1.1 elsewhere.
    let value = |c: usize| if c < 6 { 8.0 - 0.1 * c as f64 } else { 1.8 - 0.1 * c as f64 };
    let steps = set(Symmetry::None, 0.0, |_, c| value(c));
    assert_eq!(gap_near(&steps, 10), 6);
    assert_eq!(gap_near(&steps, 3), 6);
    assert!(gap_near(&steps, 2) <= 4, "6 lies outside [1, 4]");
}

#[test]
fn a_pair_is_never_split() {
    // D4 on 4 x 4: E has 4 rows, twice. Its first pair leads by far, so a naive rule for k = 1 could cut after one copy.
    let set = set(Symmetry::D4, 0.0, |b, c| if b == 4 && c == 0 { 100.0 } else { falling(b, c) });
    assert_eq!((set.members[0].block, set.members[1].block), (4, 4));
    assert_eq!(gap_near(&set, 1), 2);
    for k in 1..16 {
        let cut = gap_near(&set, k);
        let (last, next) = (set.members[cut - 1], set.members[cut]);
        assert!((last.block, last.column) != (next.block, next.column), "k {k}");
    }
}

#[test]
fn the_meter_lists_asked_and_gap() {
    let full = set(Symmetry::D4, 0.1, falling);
    let halves = [&set(Symmetry::D4, 0.0, falling), &set(Symmetry::D4, 0.2, falling)];
    let meter = half_split(&full, halves).unwrap();
    for asked in [1, 3, 10] {
        let cuts: Vec<usize> = meter.iter().filter(|h| h.asked == asked).map(|h| h.k).collect();
        assert_eq!(cuts[0], asked);
        assert_eq!(*cuts.last().unwrap(), gap_near(&full, asked));
    }
    assert!(meter.iter().all(|h| h.asked != 50), "there are only 16 NADs");
    for half in meter {
        assert_eq!(overlaps(halves[0], halves[1], &[half.k]).unwrap()[0], half.overlap);
    }
}

#[test]
fn flat_and_zero_spectra_have_a_cut() {
    for value in [0.0, 1.0] {
        let flat = set(Symmetry::D4, 0.0, |_, _| value);
        for k in [1, 3, 10] {
            assert!((1..=20).contains(&gap_near(&flat, k)));
        }
    }
}

/// All pairs of bases: within one, across two, and without symmetry.
#[test]
fn the_curve_is_the_overlap_at_every_k() {
    let symmetries = [Symmetry::D4, Symmetry::Transpose, Symmetry::None];
    for first in symmetries {
        for second in symmetries {
            let (a, b) = (set(first, 0.2, falling), set(second, 0.7, falling));
            let ks: Vec<usize> = (1..=16).collect();
            let expected = overlaps(&a, &b, &ks).unwrap();
            let curve = OverlapCurve::of(Arc::new(a.clone()), Arc::new(b.clone())).unwrap();
            assert!(curve.is_complete());
            assert_eq!(curve.overlaps().len(), 16);
            for (k, (x, y)) in ks.iter().zip(curve.overlaps().iter().zip(&expected)) {
                assert!((x - y).abs() < 1e-6, "{first:?} {second:?} k {k}: {x} {y}");
            }
            let (n, squares) = overlap_matrix(&a, &b, 5).unwrap();
            assert_eq!((n, squares.len()), (5, 25));
            let sum: f32 = squares.iter().sum();
            assert!((f64::from(sum) / 5.0 - expected[4]).abs() < 1e-6, "{first:?} {second:?}");
        }
    }
}

#[test]
fn the_curve_grows_one_k_at_a_time_and_ends_with_the_vectors() {
    let full = Arc::new(set(Symmetry::D4, 0.0, falling));
    let mut head = set(Symmetry::D4, 0.3, falling);
    for vectors in &mut head.vectors {
        if let nads_core::nads::BlockVectors::Dense { size, data } = vectors {
            data.truncate(*size);
        }
    }
    let loaded = head.loaded();
    assert!((1..16).contains(&loaded));
    let mut curve = OverlapCurve::new(full, Arc::new(head)).unwrap();
    for k in 0..loaded {
        assert_eq!(curve.overlaps().len(), k);
        assert!(!curve.is_complete() && curve.grow());
    }
    assert!(curve.is_complete() && !curve.grow());
    assert_eq!(curve.most(), loaded);
}

#[test]
fn sets_of_different_grids_are_not_compared() {
    let a = Arc::new(set(Symmetry::D4, 0.0, falling));
    let other = nads_core::given::nad_set("v", Grid { rows: 2, cols: 2 }, vec![1.0; 4]).unwrap();
    assert!(overlap_matrix(&a, &other, 1).unwrap_err().message.contains("4 x 4 and 2 x 2"));
    assert!(OverlapCurve::new(a, Arc::new(other)).is_err());
}
