//! NumPy's `.npy`: matrices of directions in, vectors and values out.

use std::path::Path;

use npyz::{DType, NpyFile, Order, WriterBuilder};

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
    let file = NpyFile::new(bytes).map_err(|e| wrong(format!("not an .npy file: {e}")))?;
    let shape: Vec<u64> = file.shape().to_vec();
    let (rows, cols) = match shape[..] {
        [rows, cols] => (rows, cols),
        [cols] => (1, cols),
        _ => {
            return Err(wrong(format!(
                "an array of shape {shape:?}, expected a matrix with one direction a row"
            )));
        }
    };
    let width = match file.dtype() {
        DType::Plain(kind) if kind.to_string().ends_with("f4") => 4,
        DType::Plain(kind) if kind.to_string().ends_with("f8") => 8,
        other => {
            return Err(wrong(format!("elements of type {}, expected float32 or float64", other.descr())));
        }
    };
    // A header may claim anything: believe it only as far as there are bytes.
    let elements =
        rows.checked_mul(cols).filter(|n| n.checked_mul(width).is_some_and(|b| b <= bytes.len() as u64));
    let Some(elements) = elements else {
        return Err(wrong(format!("cut short: {} bytes cannot hold {rows} x {cols} elements", bytes.len())));
    };
    if elements == 0 {
        return Err(wrong("an empty matrix, expected one direction a row".into()));
    }
    let order = file.order();
    let data: Vec<f32> = if width == 4 {
        file.into_vec::<f32>().map_err(|e| wrong(format!("cut short: {e}")))?
    } else {
        let wide = file.into_vec::<f64>().map_err(|e| wrong(format!("cut short: {e}")))?;
        wide.into_iter().map(|x| x as f32).collect()
    };
    let (rows, cols) = (rows as usize, cols as usize);
    let data = match order {
        Order::C => data,
        Order::Fortran => (0..rows * cols).map(|i| data[(i % cols) * rows + i / cols]).collect(),
    };
    if let Some(at) = data.iter().position(|x| !x.is_finite()) {
        return Err(wrong(format!("row {}, column {} is not a finite number", at / cols, at % cols)));
    }
    Ok(Matrix { rows, cols, data })
}

/// Bytes of an array in C order.
fn write<T: npyz::AutoSerialize + Copy>(shape: &[u64], data: impl Iterator<Item = T>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let written =
        npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd().and_then(
            |mut writer| {
                writer.extend(data)?;
                writer.finish()
            },
        );
    written.expect("writing to memory with a matching number of elements");
    bytes
}

/// K x D, float32.
pub fn write_matrix(rows: &[Vec<f32>]) -> Vec<u8> {
    let cols = rows.first().map_or(0, Vec::len);
    write(&[rows.len() as u64, cols as u64], rows.iter().flatten().copied())
}

/// K, float64.
pub fn write_values(values: &[f64]) -> Vec<u8> {
    write(&[values.len() as u64], values.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_back(bytes: &[u8]) -> Outcome<Matrix> {
        read("<SET>", Path::new("v.npy"), bytes)
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
    fn columns_first_order_is_transposed() {
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
