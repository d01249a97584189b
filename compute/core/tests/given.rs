//! Directions that somebody gave: what is read, what is refused, and that no bytes whatever do harm.

use std::{collections::HashMap, sync::Arc};

use nads_core::{
    given::{self, MAX_FILE_BYTES, decode, nad_set},
    grid::Grid,
    overlap::{OverlapCurve, overlap_matrix},
    protocol::npy::{encode_f32, encode_f64},
};
use proptest::prelude::*;
use safetensors::tensor::{Dtype, TensorView};

const GRID: Grid = Grid { rows: 4, cols: 4 };

fn values(rows: usize) -> Vec<f32> {
    (0..16 * rows).map(|i| ((i * i + 3) as f32 * 0.37).sin()).collect()
}

fn tensors(name: &str, dtype: Dtype, shape: &[usize], data: &[u8]) -> Vec<u8> {
    let view = TensorView::new(dtype, shape.to_vec(), data).unwrap();
    safetensors::serialize([(name, view)], None::<HashMap<String, String>>).unwrap()
}

fn bytes_of(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

#[test]
fn the_same_directions_from_every_kind_of_file() {
    let rows = values(3);
    let wide = rows.iter().map(|&x| f64::from(x));
    let files = [
        ("a.npy", encode_f32(&[3, 16], rows.iter().copied())),
        ("a.npy", encode_f64(&[3, 16], wide.clone())),
        ("a.npy", encode_f32(&[3, 4, 4], rows.iter().copied())),
        ("a.safetensors", tensors("vectors", Dtype::F32, &[3, 16], &bytes_of(&rows))),
        (
            "a.safetensors",
            tensors("vectors", Dtype::F64, &[3, 16], &wide.flat_map(f64::to_le_bytes).collect::<Vec<_>>()),
        ),
    ];
    for (name, bytes) in files {
        let set = decode(name, &bytes, GRID).unwrap();
        assert_eq!((set.provenance.name.as_str(), set.loaded(), set.len()), ("a", 3, 16));
        assert!(set.is_given() && !set.has_values());
        for (k, row) in rows.chunks(16).enumerate() {
            let norm = row.iter().map(|x| x * x).sum::<f32>().sqrt();
            let nad = set.nad(k).unwrap();
            assert!(nad.iter().zip(row).all(|(a, b)| (a - b / norm).abs() < 1e-6), "sign and order as given");
        }
        assert_eq!(set.nad(3), None);
    }
    for shape in [&[16][..], &[4, 4], &[1, 16], &[1, 4, 4]] {
        let one = decode("v.npy", &encode_f32(shape, values(1)), GRID).unwrap();
        assert_eq!(one.loaded(), 1, "{shape:?}");
    }
}

#[test]
fn files_of_nads_are_read_as_what_they_are() {
    use nads_core::protocol::asset::{Part, Precision, encode_nads};
    let mut set = nad_set("x", GRID, values(5)).unwrap();
    set.provenance.networks = 7;
    set.provenance.name = "lenet".into();
    let bytes = encode_nads(&set, Part::Whole(Precision::F32)).unwrap();
    let read = decode("mine.safetensors", &bytes, GRID).unwrap();
    assert_eq!((read.provenance.name.as_str(), read.provenance.networks), ("lenet", 7));
    let error = decode("mine.safetensors", &bytes, Grid::PAPER).unwrap_err();
    assert!(error.message.contains("4 x 4 pixels, expected 32 x 32"), "{error}");
}

#[test]
fn what_cannot_be_used_says_place_and_remedy() {
    let message = |bytes: &[u8]| decode("v.npy", bytes, GRID).unwrap_err().message;
    let mut nan = values(2);
    nan[21] = f32::NAN;
    assert!(message(&encode_f32(&[2, 16], nan.clone())).contains("row 1, column 5 is not a finite number"));
    assert!(message(&tensors("vectors", Dtype::F32, &[2, 16], &bytes_of(&nan))).contains("entry 21"));
    let wrong = message(&encode_f32(&[2, 15], values(2).into_iter().take(30)));
    assert!(wrong.contains("shape 2 x 15, expected K x 16: one direction a row"), "{wrong}");
    let mut zero = values(2);
    zero[16..].fill(0.0);
    assert!(message(&encode_f32(&[2, 16], zero)).contains("row 1 is zero everywhere"));
    assert!(message(&encode_f32(&[17, 16], values(17))).contains("17 directions, expected 1 to 16"));
    assert!(message(&tensors("weights", Dtype::F32, &[1, 16], &bytes_of(&values(1)))).contains("weights"));
    assert!(message(&tensors("vectors", Dtype::U8, &[1, 16], &[1; 16])).contains("U8, expected F32"));
    assert!(message(b"PK\x03\x04...").contains("an archive"));
    assert!(message(b"just some words").contains("neither an .npy nor"));
    assert!(message(b"").contains("empty file"));
    assert!(message(&vec![0; MAX_FILE_BYTES + 1]).contains("expected at most 16 MB"));
    assert!(given::check_size(50e6).unwrap_err().message.starts_with("50 MB"));
    assert!(given::check_size(8.4e6).is_ok());
    let whole = encode_f32(&[2, 16], values(2));
    assert!(message(&whole[..whole.len() - 4]).contains("cut short"));
    let longer: Vec<u8> = whole.iter().copied().chain([0; 4]).collect();
    assert!(message(&longer).contains("132 bytes of elements"));
}

proptest! {
    #[test]
    fn truncated_files_are_refused(rows in 1_usize..4, at in 0.0..1.0_f64, tensor: bool) {
        let whole = match tensor {
            true => tensors("vectors", Dtype::F32, &[rows, 16], &bytes_of(&values(rows))),
            false => encode_f32(&[rows, 16], values(rows)),
        };
        let cut = (at * whole.len() as f64) as usize;
        prop_assert!(decode("v", &whole[..cut], GRID).is_err());
    }

    /// A flipped bit may give another number, or an error; never a panic, never a set that is not one.
    #[test]
    fn flipped_bits_do_no_harm(rows in 1_usize..4, at: prop::sample::Index, bit in 0..8_u32, tensor: bool) {
        let mut bytes = match tensor {
            true => tensors("vectors", Dtype::F64, &[rows, 16], &values(rows).iter().flat_map(|&x| f64::from(x).to_le_bytes()).collect::<Vec<_>>()),
            false => encode_f32(&[rows, 16], values(rows)),
        };
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(set) = decode("v", &bytes, GRID) {
            prop_assert!((1..=16).contains(&set.loaded()));
            for k in 0..set.loaded() {
                let norm: f32 = set.nad(k).unwrap().iter().map(|x| x * x).sum();
                prop_assert!((norm - 1.0).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200), npy: bool) {
        let bytes = if npy { [b"\x93NUMPY\x01\x00".as_slice(), &bytes].concat() } else { bytes };
        let _ = decode("v", &bytes, GRID);
    }

    /// Header texts of every kind, in a frame that fits.
    #[test]
    fn any_header_is_answered(text in "\\{('descr': '[<>]f[48]', |'fortran_order': (True|False), |'shape': \\([0-9, ]{0,12}\\), |.){0,8}\\}") {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes.extend([0; 64]);
        let _ = decode("v", &bytes, GRID);
    }
}

/// Directions at an angle span the same plane as orthogonal ones: spans are compared, single ones as they are.
#[test]
fn spans_of_given_directions_are_made_orthonormal() {
    let unit = |i: usize, j: usize, x: f32| -> Vec<f32> {
        (0..16)
            .map(|p| {
                if p == i {
                    1.0
                } else if p == j {
                    x
                } else {
                    0.0
                }
            })
            .collect()
    };
    let skew = [unit(0, 1, 0.0), unit(0, 1, 2.0), unit(2, 3, 0.0)].concat();
    let plain = [unit(0, 1, 0.0), unit(1, 0, 0.0), unit(3, 2, 0.0)].concat();
    let (skew, plain) =
        (Arc::new(nad_set("s", GRID, skew).unwrap()), Arc::new(nad_set("p", GRID, plain).unwrap()));
    let curve = OverlapCurve::of(skew.clone(), plain.clone()).unwrap();
    let expected = [1.0, 1.0, 2.0 / 3.0];
    assert!(curve.overlaps().iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{curve:?}");
    let (n, squares) = overlap_matrix(&skew, &plain, 10).unwrap();
    assert_eq!(n, 3);
    assert!(
        (squares[3] - 0.2).abs() < 1e-6 && (squares[4] - 0.8).abs() < 1e-6,
        "row 1: <u_2, w_1>^2, <u_2, w_2>^2"
    );
    // A repeated direction adds nothing to a span: the curve ends before it.
    let twice = [unit(0, 1, 0.0), unit(0, 1, 0.0)].concat();
    let curve = OverlapCurve::of(Arc::new(nad_set("t", GRID, twice).unwrap()), plain).unwrap();
    assert_eq!((curve.overlaps().len(), curve.most()), (1, 1));
}
