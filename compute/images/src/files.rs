//! Where files come from: a folder, a zip, memory.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read, Seek},
    path::{Path, PathBuf},
};

use zip::ZipArchive;

use crate::ReadCifarError;

/// No file of CIFAR-10 is larger: the batches have 30,730,000 bytes. What an archive promises beyond that is not unpacked.
const MOST_BYTES: u64 = 64 << 20;

/// Named files, read one by one.
pub trait Files {
    /// Paths with `/`.
    fn names(&self) -> Vec<String>;

    /// # Errors
    /// Why the file cannot be read.
    fn read(&mut self, name: &str) -> Result<Vec<u8>, ReadCifarError>;
}

/// All files below a folder.
pub struct Folder {
    root: PathBuf,
    names: Vec<String>,
}

impl Folder {
    /// # Errors
    /// A folder that cannot be listed.
    pub fn open(root: &Path) -> Result<Folder, ReadCifarError> {
        let mut names = Vec::new();
        list(root, "", &mut names)
            .map_err(|e| ReadCifarError::of(&root.display().to_string(), format!("cannot be listed: {e}")))?;
        names.sort();
        Ok(Folder { root: root.to_owned(), names })
    }
}

/// Depth of folders that are looked into.
const DEEPEST: usize = 8;

fn list(folder: &Path, prefix: &str, names: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            if name.matches('/').count() < DEEPEST {
                list(&entry.path(), &format!("{name}/"), names)?;
            }
        } else {
            names.push(name);
        }
    }
    Ok(())
}

impl Files for Folder {
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    fn read(&mut self, name: &str) -> Result<Vec<u8>, ReadCifarError> {
        let file = fs::File::open(self.root.join(name)).map_err(|e| unreadable(name, &e))?;
        bounded(name, file)
    }
}

/// A zip archive.
pub struct Zip<R> {
    archive: ZipArchive<R>,
    /// Of the archive.
    name: String,
    names: Vec<String>,
}

impl<R: Read + Seek> Zip<R> {
    /// # Errors
    /// Bytes that are no zip archive, or a damaged one.
    pub fn open(name: &str, bytes: R) -> Result<Zip<R>, ReadCifarError> {
        let archive = ZipArchive::new(bytes)
            .map_err(|e| ReadCifarError::of(name, format!("no zip archive that can be read: {e}")))?;
        let names = archive.file_names().filter(|name| !name.ends_with('/')).map(str::to_owned).collect();
        Ok(Zip { archive, name: name.to_owned(), names })
    }
}

impl<R: Read + Seek> Files for Zip<R> {
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    fn read(&mut self, name: &str) -> Result<Vec<u8>, ReadCifarError> {
        let inside = format!("{} in {}", name, self.name);
        let file = self
            .archive
            .by_name(name)
            .map_err(|e| ReadCifarError::of(&inside, format!("cannot be unpacked: {e}")))?;
        bounded(&inside, file)
    }
}

/// Files that are in memory already.
#[derive(Debug, Default)]
pub struct Memory(pub BTreeMap<String, Vec<u8>>);

impl Files for Memory {
    fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    fn read(&mut self, name: &str) -> Result<Vec<u8>, ReadCifarError> {
        // Each is read once: what was read need not be kept.
        self.0.remove(name).ok_or_else(|| ReadCifarError::of(name, "there is no such file"))
    }
}

/// The batches in the archive as it is published, .tar.gz; also one that was unpacked to .tar already.
///
/// # Errors
/// A damaged archive.
pub fn unpack(name: &str, bytes: impl Read, is_compressed: bool) -> Result<Memory, ReadCifarError> {
    let reader: Box<dyn Read + '_> = match is_compressed {
        true => Box::new(flate2::read::GzDecoder::new(bytes)),
        false => Box::new(bytes),
    };
    let wrong = |e: io::Error| ReadCifarError::of(name, format!("a damaged archive: {e}"));
    let mut found = Memory::default();
    let mut archive = tar::Archive::new(reader);
    for entry in archive.entries().map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let inside = entry.path().map_err(wrong)?.to_string_lossy().into_owned();
        if entry.header().entry_type().is_file() && inside.ends_with(".bin") {
            let bytes = bounded(&inside, entry)?;
            found.0.insert(inside, bytes);
        }
    }
    Ok(found)
}

/// The files behind a path: a folder, a zip, the published .tar.gz, or a single batch.
///
/// # Errors
/// A path that is none of these.
pub fn open(path: &Path) -> Result<Box<dyn Files>, ReadCifarError> {
    let shown = path.display().to_string();
    if path.is_dir() {
        return Ok(Box::new(Folder::open(path)?));
    }
    let mut file = fs::File::open(path).map_err(|e| unreadable(&shown, &e))?;
    let mut first = [0; 4];
    let n = file.read(&mut first).map_err(|e| unreadable(&shown, &e))?;
    file.rewind().map_err(|e| unreadable(&shown, &e))?;
    let file = io::BufReader::new(file);
    match &first[..n] {
        [b'P', b'K', ..] => Ok(Box::new(Zip::open(&shown, file)?)),
        [0x1f, 0x8b, ..] => Ok(Box::new(unpack(&shown, file, true)?)),
        _ if shown.ends_with(".tar") => Ok(Box::new(unpack(&shown, file, false)?)),
        _ => {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let bytes = bounded(&shown, file)?;
            Ok(Box::new(Memory([(name, bytes)].into())))
        }
    }
}

fn unreadable(name: &str, error: &io::Error) -> ReadCifarError {
    ReadCifarError::of(name, format!("cannot be read: {error}"))
}

fn bounded(name: &str, reader: impl Read) -> Result<Vec<u8>, ReadCifarError> {
    let mut bytes = Vec::new();
    reader.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|e| {
        ReadCifarError::at(name, bytes.len() as u64, format!("cannot be read from here on: {e}"))
    })?;
    match bytes.len() as u64 > MOST_BYTES {
        true => Err(ReadCifarError::at(name, MOST_BYTES, "larger than any file of CIFAR-10")),
        false => Ok(bytes),
    }
}
