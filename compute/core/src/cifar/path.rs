//! What the path of a picture says: `train/airplane/0000.png`, in any folder or archive.

use super::CLASSES;

/// How a picture is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Png,
    Jpeg,
}

/// By the ending of its name; `None`: no picture.
pub fn kind(name: &str) -> Option<Kind> {
    let (_, ending) = name.rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "png" => Some(Kind::Png),
        "jpg" | "jpeg" => Some(Kind::Jpeg),
        _ => None,
    }
}

/// Class of this name.
pub fn class(folder: &str) -> Option<u8> {
    CLASSES.iter().position(|known| *known == folder).map(|class| class as u8)
}

/// Class of the folder that the file is in, if it is one.
pub fn class_of(path: &str) -> Option<u8> {
    let (folders, _) = path.rsplit_once('/')?;
    class(folders.rsplit('/').next().unwrap_or(folders))
}

/// Whether systems leave such files behind in folders and archives.
pub fn is_left_behind(path: &str) -> bool {
    let mut parts = path.split('/');
    path.rsplit('/').next().is_some_and(|base| base.starts_with('.')) || parts.any(|part| part == "__MACOSX")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_say_class_and_kind() {
        assert_eq!(
            (class_of("some/train/cat/1.png"), kind("some/train/cat/1.png")),
            (Some(3), Some(Kind::Png))
        );
        assert_eq!((class_of("truck/a.JPEG"), kind("truck/a.JPEG")), (Some(9), Some(Kind::Jpeg)));
        assert_eq!((class_of("cat.png"), class_of("cat/x/1.png"), kind("cat/notes")), (None, None, None));
        assert!(is_left_behind("cat/.DS_Store") && is_left_behind("__MACOSX/cat/1.png"));
        assert!(!is_left_behind(".hidden/cat/1.png"));
    }
}
