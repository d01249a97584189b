//! NumPy's `.npy` on the command line: a matrix of directions from a file, vectors and values to one.

use std::path::Path;

use nads_core::protocol::npy;

use crate::failure::{Failure, Outcome};

/// A matrix in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    pub rows: usize,
    pub cols: usize,
    pub data: Vec<f32>,
}

/// Reads a 2-D matrix of f32 or f64; one vector counts as a matrix of one row.
///
/// # Errors
/// Says what was found and what was expected.
pub fn read(argument: &str, path: &Path, bytes: &[u8]) -> Outcome<Matrix> {
    let wrong = |what: String| Failure::undecodable(argument, path, what);
    let array = npy::decode(bytes).map_err(|e| wrong(e.message))?;
    let (rows, cols) = match array.shape[..] {
        [rows, cols] => (rows, cols),
        [cols] => (1, cols),
        _ => {
            return Err(wrong(format!(
                "an array of shape {}, expected a matrix with one direction a row",
                npy::shape_text(&array.shape)
            )));
        }
    };
    Ok(Matrix { rows, cols, data: array.data })
}

/// K x D, float32.
pub fn write_matrix(rows: &[Vec<f32>]) -> Vec<u8> {
    let cols = rows.first().map_or(0, Vec::len);
    npy::encode_f32(&[rows.len(), cols], rows.iter().flatten().copied())
}

/// K, float64.
pub fn write_values(values: &[f64]) -> Vec<u8> {
    npy::encode_f64(&[values.len()], values.iter().copied())
}

#[cfg(test)]
mod tests {
    use npyz::{NpyFile, Order, WriterBuilder};

    use super::*;

    fn read_back(bytes: &[u8]) -> Outcome<Matrix> {
        read("<SET>", Path::new("v.npy"), bytes)
    }

    /// npyz, another implementation of the format, reads what we write and writes what we read.
    #[test]
    fn agrees_with_another_implementation() {
        let bytes = write_matrix(&[vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.5]]);
        let file = NpyFile::new(&bytes[..]).unwrap();
        assert_eq!((file.shape(), file.order()), (&[2, 3][..], Order::C));
        assert_eq!(file.into_vec::<f32>().unwrap(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.5]);
        assert_eq!(
            NpyFile::new(&write_values(&[1.5, 2.0])[..]).unwrap().into_vec::<f64>().unwrap(),
            [1.5, 2.0]
        );
        let mut bytes = Vec::new();
        let mut writer = npyz::WriteOptions::<f32>::new()
            .default_dtype()
            .shape(&[2, 3])
            .order(Order::Fortran)
            .writer(&mut bytes)
            .begin_nd()
            .unwrap();
        writer.extend([1.0, 4.0, 2.0, 5.0, 3.0, 6.0]).unwrap();
        writer.finish().unwrap();
        assert_eq!(read_back(&bytes).unwrap().data, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }

    #[test]
    fn round_trip_and_one_row() {
        let bytes = write_matrix(&[vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.5]]);
        let matrix = read_back(&bytes).unwrap();
        assert_eq!((matrix.rows, matrix.cols, matrix.data[5]), (2, 3, 6.5));
        let one = read_back(&write_values(&[1.0, 2.0])).unwrap();
        assert_eq!((one.rows, one.cols), (1, 2));
    }

    #[test]
    fn damaged_files_are_refused() {
        let bytes = write_matrix(&[vec![1.0; 8], vec![2.0; 8]]);
        for length in 0..bytes.len() {
            assert!(read_back(&bytes[..length]).is_err(), "{length}");
        }
        assert!(read_back(&write_matrix(&[vec![f32::NAN]])).is_err());
        assert!(read_back(&write_values(&[])).is_err());
        let huge = String::from_utf8_lossy(&bytes[..80]).replace("(2, 8)", "(9999999999, 9999999999)");
        assert!(read_back(huge.as_bytes()).is_err());
    }
}
