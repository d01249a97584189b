//! Provenance inside a PNG: what an SVG document carries in `<metadata>`, as a text chunk of the picture made from it
//! (PNG specification, third edition, section 11.3.3.4: iTXt).

use nads_core::protocol::crc32;

/// Where the chunk belongs: behind the signature and the header, which have a fixed size.
pub const AFTER_HEADER: usize = 8 + 25;

/// Keyword of the chunk.
const KEYWORD: &str = "Comment";

/// The chunk with the provenance of an SVG document, to be put at [`AFTER_HEADER`]; empty where the document has none.
pub fn chunk(svg: &str) -> Vec<u8> {
    let Some(text) = metadata(svg) else { return Vec::new() };
    // Keyword, its end, not compressed, method 0, no language, no translated keyword.
    let body = [KEYWORD.as_bytes(), &[0, 0, 0, 0, 0], text.as_bytes()].concat();
    let Ok(length) = u32::try_from(body.len()) else { return Vec::new() };
    let typed = [b"iTXt", &body[..]].concat();
    let checksum = crc32(&typed).to_be_bytes();
    [&length.to_be_bytes()[..], &typed, &checksum].concat()
}

/// What the document says in `<metadata>`, without the marks that SVG needs.
fn metadata(svg: &str) -> Option<String> {
    let text = svg.split_once("<metadata>")?.1.split_once("</metadata>")?.0;
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    (!matches!(plain.as_str(), "" | "{}" | "[]")).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::svg::escape;

    #[test]
    fn a_chunk_holds_what_the_document_holds() {
        let json = r#"{"command":"nads estimate lenet && x < 'y' > \"z\" ü"}"#;
        let svg = format!("<svg><title>t</title><metadata>{}</metadata></svg>", escape(json));
        let chunk = chunk(&svg);
        let length = u32::from_be_bytes(chunk[..4].try_into().unwrap()) as usize;
        assert_eq!(chunk.len(), length + 12);
        assert_eq!(&chunk[4..16], b"iTXtComment\0");
        assert_eq!(&chunk[20..8 + length], json.as_bytes());
        assert_eq!(chunk[8 + length..], crc32(&chunk[4..8 + length]).to_be_bytes());
        // The checksum is that of the format: the end chunk of every PNG.
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
    }

    #[test]
    fn documents_without_provenance_get_no_chunk() {
        for svg in ["<svg></svg>", "<metadata></metadata>", "<metadata>{}</metadata>", "<metadata>[]"] {
            assert!(chunk(svg).is_empty(), "{svg}");
        }
    }
}
