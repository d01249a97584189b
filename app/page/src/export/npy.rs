//! numpy's `.npy` format, version 1.0: magic, version, length of the header, header, little-endian values.

/// A float32 array in C order.
///
/// # Shapes
/// `values.len()` is the product of `dims`.
pub fn float32(dims: &[usize], values: impl IntoIterator<Item = f32>) -> Vec<u8> {
    let dims: Vec<String> = dims.iter().map(usize::to_string).collect();
    // A tuple of one element keeps its comma.
    let shape = if dims.len() == 1 { format!("({},)", dims[0]) } else { format!("({})", dims.join(", ")) };
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    const PREFIX: usize = 10;
    while !(PREFIX + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend((header.len() as u16).to_le_bytes());
    out.extend(header.as_bytes());
    for value in values {
        out.extend(value.to_le_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_is_aligned_and_names_the_shape() {
        for (dims, text) in [(vec![3], "(3,)"), (vec![2, 1024], "(2, 1024)")] {
            let n = dims.iter().product::<usize>();
            let bytes = float32(&dims, (0..n).map(|i| i as f32));
            assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
            let length = u16::from_le_bytes([bytes[8], bytes[9]]) as usize;
            assert_eq!((10 + length) % 64, 0);
            let header = std::str::from_utf8(&bytes[10..10 + length]).unwrap();
            assert!(header.ends_with('\n') && header.contains(&format!("'shape': {text}, ")), "{header}");
            assert_eq!(bytes.len(), 10 + length + 4 * n);
            assert_eq!(&bytes[10 + length + 4..10 + length + 8], &1f32.to_le_bytes());
        }
    }
}
