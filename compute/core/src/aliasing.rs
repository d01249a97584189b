//! Which waves a network can no longer tell apart once it has subsampled its picture, and what that would cost the best linear
//! filter (protocol.md, section 6).
//!
//! After subsampling by S, waves whose wave vectors differ by multiples of n/S along an axis of n pixels have the same values:
//! they are aliases. On D(v) with v the wave k the noise holds all of them, so that a fixed linear filter H in front of the
//! subsampling cannot do better than
//!
//! accuracy(k) = Phi( (eps / sigma) |H(k)| / sqrt(sum over the aliases j of k, j != +-k, of |H(j)|^2) ),
//!
//! 100 % without aliases. A trained filter can suppress them, so no accuracy is predicted: it is said which waves compete.
//!
//! H is the mean power response of what is linear up to there: convolutions with independent weights of mean 0 pass all waves
//! alike in the mean, average and blur pooling are filters of their own. Borders are left out. Of a block with branches the
//! first one counts.

use serde::{Deserialize, Serialize};

use crate::{
    arch::{Layer, Node, Plan},
    frequency::Frequency,
    grid::Grid,
    linsep::Separable,
};

/// The picture after a layer that subsamples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Of all subsampling up to here, along both axes.
    pub stride: usize,
    /// The layer that subsamples.
    pub by: Subsampling,
    filters: Vec<Filter>,
}

/// Layers that leave pixels out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subsampling {
    Stride,
    MaxPooling,
    AveragePooling,
    BlurPooling,
}

impl Subsampling {
    pub fn name(self) -> &'static str {
        match self {
            Subsampling::Stride => "stride",
            Subsampling::MaxPooling => "max pooling",
            Subsampling::AveragePooling => "average pooling",
            Subsampling::BlurPooling => "blur pooling",
        }
    }
}

/// A filter with fixed weights, the same along rows and columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Filter {
    /// One axis of the kernel, sum 1.
    weights: Vec<f64>,
    /// Pixels of the picture between two of them.
    spacing: usize,
}

/// Every subsampling of a plan in order, as long as more than one pixel is left and the stride divides the picture.
pub fn stages(plan: &Plan) -> Vec<Stage> {
    let grid = plan.grid();
    let mut walk = Walk { stride: 1, filters: Vec::new(), stages: Vec::new() };
    walk.block(&plan.nodes);
    walk.stages
        .retain(|stage| grid.rows.is_multiple_of(stage.stride) && grid.cols.is_multiple_of(stage.stride));
    walk.stages
}

struct Walk {
    stride: usize,
    filters: Vec<Filter>,
    stages: Vec<Stage>,
}

impl Walk {
    fn block(&mut self, nodes: &[Node]) {
        for node in nodes {
            let is_picture = node.output.rows * node.output.cols > 1;
            match &node.layer {
                Layer::Conv(conv) => self.subsample(conv.stride, Subsampling::Stride, is_picture),
                Layer::MaxPool(pool) => self.subsample(pool.stride, Subsampling::MaxPooling, is_picture),
                Layer::AvgPool(pool) => {
                    self.filter(vec![1.0 / pool.kernel as f64; pool.kernel]);
                    self.subsample(pool.stride, Subsampling::AveragePooling, is_picture);
                }
                Layer::BlurPool(blur) => {
                    let n = blur.kernel;
                    // The kernel is a product of two equal rows: the root of its diagonal is one.
                    let weights = blur.weights();
                    self.filter((0..n).map(|i| f64::from(weights[i * n + i]).sqrt()).collect());
                    self.subsample(blur.stride, Subsampling::BlurPooling, is_picture);
                }
                Layer::Residual { body, .. } => self.block(body),
                Layer::Concat { branches } => {
                    if let Some(first) = branches.iter().find(|branch| !branch.is_empty()) {
                        self.block(first);
                    }
                }
                Layer::BatchNorm
                | Layer::Norm(_)
                | Layer::LayerScale { .. }
                | Layer::Activation(_)
                | Layer::GlobalAvgPool
                | Layer::Dropout { .. }
                | Layer::Flatten
                | Layer::Linear { .. }
                | Layer::Head => {}
            }
        }
    }

    fn filter(&mut self, weights: Vec<f64>) {
        self.filters.push(Filter { weights, spacing: self.stride });
    }

    fn subsample(&mut self, stride: usize, by: Subsampling, is_picture: bool) {
        if stride > 1 && is_picture {
            self.stride *= stride;
            let filters = self.filters.clone();
            self.stages.push(Stage { stride: self.stride, by, filters });
        }
    }
}

impl Stage {
    /// The other waves with the same values on the pixels that are left, -k among them where it is one.
    pub fn aliases(&self, grid: Grid, k: Frequency) -> Vec<Frequency> {
        let (rows, cols) = (grid.rows / self.stride, grid.cols / self.stride);
        let own = k.index(grid);
        let mut all = Vec::new();
        for a in 0..self.stride {
            for b in 0..self.stride {
                let moved =
                    Frequency { k_row: k.k_row + (a * rows) as i32, k_col: k.k_col + (b * cols) as i32 };
                let index = moved.index(grid);
                let alias = Frequency::at(grid, index);
                if index != own && !all.contains(&alias) {
                    all.push(alias);
                }
            }
        }
        all
    }

    /// |H(k)|^2, 1 at the constant wave.
    pub fn power(&self, grid: Grid, k: Frequency) -> f64 {
        let of = |filter: &Filter| {
            filter.power(f64::from(k.k_row) / grid.rows as f64)
                * filter.power(f64::from(k.k_col) / grid.cols as f64)
        };
        self.filters.iter().map(of).product()
    }

    /// Best accuracy of H, fixed, on D(v) with v the wave k; a fraction from 1/2 to 1.
    pub fn ceiling(&self, grid: Grid, k: Frequency, task: &Separable) -> f64 {
        let opposite = k.negated().index(grid);
        let others = self.aliases(grid, k).into_iter().filter(|j| j.index(grid) != opposite);
        let noise: f64 = others.map(|j| self.power(grid, j)).sum();
        let signal = self.power(grid, k);
        if noise <= 1e-12 * signal || task.sigma == 0.0 {
            return 1.0;
        }
        normal(f64::from(task.eps) / f64::from(task.sigma) * (signal / noise).sqrt())
    }
}

impl Filter {
    /// |sum_j w_j exp(2 pi i f j spacing)|^2 at f cycles a pixel.
    fn power(&self, f: f64) -> f64 {
        let (mut re, mut im) = (0.0, 0.0);
        for (j, w) in self.weights.iter().enumerate() {
            let angle = std::f64::consts::TAU * f * (j * self.spacing) as f64;
            re += w * libm::cos(angle);
            im += w * libm::sin(angle);
        }
        re * re + im * im
    }
}

/// Distribution function of the normal law.
fn normal(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        arch::preset,
        direction::{Phase, fourier_direction},
    };

    fn of(name: &str) -> Vec<Stage> {
        stages(&Plan::parse(preset(name).unwrap().text, None, 2).unwrap())
    }

    fn flat(stride: usize) -> Stage {
        Stage { stride, by: Subsampling::Stride, filters: vec![] }
    }

    const K: Frequency = Frequency { k_row: 2, k_col: 3 };

    #[test]
    fn strides_of_the_presets() {
        let strides = |name| of(name).iter().map(|stage| stage.stride).collect::<Vec<usize>>();
        assert_eq!(strides("logreg"), [0; 0]);
        assert_eq!(strides("lenet"), [2, 4]);
        assert_eq!(strides("lenet-nopool"), [0; 0]);
        assert_eq!(strides("vgg11"), [2, 4, 8, 16]);
        assert_eq!(strides("resnet18"), [2, 4, 8]);
        assert_eq!(strides("densenet121"), [2, 4, 8]);
        assert!(
            of("lenet")
                .iter()
                .all(|stage| stage.by == Subsampling::MaxPooling && stage.power(Grid::PAPER, K) == 1.0)
        );
    }

    #[test]
    fn aliases_have_the_same_values_on_the_pixels_that_are_left() {
        let grid = Grid::PAPER;
        let wave = |k| fourier_direction(grid, k, Phase::Corner).unwrap();
        for (stride, n) in [(2, 3), (4, 15), (8, 63)] {
            let aliases = flat(stride).aliases(grid, K);
            assert_eq!(aliases.len(), n);
            for j in aliases {
                let (a, b) = (wave(K), wave(j));
                let same = |pixel: usize| (a[pixel] - b[pixel]).abs() < 1e-5;
                let is_left = |pixel: &usize| {
                    let (row, col) = grid.row_col(*pixel);
                    row % stride == 0 && col % stride == 0
                };
                assert!((0..grid.len()).filter(is_left).all(same), "{j}");
                assert!(!(0..grid.len()).all(same), "{j}");
            }
        }
    }

    /// The values of protocol.md, section 6, for sigma = 3.
    #[test]
    fn ceilings_of_a_flat_filter() {
        let task = Separable::default();
        for (stride, percent) in [(2, 57.6), (4, 53.4)] {
            let found = 100.0 * flat(stride).ceiling(Grid::PAPER, K, &task);
            assert!((found - percent).abs() < 0.05, "{found}");
        }
        // A row of pixels has one alias.
        let line = Grid { rows: 1, cols: 32 };
        let one = Stage { stride: 2, ..flat(2) };
        let aliases = one.aliases(line, Frequency { k_row: 0, k_col: 3 });
        assert_eq!(aliases, [Frequency { k_row: 0, k_col: -13 }]);
        let found = 100.0 * one.ceiling(line, Frequency { k_row: 0, k_col: 3 }, &task);
        assert!((found - 63.1).abs() < 0.05, "{found}");
        assert_eq!(flat(1).ceiling(Grid::PAPER, K, &task), 1.0);
        assert_eq!(flat(2).ceiling(Grid::PAPER, K, &Separable { sigma: 0.0, ..task }), 1.0);
    }

    #[test]
    fn averages_and_blurs_pass_slow_waves() {
        let task = Separable::default();
        let [mean, blur] = ["avgpool 2", "blurpool 3"].map(|pool| {
            let text = format!("input 1x32x32\nconv 4 k5\nrelu\n{pool}\nflatten\nhead\n");
            let found = stages(&Plan::parse(&text, None, 2).unwrap_or_else(|e| panic!("{pool}: {e}")));
            assert_eq!(found.len(), 1, "{pool}");
            found[0].clone()
        });
        // By an independent script: a mean of two has |H|^2 = cos^2(pi k / 32) an axis, a blur of three its square.
        for (stage, passed, slow, fast) in
            [(mean, 0.925_328, 0.879_683, 0.505_065), (blur, 0.856_232, 1.0, 0.500_208)]
        {
            let at = |k_row, k_col| Frequency { k_row, k_col };
            for (k, expected) in [(at(0, 0), 1.0), (at(16, 0), 0.0), (at(2, 2), passed), (at(-2, 2), passed)]
            {
                assert!((stage.power(Grid::PAPER, k) - expected).abs() < 1e-6, "{k}");
            }
            for (k, expected) in [(at(2, 2), slow), (at(14, 14), fast)] {
                let found = stage.ceiling(Grid::PAPER, k, &task);
                assert!((found - expected).abs() < 1e-6, "{k}: {found}");
            }
        }
    }
}
