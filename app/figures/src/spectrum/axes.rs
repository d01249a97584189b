//! Where things are in the spectrum figure: the page places its cursor and reads clicks with this.

/// Maps NAD index and ratio to pixels and back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axes {
    /// Sides of the plot in pixels; y grows downwards.
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
    /// Number of NADs D; k runs from 1 to D.
    pub n: usize,
    pub log_x: bool,
    pub log_y: bool,
    /// Ratios at the bottom and the top.
    pub low: f64,
    pub high: f64,
}

impl Axes {
    /// Pixel column of the NAD with 0-based index `nad_idx`.
    pub fn x(&self, nad_idx: usize) -> f64 {
        self.left + (self.right - self.left) * self.x_fraction(nad_idx as f64 + 1.0)
    }

    /// 0-based index of the NAD nearest to a pixel column, clamped to the plot.
    pub fn nad_idx(&self, x: f64) -> usize {
        let t = ((x - self.left) / (self.right - self.left)).clamp(0.0, 1.0);
        let n = self.n.max(1) as f64;
        let k = if self.log_x { n.powf(t) } else { 1.0 + t * (n - 1.0) };
        (k.round() as usize).clamp(1, self.n.max(1)) - 1
    }

    /// Pixel row of a ratio, clamped to the plot.
    pub fn y(&self, ratio: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * self.y_fraction(ratio)
    }

    /// Ratio at a pixel row.
    pub fn ratio(&self, y: f64) -> f64 {
        let t = ((self.bottom - y) / (self.bottom - self.top)).clamp(0.0, 1.0);
        if self.log_y {
            self.low * (self.high / self.low).powf(t)
        } else {
            self.low + t * (self.high - self.low)
        }
    }

    pub(super) fn x_fraction(&self, k: f64) -> f64 {
        let n = self.n.max(2) as f64;
        (if self.log_x { k.ln() / n.ln() } else { (k - 1.0) / (n - 1.0) }).clamp(0.0, 1.0)
    }

    pub(super) fn y_fraction(&self, ratio: f64) -> f64 {
        let ratio = if ratio.is_nan() { self.low } else { ratio.clamp(self.low, self.high) };
        let t = if self.log_y {
            (ratio / self.low).ln() / (self.high / self.low).ln()
        } else {
            (ratio - self.low) / (self.high - self.low)
        };
        t.clamp(0.0, 1.0)
    }
}
