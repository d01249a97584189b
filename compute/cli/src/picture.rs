//! Pixels: fields as PNG data, figures rendered to PNG.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use nads_figures::{field::Raster, png_text};
use resvg::{tiny_skia, usvg};

use crate::failure::{Failure, Outcome};

/// `data:image/png;base64,...`, one pixel a cell.
pub fn data_uri(raster: &Raster) -> String {
    let rgb: Vec<u8> = raster.rgba.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, raster.grid.cols as u32, raster.grid.rows as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&rgb))
        .expect("writing to memory, three bytes a pixel");
    format!("data:image/png;base64,{}", BASE64_STANDARD.encode(bytes))
}

/// Sans-serif fonts that are likely to be installed, the first found is used.
const FAMILIES: [&str; 8] = [
    "Inter",
    "Source Sans 3",
    "Noto Sans",
    "DejaVu Sans",
    "Liberation Sans",
    "Helvetica",
    "Segoe UI",
    "Arial",
];

/// Renders an SVG document, `scale` device pixels a CSS pixel; its provenance goes into the picture.
pub fn svg_to_png(svg: &str, scale: f32) -> Outcome<Vec<u8>> {
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_system_fonts();
    if fonts.is_empty() {
        eprintln!(
            "warning: no font is installed: the picture has no text. Install one (fonts-dejavu-core), or write .svg"
        );
    }
    let installed = |family: &&str| fonts.faces().any(|f| f.families.iter().any(|(name, _)| name == *family));
    let any = || fonts.faces().next().and_then(|f| f.families.first().map(|(name, _)| name.clone()));
    let family = FAMILIES.iter().find(|f| installed(f)).map(|f| (*f).to_owned()).or_else(any);
    if let Some(family) = family {
        fonts.set_sans_serif_family(family);
    }
    let options = usvg::Options { fontdb: Arc::new(fonts), ..usvg::Options::default() };
    let tree =
        usvg::Tree::from_str(svg, &options).map_err(|e| Failure::running(format!("cannot render: {e}")))?;
    let size = tree.size();
    let mut pixels =
        tiny_skia::Pixmap::new((size.width() * scale).ceil() as u32, (size.height() * scale).ceil() as u32)
            .ok_or_else(|| Failure::running("cannot render: the picture is too large"))?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut pixels.as_mut());
    let mut png =
        pixels.encode_png().map_err(|e| Failure::running(format!("cannot encode the picture: {e}")))?;
    png.splice(png_text::AFTER_HEADER..png_text::AFTER_HEADER, png_text::chunk(svg));
    Ok(png)
}
