//! NumPy's `.npy`: matrices of directions in, vectors and values out.
//!
//! Magic, version, length of the header, a header that is a Python dictionary, then the elements.
//! # Source: `numpy.lib.format`, versions 1.0 to 3.0.

use super::container::DecodeAssetError;

pub const MAGIC: &[u8] = b"\x93NUMPY";

/// An array of numbers in row-major (C) order.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Length of each axis; the product is the number of elements.
    pub shape: Vec<usize>,
    pub data: Vec<f32>,
}

/// `2 x 1024`, or `a single number`.
pub fn shape_text(shape: &[usize]) -> String {
    let axes: Vec<String> = shape.iter().map(usize::to_string).collect();
    if axes.is_empty() { "of a single number".into() } else { axes.join(" x ") }
}

fn wrong(what: impl std::fmt::Display) -> DecodeAssetError {
    DecodeAssetError::new(format!("not an .npy file that can be used: {what}"))
}

/// Reads an array of float32 or float64; a matrix in column order is turned.
///
/// # Errors
/// Another format, type or size, an element that is not finite: what was found, where, and what was expected.
pub fn decode(bytes: &[u8]) -> Result<Array, DecodeAssetError> {
    if !bytes.starts_with(MAGIC) {
        return Err(wrong("it does not begin with \\x93NUMPY. Save it with numpy.save."));
    }
    let cut = || wrong(format!("cut short, {} bytes in all. Copy or save it again.", bytes.len()));
    let major = *bytes.get(6).ok_or_else(cut)?;
    let (begin, length) = match major {
        1 => (10, bytes.get(8..10).map(|b| usize::from(u16::from_le_bytes([b[0], b[1]])))),
        2 | 3 => (12, bytes.get(8..12).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)),
        other => return Err(wrong(format!("version {other} of the format, expected 1 to 3"))),
    };
    let length = length.ok_or_else(cut)?;
    let end = length.checked_add(begin).filter(|&end| end <= bytes.len()).ok_or_else(cut)?;
    let text = std::str::from_utf8(&bytes[begin..end]).map_err(|_| wrong("its header is not text"))?;
    let Header { width, big_endian, columns_first, shape } = header(text)?;
    let count = shape.iter().try_fold(1_usize, |n, &axis| n.checked_mul(axis));
    let body = &bytes[end..];
    // A header may claim anything: believed only as far as there are bytes.
    if count.and_then(|n| n.checked_mul(width)) != Some(body.len()) {
        return Err(wrong(format!(
            "{} bytes of elements cannot be {} elements of {width} bytes. Is it cut short? Copy or save it again.",
            body.len(),
            shape_text(&shape)
        )));
    }
    if body.is_empty() {
        return Err(wrong("an empty array, expected one direction a row"));
    }
    let mut data: Vec<f32> = if width == 4 {
        let read = if big_endian { f32::from_be_bytes } else { f32::from_le_bytes };
        body.as_chunks::<4>().0.iter().map(|&b| read(b)).collect()
    } else {
        let read = if big_endian { f64::from_be_bytes } else { f64::from_le_bytes };
        body.as_chunks::<8>().0.iter().map(|&b| read(b) as f32).collect()
    };
    if columns_first && let [rows, cols] = shape[..] {
        data = (0..rows * cols).map(|i| data[(i % cols) * rows + i / cols]).collect();
    } else if columns_first && shape.len() > 2 {
        return Err(wrong("more than two axes in column order. Save numpy.ascontiguousarray of it."));
    }
    if let Some(at) = data.iter().position(|x| !x.is_finite()) {
        let cols = shape.last().copied().unwrap_or(1);
        return Err(DecodeAssetError::new(format!(
            "row {}, column {} is not a finite number (in float32). Replace it, or leave the row out.",
            at / cols,
            at % cols
        )));
    }
    Ok(Array { shape, data })
}

struct Header {
    /// Bytes of an element: 4 or 8.
    width: usize,
    big_endian: bool,
    columns_first: bool,
    shape: Vec<usize>,
}

/// `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1024), }`
fn header(text: &str) -> Result<Header, DecodeAssetError> {
    let value = |key: &str| {
        let quoted = [format!("'{key}':"), format!("\"{key}\":")];
        let after = quoted.iter().find_map(|key| text.split_once(key.as_str())).map(|(_, after)| after);
        after.map(str::trim_start).ok_or_else(|| wrong(format!("its header has no '{key}'")))
    };
    let descr = value("descr")?;
    let descr = descr
        .strip_prefix(['\'', '"'])
        .and_then(|rest| rest.split_once(['\'', '"']))
        .map(|(kind, _)| kind)
        .ok_or_else(|| wrong("elements of several fields, expected float32 or float64"))?;
    let (width, big_endian) = match descr {
        "<f4" | "=f4" => (4, false),
        "<f8" | "=f8" => (8, false),
        ">f4" => (4, true),
        ">f8" => (8, true),
        other => {
            return Err(wrong(format!(
                "elements of type '{other}', expected float32 or float64. Save array.astype('float32')."
            )));
        }
    };
    let columns_first = value("fortran_order")?.starts_with("True");
    let axes = value("shape")?.strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(axes, _)| axes);
    let shape = axes.and_then(|axes| {
        let axes = axes.trim().trim_end_matches(',');
        match axes {
            "" => Some(Vec::new()),
            axes => axes.split(',').map(|n| n.trim().parse().ok()).collect::<Option<Vec<usize>>>(),
        }
    });
    let shape = shape.ok_or_else(|| wrong("its header has no shape of whole numbers"))?;
    Ok(Header { width, big_endian, columns_first, shape })
}

/// An array in C order, version 1.0.
///
/// # Shapes
/// As many values as the product of `dims`.
pub fn encode_f32(dims: &[usize], values: impl IntoIterator<Item = f32>) -> Vec<u8> {
    let mut out = begin("<f4", dims);
    values.into_iter().for_each(|value| out.extend(value.to_le_bytes()));
    out
}

/// As [`encode_f32`], in float64.
pub fn encode_f64(dims: &[usize], values: impl IntoIterator<Item = f64>) -> Vec<u8> {
    let mut out = begin("<f8", dims);
    values.into_iter().for_each(|value| out.extend(value.to_le_bytes()));
    out
}

fn begin(kind: &str, dims: &[usize]) -> Vec<u8> {
    let dims: Vec<String> = dims.iter().map(usize::to_string).collect();
    // A tuple of one element keeps its comma.
    let shape = if dims.len() == 1 { format!("({},)", dims[0]) } else { format!("({})", dims.join(", ")) };
    prefixed(format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"))
}

/// Everything before the elements.
fn prefixed(mut header: String) -> Vec<u8> {
    const PREFIX: usize = 10;
    while !(PREFIX + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend((header.len() as u16).to_le_bytes());
    out.extend(header.as_bytes());
    out
}

/// Longest header that `numpy.load` reads unasked.
const LONGEST_HEADER: usize = 10_000;

/// The same array with a note in its header: a comment behind the dictionary, which readers that evaluate the header pass over.
/// Left out where numpy would refuse a header of that length, or where `bytes` are not an array of [`encode_f32`].
pub fn annotated(bytes: Vec<u8>, note: &str) -> Vec<u8> {
    let length = |b: &[u8]| 10 + usize::from(u16::from_le_bytes([b[8], b[9]]));
    let Some(end) = (bytes.len() >= 10).then(|| length(&bytes)).filter(|&end| end <= bytes.len()) else {
        return bytes;
    };
    let Ok(dictionary) = std::str::from_utf8(&bytes[10..end]) else { return bytes };
    // One line of ASCII: the header is a line, and version 1 of the format knows no other letters.
    let plain = |c: char| if c == ' ' || c.is_ascii_graphic() { c } else { '?' };
    let note: String = note.chars().map(plain).collect();
    if note.is_empty() || dictionary.len() + note.len() + 80 > LONGEST_HEADER {
        return bytes;
    }
    let mut out = prefixed(format!("{} # {note}", dictionary.trim_end()));
    out.extend(&bytes[end..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_is_aligned_and_names_the_shape() {
        for (dims, text) in [(vec![3], "(3,)"), (vec![2, 1024], "(2, 1024)")] {
            let n = dims.iter().product::<usize>();
            let bytes = encode_f32(&dims, (0..n).map(|i| i as f32));
            let length = u16::from_le_bytes([bytes[8], bytes[9]]) as usize;
            assert_eq!((10 + length) % 64, 0);
            let header = std::str::from_utf8(&bytes[10..10 + length]).unwrap();
            assert!(header.ends_with('\n') && header.contains(&format!("'shape': {text}, ")), "{header}");
            assert_eq!(bytes.len(), 10 + length + 4 * n);
            assert_eq!(&bytes[10 + length + 4..10 + length + 8], &1f32.to_le_bytes());
        }
    }

    #[test]
    fn a_note_changes_nothing_but_the_header() {
        let plain = encode_f32(&[2, 2], [1.0, 2.0, 3.0, 4.0]);
        let noted = annotated(plain.clone(), "{\"command\":\"nads figure\\n'shape': (9,)\",\"é\":1}");
        assert_eq!(decode(&noted), decode(&plain));
        let length = u16::from_le_bytes([noted[8], noted[9]]) as usize;
        assert_eq!((10 + length) % 64, 0);
        let header = std::str::from_utf8(&noted[10..10 + length]).unwrap();
        assert!(header.contains(", } # {\"command\":") && header.is_ascii() && header.ends_with('\n'));
        assert_eq!(header.lines().count(), 1, "{header}");
        assert_eq!(annotated(plain.clone(), ""), plain);
        assert_eq!(annotated(plain.clone(), &"x".repeat(LONGEST_HEADER)), plain);
        assert_eq!(annotated(b"rubbish".to_vec(), "note"), b"rubbish");
    }

    fn with_header(header: &str, body: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x02\x00".to_vec();
        bytes.extend((header.len() as u32).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(body);
        bytes
    }

    #[test]
    fn column_order_and_big_endian_are_turned() {
        let body: Vec<u8> = [1.0_f32, 4.0, 2.0, 5.0, 3.0, 6.0].iter().flat_map(|x| x.to_be_bytes()).collect();
        let header = "{'descr': '>f4', 'fortran_order': True, 'shape': (2, 3), }";
        let array = decode(&with_header(header, &body)).unwrap();
        assert_eq!((array.shape, array.data), (vec![2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let message = |bytes: &[u8]| decode(bytes).unwrap_err().message;
        let header = |descr: &str, shape: &str| {
            with_header(&format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"), &[0; 8])
        };
        assert!(message(&header("'<i4'", "(2,)")).contains("type '<i4', expected float32 or float64"));
        assert!(message(&header("[('a', '<f4')]", "(2,)")).contains("several fields"));
        assert!(message(&header("'<f4'", "(3,)")).contains("cut short"));
        assert!(message(&header("'<f4'", "(99999999999, 99999999999)")).contains("cannot be"));
        assert!(message(&header("'<f4'", "(-2,)")).contains("whole numbers"));
        assert!(message(&header("'<f4'", "()")).contains("single number"));
        assert!(message(b"hello").contains("numpy.save"));
        assert!(message(&encode_f32(&[0, 4], [])).contains("empty"));
        assert!(message(&encode_f32(&[2, 2], [0.0, 1.0, f32::NAN, 0.0])).contains("row 1, column 0"));
        assert!(message(&encode_f64(&[1], [1e300])).contains("not a finite number"));
    }
}
