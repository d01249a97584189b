//! Stages on patches of a given layout, as a list of steps between few buffers.

use std::sync::Arc;

use nads_core::arch::{Conv, PadMode};

use super::{
    SLACK,
    combine::{Combination, Combine},
    conv::{ConvGeometry, ConvKernel},
    elementwise::{self, Elementwise},
    kernel::Packing,
    layout::Layout,
    level::Level,
    network::{Stage, wraps},
    norm::PlaneNorm,
    pad::Pad,
    patch::Axis,
    pool::PoolLayer,
};

#[derive(Debug)]
pub struct Program {
    steps: Vec<Step>,
    /// Values of each buffer; the first holds the input, and later others.
    lengths: Vec<usize>,
    /// Values of the input.
    input: usize,
    /// The buffer of the result.
    result: usize,
    layout: Arc<Layout>,
}

#[derive(Debug)]
struct Step {
    operation: Operation,
    inputs: Vec<usize>,
    output: usize,
}

#[derive(Debug)]
enum Operation {
    Conv {
        kernel: usize,
        geometry: ConvGeometry,
    },
    Pool(PoolLayer),
    /// In place, or on a copy.
    Elementwise {
        operations: Vec<Elementwise>,
        layout: Arc<Layout>,
    },
    /// On whole planes, in place or on a copy.
    PlaneNorm {
        norm: PlaneNorm,
        layout: Arc<Layout>,
    },
    Combine(Combine),
    Pad(Pad),
}

impl Program {
    /// Buffers and steps of `stages` on an input of this layout. Where each value comes from is worked out at the first run.
    pub fn new(stages: &[Stage], input: &Arc<Layout>) -> Program {
        let mut compiler = Compiler { steps: Vec::new(), lengths: vec![input.len()], free: Vec::new() };
        let value = compiler.chain(stages, Value { buffer: 0, layout: input.clone(), owned: true });
        let Compiler { steps, lengths, .. } = compiler;
        Program { steps, lengths, input: input.len(), result: value.buffer, layout: value.layout }
    }

    /// Values of all buffers together.
    pub fn values(&self) -> usize {
        self.lengths.iter().sum()
    }

    /// Of the result.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// Multiply-accumulates of all convolutions.
    pub fn macs(&self, kernels: &[ConvKernel]) -> u64 {
        let of_step = |step: &Step| match &step.operation {
            Operation::Conv { kernel, geometry } => geometry.macs(kernels[*kernel].conv()),
            Operation::Pool(_)
            | Operation::Elementwise { .. }
            | Operation::PlaneNorm { .. }
            | Operation::Combine(_)
            | Operation::Pad(_) => 0,
        };
        self.steps.iter().map(of_step).sum()
    }

    /// The input's buffer, to be filled before [`Program::forward`].
    pub fn input<'a>(&self, buffers: &'a mut Vec<Vec<f32>>) -> &'a mut [f32] {
        if buffers.len() < self.lengths.len() {
            buffers.resize_with(self.lengths.len(), Vec::new);
        }
        for (buffer, length) in buffers.iter_mut().zip(&self.lengths) {
            if buffer.len() < length + SLACK {
                buffer.resize(length + SLACK, 0.0);
            }
        }
        &mut buffers[0][..self.input]
    }

    /// The result of the last [`Program::forward`].
    pub fn result<'a>(&self, buffers: &'a [Vec<f32>]) -> &'a [f32] {
        &buffers[self.result]
    }

    /// From the input in `buffers` to the result, which lies in one of them.
    pub fn forward<'a>(
        &mut self,
        level: Level,
        kernels: &[ConvKernel],
        from: Packing,
        buffers: &'a mut [Vec<f32>],
    ) -> &'a [f32] {
        for step in &mut self.steps {
            let mut out = std::mem::take(&mut buffers[step.output]);
            let input = |i: usize| buffers[step.inputs[i]].as_slice();
            match &mut step.operation {
                Operation::Conv { kernel, geometry } => {
                    geometry.forward(level, &kernels[*kernel], input(0), &mut out);
                }
                Operation::Pool(pool) => pool.forward(level, input(0), &mut out),
                Operation::Elementwise { operations, layout } => {
                    let values = &mut out[..layout.len()];
                    if step.inputs[0] != step.output {
                        values.copy_from_slice(&input(0)[..layout.len()]);
                    }
                    elementwise::apply(level, operations, from, layout.channels, values);
                }
                Operation::PlaneNorm { norm, layout } => {
                    let values = &mut out[..layout.len()];
                    if step.inputs[0] != step.output {
                        values.copy_from_slice(&input(0)[..layout.len()]);
                    }
                    norm.forward(from, layout, values);
                }
                Operation::Combine(combine) => {
                    let inputs: Vec<&[f32]> = (0..step.inputs.len()).map(input).collect();
                    combine.forward(&inputs, &mut out);
                }
                Operation::Pad(pad) => pad.forward(input(0), &mut out),
            }
            buffers[step.output] = out;
        }
        self.result(buffers)
    }
}

struct Compiler {
    steps: Vec<Step>,
    lengths: Vec<usize>,
    free: Vec<usize>,
}

/// A buffer with a layout; a borrowed one is still needed elsewhere.
#[derive(Clone)]
struct Value {
    buffer: usize,
    layout: Arc<Layout>,
    owned: bool,
}

impl Compiler {
    fn chain(&mut self, stages: &[Stage], value: Value) -> Value {
        stages.iter().fold(value, |value, stage| self.stage(stage, value))
    }

    fn stage(&mut self, stage: &Stage, value: Value) -> Value {
        match stage {
            Stage::Conv { kernel, conv, output } => {
                let (value, conv) = if wraps(conv) {
                    let padded = Conv { pad: 0, pad_mode: PadMode::Zeros, ..*conv };
                    (self.pad(conv, value), padded)
                } else {
                    (value, *conv)
                };
                let geometry = ConvGeometry::new(&conv, &value.layout, *output);
                let layout = geometry.output().clone();
                self.push(Operation::Conv { kernel: *kernel, geometry }, vec![value], layout)
            }
            Stage::Pool { reduction, pool, output } => {
                let layer = PoolLayer::new(*reduction, pool, &value.layout, *output);
                let layout = layer.output().clone();
                self.push(Operation::Pool(layer), vec![value], layout)
            }
            Stage::GlobalMean => {
                let layer = PoolLayer::global(&value.layout);
                let layout = layer.output().clone();
                self.push(Operation::Pool(layer), vec![value], layout)
            }
            Stage::Elementwise(operations) => {
                let layout = value.layout.clone();
                self.in_place(Operation::Elementwise { operations: operations.clone(), layout }, value)
            }
            Stage::PlaneNorm(norm) => {
                let value = self.planes(value);
                let layout = value.layout.clone();
                self.in_place(Operation::PlaneNorm { norm: *norm, layout }, value)
            }
            Stage::Sum(summands) => self.branches(Combination::Sum, summands, value),
            Stage::Concat(branches) => self.branches(Combination::Concat, branches, value),
        }
    }

    fn branches(&mut self, combination: Combination, branches: &[Vec<Stage>], value: Value) -> Value {
        let borrowed = Value { owned: false, ..value.clone() };
        let mut ends: Vec<Value> =
            branches.iter().map(|branch| self.chain(branch, borrowed.clone())).collect();
        // Only now: until here every branch could still read it. Whoever passes it on gives it back.
        ends.iter_mut()
            .filter(|end| end.buffer == value.buffer)
            .take(1)
            .for_each(|end| end.owned = value.owned);
        let passed_on = ends.iter().any(|end| end.buffer == value.buffer);
        let end = self.combine(combination, ends);
        if !passed_on {
            self.release(&value);
        }
        end
    }

    fn combine(&mut self, combination: Combination, inputs: Vec<Value>) -> Value {
        let combine = Combine::new(combination, inputs.iter().map(|input| input.layout.clone()).collect());
        let layout = combine.output().clone();
        self.push(Operation::Combine(combine), inputs, layout)
    }

    /// A step that changes its input, if nobody else needs it, or a copy.
    fn in_place(&mut self, operation: Operation, value: Value) -> Value {
        if !value.owned {
            let layout = value.layout.clone();
            return self.push(operation, vec![value], layout);
        }
        self.steps.push(Step { operation, inputs: vec![value.buffer], output: value.buffer });
        value
    }

    /// Whole planes, a pixel each, in place of patches.
    fn planes(&mut self, value: Value) -> Value {
        let whole = |axis: &Axis| *axis == Axis::images(axis.patches.len(), axis.plane);
        if whole(&value.layout.rows) && whole(&value.layout.cols) {
            return value;
        }
        self.combine(Combination::Planes, vec![value])
    }

    fn pad(&mut self, conv: &Conv, value: Value) -> Value {
        let value = self.planes(value);
        let pad = Pad::new(conv.pad_mode, conv.pad, &value.layout);
        let layout = pad.output().clone();
        self.push(Operation::Pad(pad), vec![value], layout)
    }

    /// A step into another buffer than those of its inputs, which are free afterwards if nobody else needs them.
    fn push(&mut self, operation: Operation, inputs: Vec<Value>, layout: Arc<Layout>) -> Value {
        // The largest free buffer: small ones need not grow then.
        let place = (0..self.free.len()).max_by_key(|&i| self.lengths[self.free[i]]);
        let output = match place {
            Some(place) => self.free.swap_remove(place),
            None => {
                self.lengths.push(0);
                self.lengths.len() - 1
            }
        };
        self.lengths[output] = self.lengths[output].max(layout.len());
        self.steps.push(Step { operation, inputs: inputs.iter().map(|v| v.buffer).collect(), output });
        inputs.iter().for_each(|value| self.release(value));
        Value { buffer: output, layout, owned: true }
    }

    fn release(&mut self, value: &Value) {
        if value.owned {
            self.free.push(value.buffer);
        }
    }
}
