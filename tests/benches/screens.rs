//! A contact sheet: every view at four widths, in one theme; one picture for each theme, in the folder `NADS_SHEETS`.
//! `cargo xtask screenshots` runs it.

use std::{env, fs::File, io::BufWriter, path::PathBuf};

use anyhow::{Context, Result};
use nads_tests::{Chromium, Picture, Visit, with};

const VIEWS: [&str; 15] = [
    "explorer",
    "gallery",
    "spectra",
    "estimators",
    "compare",
    "predicted-map",
    "task",
    "trainer",
    "heat-map",
    "index-curve",
    "pooling",
    "poison",
    "flip",
    "alignment",
    "diagnostics",
];
/// Widths of the window, and how many of its pixels become one on the sheet.
const WINDOWS: [(u32, usize); 4] = [(360, 2), (768, 3), (1280, 4), (1920, 6)];
const GAP: usize = 12;
/// The picture that the README shows.
const README: (&str, u32, bool) = ("explorer", 1280, false);

/// Nothing is being loaded, and what came last is drawn.
const SETTLED: &str = "(() => {
    const figure = document.querySelector('nad-figure');
    // What is hidden may wait for ever: only what is seen counts.
    const seen = figure?.shadowRoot?.querySelector('.figure')?.innerText;
    return !!seen && !/loading/i.test(seen) && document.fonts.status === 'loaded';
})()";

/// The height of the page, once it has been the same for a second.
const AT_REST: &str = "(async () => {
    let height = 0;
    for (let same = 0; same < 4; ) {
        await new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve), 250));
        const now = document.documentElement.scrollHeight;
        same = now === height ? same + 1 : 0;
        height = now;
    }
    return height;
})()";

fn main() {
    let result = with(|runtime, chromium| runtime.block_on(sheets(chromium)));
    if let Err(error) = result.and_then(|result| result) {
        eprintln!("{error:#}");
        std::process::exit(1);
    }
}

async fn sheets(chromium: &Chromium) -> Result<()> {
    let folder = PathBuf::from(env::var_os("NADS_SHEETS").context("NADS_SHEETS names no folder")?);
    let only = env::args().skip(1).find(|word| VIEWS.contains(&word.as_str()));
    for (name, dark) in [("light", false), ("dark", true)] {
        let mut rows = Vec::new();
        for view in VIEWS.iter().filter(|view| only.as_deref().is_none_or(|only| only == **view)) {
            let mut row = Vec::new();
            for (width, by) in WINDOWS {
                let whole = figure(chromium, view, width, dark)
                    .await
                    .with_context(|| format!("{view} at {width} px"))?;
                if only.is_some() {
                    write(&whole, &folder.join(format!("{view}-{width}-{name}.png")))?;
                }
                if (*view, width, dark) == README {
                    write(&whole, &folder.join("explorer-light.png"))?;
                }
                row.push(smaller(&whole, by));
            }
            println!("{view}, {name}");
            rows.push(row);
        }
        if only.is_none() {
            let path = folder.join(format!("sheet-{name}.png"));
            write(&sheet(&rows, if dark { [0x14, 0x18, 0x1b] } else { [255; 3] }), &path)?;
            println!("{}", path.display());
        }
    }
    Ok(())
}

/// A view by itself, from its controls to its tools.
async fn figure(chromium: &Chromium, view: &str, width: u32, dark: bool) -> Result<Picture> {
    let body = format!(
        "<style>:root {{ color-scheme: light dark; background: Canvas }}</style>\
         <nad-figure view={view} network=lenet index=3 loading=eager></nad-figure>"
    );
    let visit = Visit { width, height: 900, dark, ..Visit::article(&body) };
    let page = chromium.visit(visit).await?;
    page.until(SETTLED).await?;
    let height: f64 = page.value(AT_REST).await?;
    let picture = page.area(0.0, 0.0, f64::from(width), height.min(4000.0)).await?;
    chromium.close_pages().await;
    Ok(picture)
}

/// Means of squares of pixels. Fewer shades make a smaller file.
fn smaller(picture: &Picture, by: usize) -> Picture {
    let (width, height) = (picture.width / by, picture.height / by);
    let mean = |i: usize| -> [u8; 3] {
        let (row, col) = (i / width * by, i % width * by);
        std::array::from_fn(|channel| {
            let sum: usize = (0..by * by)
                .map(|k| usize::from(picture.rgb[(row + k / by) * picture.width + col + k % by][channel]))
                .sum();
            (sum / (by * by)).min(255) as u8 & 0xfc | 3
        })
    };
    Picture { width, height, rgb: (0..width * height).map(mean).collect() }
}

/// Rows of pictures under each other.
fn sheet(rows: &[Vec<Picture>], ground: [u8; 3]) -> Picture {
    let width =
        rows.iter().map(|row| row.iter().map(|one| one.width + GAP).sum::<usize>()).max().unwrap_or(0) + GAP;
    let tall = |row: &Vec<Picture>| row.iter().map(|one| one.height).max().unwrap_or(0) + GAP;
    let height = rows.iter().map(tall).sum::<usize>() + GAP;
    let mut rgb = vec![ground; width * height];
    let mut top = GAP;
    for row in rows {
        let mut left = GAP;
        for one in row {
            for (i, line) in one.rgb.chunks_exact(one.width).enumerate() {
                let at = (top + i) * width + left;
                rgb[at..at + one.width].copy_from_slice(line);
            }
            left += one.width + GAP;
        }
        top += tall(row);
    }
    Picture { width, height, rgb }
}

fn write(picture: &Picture, path: &std::path::Path) -> Result<()> {
    let file = File::create(path).with_context(|| format!("writing {}", path.display()))?;
    let mut encoder = png::Encoder::new(
        BufWriter::new(file),
        u32::try_from(picture.width)?,
        u32::try_from(picture.height)?,
    );
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    encoder.write_header()?.write_image_data(picture.rgb.as_flattened())?;
    Ok(())
}
