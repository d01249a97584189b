//! What has to be compiled again, where clones share a build folder.
//!
//! Cargo recognises a workspace's own crates by their path inside the workspace, and what changed in them by modification
//! times. So a second clone could be handed what the first one built, and a fresh one of the same text builds everything
//! again. Therefore the build folder keeps a copy of the sources that were built last: a file that is the same, byte by
//! byte, gets the time that it had then; any other one counts as new.
//!
//! That holds only if nothing else has been built in the folder since. A run removes the mark of the last one, and leaves
//! its own only if it was the only one at work and ended by itself; and a build by hand changes cargo's notes. Without a
//! mark that fits, the sources of another clone are all marked as new, and those of the same one are left to cargo.

use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    process,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// What crates are built from: folders, and the list that the page's build script reads.
const SOURCES: [&str; 5] = ["app", "compute", "tests", "xtask", "assets/manifest.json"];

/// How the workspace's crates begin in cargo's notes.
const CRATES: [&str; 3] = ["nads", "xtask", "static-host"];

/// Folders of cargo's notes lie at most so deep in the build folder (`wasm/target-page/wasm32-unknown-unknown/wasm-page`).
const DEPTH: usize = 5;

/// A run of this clone in this build folder, from its start to its end.
pub struct Run {
    root: PathBuf,
    target: PathBuf,
    /// None where the file system has no locks: then nothing says that a run was the only one.
    lock: Option<File>,
    name: String,
}

impl Run {
    /// Gives the clone's sources the times that tell cargo what to compile.
    ///
    /// # Errors
    /// When the build folder cannot be written, or the clone cannot be read.
    pub fn begin(target: &Path, root: &Path) -> io::Result<Run> {
        fs::create_dir_all(target)?;
        let lock = File::options().create(true).append(true).open(target.join("runs.lock"))?;
        let lock = lock.lock_shared().is_ok().then_some(lock);
        let began = SystemTime::now();
        let nanos = since_epoch(began).as_nanos();
        let name = format!("building {} {nanos}", process::id());
        let run = Run { root: root.to_owned(), target: target.to_owned(), lock, name };
        let mark = run.read("runs.txt")?;
        fs::write(target.join("runs.txt"), &run.name)?;
        let built = last_build(target)?;
        let clone = root.to_string_lossy();
        if mark == mark_of(built) {
            for path in run.sources()? {
                run.date(&path, built, began)?;
            }
        } else if run.read("last-clone.txt")? != clone {
            for path in run.sources()? {
                set_time(&root.join(path), began)?;
            }
        }
        fs::write(target.join("last-clone.txt"), &*clone)?;
        Ok(run)
    }

    /// Keeps the sources and leaves the mark, if no other run was at work meanwhile.
    ///
    /// # Errors
    /// When the build folder cannot be written, or the clone cannot be read.
    pub fn end(self) -> io::Result<()> {
        let only_one = |lock: &File| lock.unlock().is_ok() && lock.try_lock().is_ok();
        if !(self.lock.as_ref().is_some_and(only_one) && self.read("runs.txt")? == self.name) {
            // So that no run that goes on thinks it was alone.
            return fs::write(self.target.join("runs.txt"), "several runs at once");
        }
        for path in self.sources()? {
            let (from, to) = (self.root.join(&path), self.kept(&path));
            let text = fs::read(&from)?;
            if !fs::read(&to).is_ok_and(|kept| kept == text) {
                fs::create_dir_all(to.parent().expect("a file has a folder"))?;
                fs::write(&to, text)?;
            }
            set_time(&to, fs::metadata(&from)?.modified()?)?;
        }
        fs::write(self.target.join("runs.txt"), mark_of(last_build(&self.target)?))
    }

    /// The time of a file: as kept, if it is the same; its own, if it is later than the last build; else now.
    fn date(&self, path: &Path, built: SystemTime, now: SystemTime) -> io::Result<()> {
        let (file, kept) = (self.root.join(path), self.kept(path));
        let same = fs::read(&kept).is_ok_and(|kept| fs::read(&file).is_ok_and(|text| text == kept));
        let own = fs::metadata(&file)?.modified()?;
        let time = if same {
            fs::metadata(&kept)?.modified()?
        } else if built < own && own < now {
            own
        } else {
            now
        };
        if time == own { Ok(()) } else { set_time(&file, time) }
    }

    fn kept(&self, path: &Path) -> PathBuf {
        self.target.join("sources").join(path)
    }

    /// A note in the build folder; empty where there is none.
    fn read(&self, note: &str) -> io::Result<String> {
        fs::read_to_string(self.target.join(note)).or_else(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::InvalidData => Ok(String::new()),
            _ => Err(error),
        })
    }

    /// Relative to the clone.
    fn sources(&self) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        let mut open: Vec<PathBuf> = SOURCES.iter().map(PathBuf::from).collect();
        while let Some(path) = open.pop() {
            let whole = self.root.join(&path);
            if whole.is_dir() {
                for entry in fs::read_dir(whole)? {
                    open.push(path.join(entry?.file_name()));
                }
            } else if whole.is_file() {
                found.push(path);
            }
        }
        Ok(found)
    }
}

/// When cargo last noted a build of one of the workspace's crates; 1970 if never.
fn last_build(target: &Path) -> io::Result<SystemTime> {
    let mut last = UNIX_EPOCH;
    let mut open = vec![(target.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            // Cargo writes into a crate's notes when it begins to compile it and when it is done.
            let inside = folder.ends_with(".fingerprint");
            if inside && CRATES.iter().any(|one| name.starts_with(one)) {
                for note in fs::read_dir(entry.path())? {
                    last = last.max(note?.metadata()?.modified()?);
                }
            } else if !inside && depth < DEPTH && entry.file_type()?.is_dir() && !is_output(&name) {
                open.push((entry.path(), depth + 1));
            }
        }
    }
    Ok(last)
}

/// Large folders in which there are no notes.
fn is_output(name: &str) -> bool {
    ["deps", "build", "incremental", "examples", "sources", "site", "brotli", "doc"].contains(&name)
}

fn mark_of(built: SystemTime) -> String {
    format!("built {}", since_epoch(built).as_nanos())
}

fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn set_time(path: &Path, time: SystemTime) -> io::Result<()> {
    let set = File::options().append(true).open(path).and_then(|file| file.set_modified(time));
    set.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "app/page/src/lib.rs";

    /// A build folder and its clones.
    struct Folders(tempfile::TempDir);

    impl Folders {
        fn new() -> Folders {
            let folders = Folders(tempfile::tempdir().unwrap());
            folders.write("target/release/.fingerprint/nads-page-1/dep-lib", "");
            folders
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.path(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        /// A clone with one source, whose files are an hour old.
        fn clone(&self, name: &str, text: &str) {
            for path in [SOURCE, "compute/a", "tests/a", "xtask/a", "assets/manifest.json"] {
                self.write(&format!("{name}/{path}"), if path == SOURCE { text } else { "" });
                set_time(&self.path(&format!("{name}/{path}")), hour_ago()).unwrap();
            }
        }

        fn begin(&self, clone: &str) -> Run {
            Run::begin(&self.path("target"), &self.path(clone)).unwrap()
        }

        /// A whole run that builds what is new.
        fn build(&self, clone: &str) {
            let run = self.begin(clone);
            self.compile();
            run.end().unwrap();
        }

        fn compile(&self) {
            std::thread::sleep(Duration::from_millis(20));
            self.write("target/release/.fingerprint/nads-page-1/dep-lib", "built");
        }

        /// Whether cargo would compile the source.
        fn is_new(&self, clone: &str) -> bool {
            let time = |path: PathBuf| fs::metadata(path).unwrap().modified().unwrap();
            time(self.path(clone).join(SOURCE)) > last_build(&self.path("target")).unwrap()
        }
    }

    fn hour_ago() -> SystemTime {
        SystemTime::now() - Duration::from_secs(3600)
    }

    #[test]
    fn the_same_text_in_another_clone_is_not_compiled_again() {
        let folders = Folders::new();
        folders.clone("one", "text");
        folders.build("one");
        folders.clone("two", "text");
        set_time(&folders.path("two").join(SOURCE), SystemTime::now() + Duration::from_secs(9)).unwrap();
        let run = folders.begin("two");
        assert!(!folders.is_new("two"));
        run.end().unwrap();
        // A fresh clone in the same place, too.
        fs::remove_dir_all(folders.path("two")).unwrap();
        folders.clone("two", "text");
        folders.begin("two").end().unwrap();
        assert!(!folders.is_new("two"));
    }

    #[test]
    fn another_text_is_compiled_however_old_it_is() {
        let folders = Folders::new();
        folders.clone("one", "text");
        folders.build("one");
        folders.clone("two", "other");
        folders.begin("two");
        assert!(folders.is_new("two"));
    }

    #[test]
    fn what_was_edited_stays_new_until_it_is_built() {
        let folders = Folders::new();
        folders.clone("one", "text");
        folders.build("one");
        std::thread::sleep(Duration::from_millis(20));
        folders.write(&format!("one/{SOURCE}"), "edited");
        // A run that compiles nothing, as a check of the documents.
        folders.begin("one").end().unwrap();
        assert!(folders.is_new("one"));
        folders.begin("one").end().unwrap();
        assert!(folders.is_new("one"));
        folders.build("one");
        folders.begin("one");
        assert!(!folders.is_new("one"));
    }

    #[test]
    fn after_a_build_by_hand_another_clone_is_all_new() {
        let folders = Folders::new();
        folders.clone("one", "text");
        folders.build("one");
        // Of another text, which is then taken back.
        folders.compile();
        folders.clone("two", "text");
        folders.begin("two");
        assert!(folders.is_new("two"));
    }

    #[test]
    fn after_a_run_that_was_killed_another_clone_is_all_new() {
        let folders = Folders::new();
        folders.clone("one", "text");
        folders.build("one");
        drop(folders.begin("one"));
        folders.clone("two", "text");
        folders.begin("two");
        assert!(folders.is_new("two"));
    }

    #[test]
    fn of_two_runs_at_once_neither_leaves_a_mark() {
        let folders = Folders::new();
        folders.clone("one", "text");
        folders.clone("two", "other");
        for first_ends_first in [true, false] {
            folders.build("one");
            let (first, second) = (folders.begin("one"), folders.begin("two"));
            let runs = if first_ends_first { [first, second] } else { [second, first] };
            folders.compile();
            for run in runs {
                run.end().unwrap();
                assert!(!folders.begin("one").read("runs.txt").unwrap().starts_with("built"));
            }
            folders.clone("three", "text");
            folders.begin("three");
            assert!(folders.is_new("three"), "{first_ends_first}");
        }
    }
}
