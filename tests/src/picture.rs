//! What is really drawn.

use anyhow::{Context, Result, bail};
use chromiumoxide::{cdp::browser_protocol::page::Viewport, page::ScreenshotParams};

use crate::{Node, Page};

/// Pixels of a part of the window.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    /// Red, green, blue, row by row.
    pub rgb: Vec<[u8; 3]>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({} x {}, {} colours)", self.width, self.height, self.colours())
    }
}

impl Picture {
    fn decode(bytes: &[u8]) -> Result<Picture> {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info()?;
        let mut pixels = vec![0; reader.output_buffer_size().context("a picture too large")?];
        let info = reader.next_frame(&mut pixels)?;
        let channels = match info.color_type {
            png::ColorType::Rgb => 3,
            png::ColorType::Rgba => 4,
            other => bail!("a screenshot in {other:?}"),
        };
        let rgb = pixels[..info.buffer_size()]
            .chunks_exact(channels)
            .map(|pixel| [pixel[0], pixel[1], pixel[2]])
            .collect();
        Ok(Picture { width: info.width as usize, height: info.height as usize, rgb })
    }

    /// Number of different colours: 1 = nothing is drawn.
    pub fn colours(&self) -> usize {
        self.rgb.iter().collect::<std::collections::BTreeSet<_>>().len()
    }

    /// Part of the pixels that differ visibly, from 0 to 1.
    ///
    /// # Panics
    /// When the two have different sizes.
    pub fn difference(&self, other: &Picture) -> f64 {
        assert_eq!((self.width, self.height), (other.width, other.height), "pictures of different sizes");
        let differs = |(a, b): (&[u8; 3], &[u8; 3])| (0..3).any(|i| a[i].abs_diff(b[i]) > 12);
        let differing = self.rgb.iter().zip(&other.rgb).filter(|pair| differs(*pair)).count();
        differing as f64 / self.rgb.len() as f64
    }

    /// Mean brightness, from 0 (black) to 1 (white).
    pub fn brightness(&self) -> f64 {
        let sum: f64 =
            self.rgb.iter().map(|[r, g, b]| (f64::from(*r) + f64::from(*g) + f64::from(*b)) / 765.0).sum();
        sum / self.rgb.len() as f64
    }
}

/// A chart that waits for the frame that gives it its width, as a selector.
pub const UNDRAWN: &str = "div[role=img]:empty";

impl Page {
    /// What is drawn where an element is.
    ///
    /// # Errors
    /// When it is not shown.
    pub async fn picture(&self, node: &Node) -> Result<Picture> {
        // A chart is drawn after the frame that gives it its width.
        let is_drawn = async || {
            let is_drawn = self
                .call::<bool>(node, &format!("function () {{ return !this.matches('{UNDRAWN}'); }}"))
                .await?;
            Ok(is_drawn.then_some(()))
        };
        self.until_some(&format!("a drawing in {}", node.name), is_drawn).await?;
        let (left, top, width, height) = self.place(node).await?;
        let (x, y): (f64, f64) = self.value("[scrollX, scrollY]").await?;
        let clip = Viewport { x: left + x, y: top + y, width, height, scale: 1.0 };
        Picture::decode(&self.tab.screenshot(ScreenshotParams::builder().clip(clip).build()).await?)
    }

    /// What is drawn in a part of the page, in CSS pixels from its corner; the part may reach beyond the window.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn area(&self, x: f64, y: f64, width: f64, height: f64) -> Result<Picture> {
        let clip = Viewport { x, y, width, height, scale: 1.0 };
        let shot = ScreenshotParams::builder().clip(clip).capture_beyond_viewport(true).build();
        Picture::decode(&self.tab.screenshot(shot).await?)
    }

    /// What is drawn in the window.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn screenshot(&self) -> Result<Picture> {
        Picture::decode(&self.tab.screenshot(ScreenshotParams::builder().build()).await?)
    }
}
