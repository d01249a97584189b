//! The list of files at the end of a zip archive: what is needed to read one file without the others.
//!
//! A reader first looks at the last [`TAIL`] bytes ([`find`]), then at the list ([`Entries`]), then at the header of one file
//! ([`Entry::data_at`]). Nothing is unpacked here.

use crate::damage::Damage;

/// Bytes of the end of an archive in which its last record lies: the record itself, and the longest comment after it.
pub const TAIL: u64 = END as u64 + 65_535;
/// Bytes of the header before a file, without its name.
pub const HEADER: usize = 30;

const END: usize = 22;
const RECORD: usize = 46;
/// More than any photograph: what an archive promises beyond that is not unpacked.
const MOST_BYTES: u32 = 80_000_000;
/// A list of 65,534 files with long names; more is no archive of pictures.
const MOST_LIST: u64 = 32 << 20;

/// Where the list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Directory {
    pub at: u64,
    pub bytes: u64,
    pub entries: u32,
}

/// Finds the list of an archive of `file_bytes` bytes by its last bytes, at most [`TAIL`] of them.
///
/// # Errors
/// What is no archive, was cut off, is in parts, or is larger than the plain format allows.
pub fn find(tail: &[u8], file_bytes: u64) -> Result<Directory, Damage> {
    let start = file_bytes.saturating_sub(tail.len() as u64);
    let is_end = |&at: &usize| {
        tail[at..].starts_with(b"PK\x05\x06") && at + END + usize::from(u16_at(tail, at + 20)) == tail.len()
    };
    let last = tail.len().checked_sub(END).and_then(|last| (0..=last).rev().find(is_end));
    let Some(end) = last else {
        return Err(Damage::at(
            file_bytes,
            "no zip archive, or cut off: there is no list of files at its end. Expected a zip archive; make or copy it again",
        ));
    };
    let end_at = start + end as u64;
    let wrong = |message: &str| Err(Damage::at(end_at, message));
    let [disk, list_disk, here, all] = [4, 6, 8, 10].map(|at| u16_at(tail, end + at));
    let [bytes, at] = [12, 16].map(|at| u32_at(tail, end + at));
    let is_64 = all == u16::MAX || bytes == u32::MAX || at == u32::MAX;
    if is_64 || end.checked_sub(20).is_some_and(|before| tail[before..].starts_with(b"PK\x06\x07")) {
        return wrong(
            "a zip64 archive. Expected fewer than 65,535 files and 4 GB: make it again with fewer pictures, or choose the folder",
        );
    }
    if disk != 0 || list_disk != 0 || here != all {
        return wrong("one part of an archive in several. Expected one file: join the parts");
    }
    let found = Directory { at: at.into(), bytes: bytes.into(), entries: all.into() };
    if found.at + found.bytes > end_at {
        return wrong(&format!(
            "the list of files is said to be at bytes {} to {}, behind this. Expected it before: the archive is damaged",
            found.at,
            found.at + found.bytes
        ));
    }
    if found.bytes > MOST_LIST {
        return wrong(&format!("a list of {} bytes. Expected at most {MOST_LIST}", found.bytes));
    }
    Ok(found)
}

/// A file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Path with `/`; that of a folder ends with it.
    pub name: String,
    pub is_deflated: bool,
    /// As it lies there, and unpacked.
    pub packed: u32,
    pub size: u32,
    /// CRC-32 of the unpacked file.
    pub crc: u32,
    header_at: u32,
}

impl Entry {
    /// Where the header is from which [`Entry::data_at`] follows.
    pub fn header_at(&self) -> u64 {
        self.header_at.into()
    }

    /// Where the packed bytes begin, by the header at [`Entry::header_at`].
    ///
    /// # Errors
    /// What is no header.
    pub fn data_at(&self, header: &[u8]) -> Result<u64, Damage> {
        if header.len() < HEADER || !header.starts_with(b"PK\x03\x04") {
            let message = format!("no header of {}. Expected PK 3 4: the archive is damaged", self.name);
            return Err(Damage::at(self.header_at(), message));
        }
        let lengths = u64::from(u16_at(header, 26)) + u64::from(u16_at(header, 28));
        Ok(self.header_at() + HEADER as u64 + lengths)
    }
}

/// The files of a list, one after the other: a long one can be read in pieces.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    bytes: &'a [u8],
    of: Directory,
    at: usize,
    left: u32,
}

impl<'a> Entries<'a> {
    /// `bytes`: those that the directory names.
    pub fn new(bytes: &'a [u8], of: Directory) -> Entries<'a> {
        Entries { bytes, of, at: 0, left: of.entries }
    }

    fn read(&mut self) -> Result<Entry, Damage> {
        let (bytes, place) = (self.bytes, self.of.at + self.at as u64);
        let wrong = |message: String| Damage::at(place, message);
        let record =
            bytes.get(self.at..).filter(|rest| rest.len() >= RECORD && rest.starts_with(b"PK\x01\x02"));
        let Some(record) = record else {
            return Err(wrong(format!(
                "the list of files breaks off with {} left. Expected PK 1 2: the archive is damaged",
                self.left + 1
            )));
        };
        let [name_bytes, extra, comment] = [28, 30, 32].map(|at| usize::from(u16_at(record, at)));
        let Some(name) = record.get(RECORD..RECORD + name_bytes) else {
            return Err(wrong(format!(
                "a name of {name_bytes} bytes goes beyond the list. The archive is damaged"
            )));
        };
        let name = String::from_utf8_lossy(name).into_owned();
        self.at += RECORD + name_bytes + extra + comment;
        if is_outside(&name) {
            return Err(wrong(format!(
                "{name:?} points out of the archive. Expected a plain path such as train/cat/0001.png"
            )));
        }
        let (flags, method) = (u16_at(record, 8), u16_at(record, 10));
        if flags & 1 != 0 {
            return Err(wrong(format!("{name} is encrypted. Expected an archive without a password")));
        }
        if !matches!(method, 0 | 8) {
            return Err(wrong(format!(
                "{name} is packed by method {method}. Expected stored or deflated files"
            )));
        }
        let [crc, packed, size, header_at] = [16, 20, 24, 42].map(|at| u32_at(record, at));
        if size == u32::MAX || packed == u32::MAX || header_at == u32::MAX {
            return Err(wrong(format!(
                "{name} is a zip64 entry. Expected a plain one: make the archive again"
            )));
        }
        if packed.max(size) > MOST_BYTES {
            return Err(wrong(format!(
                "{name} has {} bytes. Expected at most {MOST_BYTES}",
                packed.max(size)
            )));
        }
        if u64::from(header_at) + HEADER as u64 + u64::from(packed) > self.of.at {
            return Err(wrong(format!(
                "{name} is said to begin at byte {header_at} and have {packed} bytes. Expected it before the list: the archive is damaged"
            )));
        }
        if method == 0 && packed != size {
            return Err(wrong(format!(
                "{name} is stored, and {packed} bytes are said to be {size}. Expected the same"
            )));
        }
        Ok(Entry { name, is_deflated: method == 8, packed, size, crc, header_at })
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, Damage>;

    /// Ends after the first damage.
    fn next(&mut self) -> Option<Result<Entry, Damage>> {
        self.left = self.left.checked_sub(1)?;
        let found = self.read();
        if found.is_err() {
            self.left = 0;
        }
        Some(found)
    }
}

/// Nothing is ever written by these names; one that means harm elsewhere is a sign of an archive that means harm.
fn is_outside(name: &str) -> bool {
    name.starts_with('/')
        || name.contains('\\')
        || name.contains(|c: char| c.is_control())
        || name.as_bytes().get(1) == Some(&b':')
        || name.split('/').any(|part| part == "..")
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}
