//! Records of CIFAR-10's binary version: a class and 3072 pixels, red, green, blue. Record i begins at byte 3073 i, so that
//! one can be read without the others.

use super::{CLASSES, LEN};
use crate::damage::Damage;

/// Bytes of a record.
pub const RECORD: usize = 1 + LEN;

/// Records in a file of so many bytes.
///
/// # Errors
/// An empty file, or one that ends within a record.
pub fn count(bytes: u64) -> Result<u64, Damage> {
    let (whole, rest) = (bytes / RECORD as u64, bytes % RECORD as u64);
    let wrong = |message: String| Err(Damage::at(whole * RECORD as u64, message));
    match (bytes, rest) {
        (0, _) => wrong(format!("an empty file; expected records of {RECORD} bytes")),
        (_, 0) => Ok(whole),
        _ => wrong(format!(
            "{rest} bytes after the last whole record; expected records of {RECORD} bytes: a class and 3 x 32 x 32 pixels"
        )),
    }
}

/// Class and pixels, [channel][row, col], of record `index`.
///
/// # Errors
/// Another number of bytes than a record has, or a class that there is not.
pub fn read(index: u64, bytes: &[u8]) -> Result<(u8, &[u8]), Damage> {
    let wrong = |message: String| Damage::at(index * RECORD as u64, message);
    match bytes.split_first() {
        Some((&class, pixels)) if pixels.len() == LEN => match usize::from(class) < CLASSES.len() {
            true => Ok((class, pixels)),
            false => Err(wrong(format!("class {class} of record {index}; expected 0 to 9"))),
        },
        _ => Err(wrong(format!("{} bytes of record {index}; expected {RECORD}", bytes.len()))),
    }
}

/// Pixels of a byte each as an image, from 0 to 1.
pub fn image(pixels: &[u8]) -> Vec<f32> {
    pixels.iter().map(|&byte| f32::from(byte) / 255.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_counted_by_the_size_of_the_file() {
        assert_eq!((count(3073), count(30_730_000)), (Ok(1), Ok(10_000)));
        assert_eq!(
            count(4000).unwrap_err().to_string(),
            "byte 3073: 927 bytes after the last whole record; expected records of 3073 bytes: a class and 3 x 32 x 32 pixels"
        );
        assert!(count(0).unwrap_err().message.contains("empty"));
        assert!(count(12).unwrap_err().to_string().contains("byte 0: 12 bytes"));
    }

    #[test]
    fn a_record_is_a_class_and_pixels() {
        let mut bytes = vec![7; RECORD];
        let (class, pixels) = read(4, &bytes).unwrap();
        assert_eq!((class, pixels.len(), image(pixels)[9]), (7, LEN, 7.0 / 255.0));
        bytes[0] = 11;
        assert!(read(1, &bytes).unwrap_err().to_string().contains("byte 3073: class 11 of record 1"));
        assert!(read(2, &bytes[1..]).unwrap_err().to_string().contains("byte 6146: 3072 bytes of record 2"));
        assert!(read(0, &[]).is_err());
    }
}
