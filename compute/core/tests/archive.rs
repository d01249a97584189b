//! Zip archives as this test writes them, byte by byte, and what is said of damaged ones.

use nads_core::archive::{Directory, Entries, Entry, HEADER, TAIL, find};
use nads_core::damage::Damage;
use proptest::prelude::*;

/// An archive of stored files; `flags` and `method` of each.
fn archive(files: &[(&str, &[u8])], flags: u16, method: u16, comment: &[u8]) -> Vec<u8> {
    let (mut out, mut list) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let at = out.len() as u32;
        let crc = 7_u32;
        let common = [
            &[20, 0][..],
            &flags.to_le_bytes(),
            &method.to_le_bytes(),
            &[0; 4],
            &crc.to_le_bytes(),
            &(bytes.len() as u32).to_le_bytes(),
            &(bytes.len() as u32).to_le_bytes(),
            &(name.len() as u16).to_le_bytes(),
        ]
        .concat();
        // An extra field that only the local header has: lengths differ, as in real archives.
        out.extend([b"PK\x03\x04", &common[..], &[4, 0], name.as_bytes(), &[1, 2, 3, 4], bytes].concat());
        list.extend(
            [
                b"PK\x01\x02\x14\x00",
                &common[..],
                &[0; 2],
                &[0; 2],
                &[0; 8],
                &at.to_le_bytes(),
                name.as_bytes(),
            ]
            .concat(),
        );
    }
    let (at, n) = (out.len() as u32, (files.len() as u16).to_le_bytes());
    let end = [
        b"PK\x05\x06".as_slice(),
        &[0; 4],
        &n,
        &n,
        &(list.len() as u32).to_le_bytes(),
        &at.to_le_bytes(),
        &(comment.len() as u16).to_le_bytes(),
        comment,
    ];
    [out, list, end.concat()].concat()
}

fn directory(bytes: &[u8]) -> Result<Directory, Damage> {
    let start = bytes.len().saturating_sub(TAIL as usize);
    find(&bytes[start..], bytes.len() as u64)
}

fn read(bytes: &[u8]) -> Result<Vec<Entry>, Damage> {
    let found = directory(bytes)?;
    let end = ((found.at + found.bytes) as usize).min(bytes.len());
    Entries::new(&bytes[(found.at as usize).min(end)..end], found).collect()
}

const FILES: [(&str, &[u8]); 3] =
    [("train/cat/1.png", b"one"), ("train/", b""), ("test/dog/2.jpg", b"second")];

#[test]
fn files_are_listed_and_found() {
    for comment in [&b""[..], b"a comment", &[b'x'; 65_535]] {
        let bytes = archive(&FILES, 0, 0, comment);
        let entries = read(&bytes).unwrap();
        assert_eq!(entries.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), FILES.map(|(name, _)| name));
        for (entry, (_, content)) in entries.iter().zip(FILES) {
            let header = &bytes[entry.header_at() as usize..][..HEADER];
            let at = entry.data_at(header).unwrap() as usize;
            assert_eq!(&bytes[at..at + entry.packed as usize], content);
            assert!(!entry.is_deflated && entry.crc == 7);
        }
        assert!(
            entries[0].data_at(&bytes[1..40]).unwrap_err().message.contains("no header of train/cat/1.png")
        );
        assert!(entries[0].data_at(b"PK").is_err());
    }
    assert!(read(&archive(&FILES, 0, 8, b"")).unwrap()[0].is_deflated);
    assert_eq!(read(&archive(&[], 0, 0, b"")).unwrap(), []);
}

#[track_caller]
fn refused(bytes: &[u8], offset: usize, message: &str) {
    let damage = read(bytes).unwrap_err();
    assert!(damage.message.contains(message), "{damage}");
    assert_eq!(damage.offset, offset as u64, "{damage}");
}

#[test]
fn damage_is_named_by_place_and_remedy() {
    let good = archive(&FILES, 0, 0, b"");
    let (n, list) = (good.len(), directory(&good).unwrap().at as usize);
    refused(b"", 0, "no zip archive, or cut off");
    refused(b"no archive at all, only text", 28, "Expected a zip archive");
    refused(&good[..n - 1], n - 1, "cut off");
    let changed = |at: usize, to: &[u8]| {
        let mut bytes = good.clone();
        bytes[at..at + to.len()].copy_from_slice(to);
        bytes
    };
    refused(&changed(n - 12, &[255, 255]), n - 22, "zip64");
    refused(&changed(n - 6, &[255; 4]), n - 22, "zip64");
    refused(&changed(n - 18, &[1]), n - 22, "in several");
    refused(&changed(n - 6, &[0, 0, 1, 0]), n - 22, "behind this");
    refused(&changed(list, b"XX"), list, "breaks off with 3 left");
    refused(
        &changed(n - 12, &[4, 0])
            .iter()
            .copied()
            .enumerate()
            .map(|(i, b)| if i == n - 14 { 4 } else { b })
            .collect::<Vec<u8>>(),
        n - 22,
        "breaks off with 1 left",
    );
    refused(&changed(list + 28, &[255, 255]), list, "goes beyond the list");
    refused(&changed(list + 42, &[255, 0, 0, 0]), list, "before the list");
    refused(&changed(list + 24, &[9]), list, "Expected the same");
    refused(&changed(list + 20, &[0, 0, 0, 16]), list, "Expected at most");
    refused(&archive(&FILES, 1, 0, b""), list, "train/cat/1.png is encrypted");
    refused(&archive(&FILES, 0, 12, b""), list, "method 12");
    for path in ["../cat/1.png", "/etc/1.png", "cat\\1.png", "C:/1.png", "a/../../1.png", "cat/\u{7}.png"] {
        let bytes = archive(&[(path, b"x")], 0, 0, b"");
        let at = directory(&bytes).unwrap().at as usize;
        refused(&bytes, at, "points out of the archive");
    }
}

proptest! {
    /// Whatever is changed: files within the archive, or damage, and never a panic.
    #[test]
    fn any_bytes_do_no_harm(at in 0usize..400, to: u8, cut in 0usize..400, noise in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = archive(&FILES, 0, 0, b"c");
        let (at, cut) = (at % bytes.len(), cut % bytes.len());
        bytes[at] = to;
        for bytes in [&bytes[..], &bytes[..cut], &bytes[cut..], &noise] {
            for entry in read(bytes).unwrap_or_default() {
                prop_assert!(entry.header_at() + u64::from(entry.packed) < bytes.len() as u64);
            }
        }
    }
}
