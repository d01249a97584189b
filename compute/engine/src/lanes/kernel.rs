//! What is joined to the layer before it: batch norms become factors and shifts of its outputs.

use super::BATCH_NORM_SCALE;

/// Drawn parameters, and whether biases and shifts take part.
#[derive(Clone, Copy, Debug)]
pub struct Packing<'a> {
    pub tensors: &'a [Vec<f32>],
    pub biases: bool,
}

/// A batch norm in evaluation at its initial statistics, or another factor for each channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Affine {
    /// Indices of factor and shift among the plan's parameters.
    pub gamma: usize,
    pub beta: Option<usize>,
    /// The factor is divided by the standard deviation of batch norm's initial statistics.
    pub normalised: bool,
}

impl Affine {
    /// Factor and shift of each channel.
    pub fn each<'a>(self, from: Packing<'a>) -> impl Iterator<Item = (f32, f32)> + 'a {
        let unit = if self.normalised { BATCH_NORM_SCALE } else { 1.0 };
        let beta = self.beta.filter(|_| from.biases).map(|i| &from.tensors[i]);
        from.tensors[self.gamma].iter().enumerate().map(move |(c, g)| (unit * g, beta.map_or(0.0, |b| b[c])))
    }
}

/// What is applied to a layer's outputs, in order.
#[derive(Clone, Debug, Default)]
pub struct Scales(pub Vec<Affine>);

impl Scales {
    /// Factor and shift of each output, `None` where there is nothing to do; `buffers` hold them.
    pub fn joined<'a>(
        &self,
        from: Packing,
        bias: Option<usize>,
        outputs: usize,
        buffers: &'a mut [Vec<f32>; 2],
    ) -> (Option<&'a [f32]>, Option<&'a [f32]>) {
        let [scale, shift] = buffers;
        scale.clear();
        scale.resize(outputs, 1.0);
        shift.clear();
        match bias.filter(|_| from.biases) {
            Some(bias) => shift.extend_from_slice(&from.tensors[bias]),
            None => shift.resize(outputs, 0.0),
        }
        for affine in &self.0 {
            for ((scale, shift), (g, b)) in scale.iter_mut().zip(shift.iter_mut()).zip(affine.each(from)) {
                *scale *= g;
                *shift = *shift * g + b;
            }
        }
        ((!self.0.is_empty()).then_some(scale), from.biases.then_some(shift))
    }
}
