//! From a plan to operations, and the passes over them.

use nads_core::arch::{Activation, Conv, Layer, Node, Norm, ParameterKind, Plan, Shape};
use pulp::{Simd, WithSimd};

use super::{
    super::{Unsupported, pool::Reduction},
    Loss,
    activation::Activate,
    batchnorm::BatchNorm,
    combine::{Concat, Sum},
    conv::{Convolution, Geometry, Kernel},
    dropout::Dropout,
    linear::Linear,
    loss,
    norm::{SampleNorm, Scale},
    operation::{Batch, Input, Mode, Operation, Pass},
    pieces,
    pool::Pooling,
    store::{Id, Order, Parameters, Slot, Space},
    transpose,
    winners::{self, Parts, PooledConvolution},
};
use crate::statistics::Statistics;

/// Operations in order, all that flows between them, and what they learn.
#[derive(Debug)]
pub struct Graph {
    operations: Vec<Box<dyn Operation>>,
    space: Space,
    output: Id,
    pub parameters: Parameters,
    pub statistics: Statistics,
    /// Images of the largest batch.
    pub most: usize,
    /// In training every operation sees all tiles before the next one begins.
    whole: bool,
    /// How an input image is rearranged: [row, col, channel] from [channel, row, col].
    image: Order,
}

/// Most numbers that all values of a batch may hold, with their gradients: 16 GB.
const MOST: u64 = 1 << 32;

impl Graph {
    /// `sensed`: gradients go on to the input.
    pub fn new(plan: &Plan, most: usize, lanes: usize, sensed: bool) -> Result<Graph, Unsupported> {
        let mut lower =
            Lower { plan, operations: Vec::new(), shapes: Vec::new(), orders: Vec::new(), dropouts: 0 };
        lower.orders = vec![Order::default(); plan.parameters.len()];
        let input = lower.value(plan.input);
        let output = lower.chain(&plan.nodes, Value { id: input, of: plan.input })?.id;
        let Lower { mut operations, shapes, orders, .. } = lower;
        let gone = pieces::remove_concats(&mut operations, output);
        let whole = operations.iter().any(|operation| operation.whole_batch());
        let wanted = link(&mut operations, shapes.len(), sensed);
        let stored = if whole { most.div_ceil(lanes) } else { 1 };
        // Wider than a pointer of WebAssembly.
        let held = |id: Id| if gone.contains(&id) { 0 } else { shapes[id].len() };
        let numbers: u64 =
            (0..shapes.len()).map(|id| 2 * held(id) as u64 * lanes as u64 * stored as u64).sum();
        if numbers > MOST {
            return Err(Unsupported::new(format!("a batch of {most} images: {} GB", numbers >> 28)));
        }
        let slot = |(id, wanted): (Id, bool)| {
            let size = held(id) * lanes * stored;
            Slot {
                shape: shapes[id],
                value: vec![0.0; size],
                gradient: if wanted { vec![0.0; size] } else { Vec::new() },
                wanted,
                moments: None,
            }
        };
        let mut parameters = Parameters::new(plan);
        parameters.orders = orders;
        Ok(Graph {
            operations,
            space: Space { slots: wanted.into_iter().enumerate().map(slot).collect(), lanes, stored },
            output,
            parameters,
            statistics: Statistics::new(plan),
            most,
            whole,
            image: channels_last(plan.input),
        })
    }

    pub fn is_sensing(&self) -> bool {
        self.space.slots[0].wanted
    }

    pub fn pack(&mut self) {
        for operation in &mut self.operations {
            operation.pack(&self.parameters);
        }
    }

    /// Calls `take` with each tile's logits, [output][lane].
    pub fn evaluate(&mut self, batch: &Batch, mut take: impl FnMut(usize, &[f32])) -> Loss {
        let mut total = Loss::default();
        self.forward(batch, |graph, tile| {
            let logits = graph.space.value(graph.output, tile);
            loss::cross_entropy(
                logits,
                batch.lanes,
                graph.classes(batch, tile),
                batch.images.len(),
                &mut total,
                None,
            );
            take(tile, logits);
        });
        total.loss /= batch.images.len() as f64;
        total
    }

    /// Gradients of the mean loss.
    pub fn backward(&mut self, batch: &Batch) -> Loss {
        let mut total = Loss::default();
        let n = batch.images.len();
        self.back_from(batch, |lanes, logits, classes, g| {
            loss::cross_entropy(logits, lanes, classes, n, &mut total, Some(g));
        });
        total.loss /= n as f64;
        total
    }

    /// Gradient of the last output minus the first one with respect to the input, mean over the batch: [row, col, channel].
    pub fn sensitivity(&mut self, batch: &Batch) -> Vec<f32> {
        let n = batch.images.len() as f32;
        let size = self.space.slots[0].shape.len();
        let mut mean = vec![0.0; size];
        let mut add = |space: &Space, tile: usize| {
            for (mean, of) in mean.iter_mut().zip(space.gradient(0, tile).chunks_exact(batch.lanes)) {
                *mean += of[..batch.used(tile)].iter().sum::<f32>() / n;
            }
        };
        let seed = |lanes: usize, logits: &[f32], classes: &[u32], g: &mut [f32]| {
            g.fill(0.0);
            let last = logits.len() - lanes;
            g[last..last + classes.len()].fill(1.0);
            g[..classes.len()].iter_mut().for_each(|g| *g -= 1.0);
        };
        // Tile by tile: where only one is held, the next overwrites it.
        for tile in 0..batch.tiles() {
            let first = tile * batch.lanes;
            let part = first..first + batch.used(tile);
            let one = Batch { images: &batch.images[part.clone()], classes: &batch.classes[part], ..*batch };
            self.back_from(&one, seed);
            add(&self.space, 0);
        }
        mean
    }

    /// Backward passes that begin with what `seed` makes of the logits of each tile: (lanes, logits, classes, gradient).
    fn back_from(&mut self, batch: &Batch, mut seed: impl FnMut(usize, &[f32], &[u32], &mut [f32])) {
        self.parameters.gradients.iter_mut().for_each(|gradient| gradient.fill(0.0));
        self.forward(batch, |graph, tile| {
            let (classes, output) = (graph.classes(batch, tile), graph.output);
            graph.space.write_gradient(output, tile, |space, g| {
                seed(batch.lanes, space.value(output, tile), classes, g);
            });
            if !graph.whole {
                (0..graph.operations.len()).rev().for_each(|i| graph.back(i, batch, tile));
            }
        });
        if self.whole {
            for i in (0..self.operations.len()).rev().filter(|&i| self.is_wanted(i)).collect::<Vec<_>>() {
                let (operation, space) = (&mut self.operations[i], &mut self.space);
                if operation.is_masked_before() {
                    (0..batch.tiles()).for_each(|tile| mask(batch, operation.output(), tile, space));
                }
                operation.begin_backward(batch, space, &mut self.parameters);
                (0..batch.tiles()).for_each(|tile| self.back_masked(i, batch, tile));
            }
        }
        for operation in &mut self.operations {
            operation.end_backward(batch, &mut self.parameters.gradients);
        }
    }

    /// One tile of one operation of the backward pass.
    fn back(&mut self, i: usize, batch: &Batch, tile: usize) {
        if !self.is_wanted(i) {
            return;
        }
        if self.operations[i].is_masked_before() {
            mask(batch, self.operations[i].output(), tile, &mut self.space);
        }
        self.back_masked(i, batch, tile);
    }

    fn back_masked(&mut self, i: usize, batch: &Batch, tile: usize) {
        let Parameters { values, gradients, .. } = &mut self.parameters;
        let pass = Pass { level: batch.level, batch, tile, parameters: values };
        self.operations[i].backward(&pass, &mut self.space, gradients);
    }

    /// Whether anything before the end of this operation learns.
    fn is_wanted(&self, i: usize) -> bool {
        self.space.slots[self.operations[i].output()].wanted
    }

    fn classes<'a>(&self, batch: &Batch<'a>, tile: usize) -> &'a [u32] {
        &batch.classes[tile * batch.lanes..][..batch.used(tile)]
    }

    /// Calls `then` with each tile when its logits are there.
    fn forward(&mut self, batch: &Batch, mut then: impl FnMut(&mut Graph, usize)) {
        // In evaluation the statistics are known beforehand.
        if !self.whole || matches!(batch.mode, Mode::Evaluation) {
            for operation in &mut self.operations {
                operation.begin_forward(batch, &mut self.space, &mut self.statistics);
            }
            for tile in 0..batch.tiles() {
                self.input(batch, tile);
                (0..self.operations.len()).for_each(|i| self.step(i, batch, tile));
                then(self, tile);
            }
            return;
        }
        self.space.slots.iter_mut().for_each(|slot| slot.moments = None);
        (0..batch.tiles()).for_each(|tile| self.input(batch, tile));
        for i in 0..self.operations.len() {
            self.operations[i].begin_forward(batch, &mut self.space, &mut self.statistics);
            (0..batch.tiles()).for_each(|tile| self.step(i, batch, tile));
        }
        (0..batch.tiles()).for_each(|tile| then(self, tile));
    }

    fn step(&mut self, i: usize, batch: &Batch, tile: usize) {
        let pass = Pass { level: batch.level, batch, tile, parameters: &self.parameters.values };
        self.operations[i].forward(&pass, &mut self.space);
    }

    fn input(&mut self, batch: &Batch, tile: usize) {
        let images = &batch.images[tile * batch.lanes..][..batch.used(tile)];
        let image = &self.image.0;
        self.space.write_value(0, tile, |_, to| {
            if images.len() < batch.lanes {
                to.fill(0.0);
            }
            match image.is_empty() {
                true => transpose::from_images(images, batch.lanes, to),
                false => {
                    for (lane, from) in images.iter().enumerate() {
                        let to = to[lane..].iter_mut().step_by(batch.lanes);
                        to.zip(image).for_each(|(to, &i)| *to = from[i as usize]);
                    }
                }
            }
        });
    }
}

/// g = 0 where the ReLU let nothing pass.
fn mask(batch: &Batch, id: Id, tile: usize, space: &mut Space) {
    space.write_gradient(id, tile, |space, g| {
        batch.level.run(Mask { y: space.value(id, tile), g });
    });
}

struct Mask<'a> {
    y: &'a [f32],
    g: &'a mut [f32],
}

impl WithSimd for Mask<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let zero = simd.splat_f32s(0.0);
        for (g, y) in S::as_mut_simd_f32s(self.g).0.iter_mut().zip(S::as_simd_f32s(self.y).0) {
            *g = simd.select_f32s(simd.greater_than_f32s(*y, zero), *g, zero);
        }
    }
}

/// Settles who adds to a gradient and who writes it first, and whose gradients are needed at all; returns the latter.
fn link(operations: &mut [Box<dyn Operation>], values: usize, sensed: bool) -> Vec<bool> {
    let mut wanted = vec![false; values];
    wanted[0] = sensed;
    for operation in operations.iter_mut() {
        let reads: Vec<Id> = operation.inputs().into_iter().map(|input| input.id).collect();
        wanted[operation.output()] = operation.learns() || reads.iter().any(|&id| wanted[id]);
    }
    let mut written = vec![false; values];
    for operation in operations.iter_mut().rev() {
        for input in operation.inputs() {
            input.add = std::mem::replace(&mut written[input.id], true);
        }
        let reads: Vec<Id> = operation.inputs().into_iter().map(|input| input.id).collect();
        operation.set_wanted(reads.iter().any(|&id| wanted[id]));
    }
    wanted
}

/// Element i of [row, col, channel] is element `order[i]` of [channel, row, col]; empty where both are the same.
fn channels_last(Shape { channels, rows, cols }: Shape) -> Order {
    let plane = rows * cols;
    match channels == 1 || plane == 1 {
        true => Order::default(),
        false => Order((0..channels * plane).map(|i| (i % channels * plane + i / channels) as u32).collect()),
    }
}

/// A value on its way: where it is, and the shape that its numbers have (a flattened plane keeps its own).
#[derive(Clone, Copy)]
struct Value {
    id: Id,
    of: Shape,
}

struct Lower<'a> {
    plan: &'a Plan,
    operations: Vec<Box<dyn Operation>>,
    shapes: Vec<Shape>,
    orders: Vec<Order>,
    dropouts: u32,
}

impl Lower<'_> {
    fn value(&mut self, shape: Shape) -> Id {
        self.shapes.push(shape);
        self.shapes.len() - 1
    }

    fn chain(&mut self, nodes: &[Node], mut x: Value) -> Result<Value, Unsupported> {
        let mut rest = nodes;
        while let Some((node, behind)) = rest.split_first() {
            if let Some((y, used)) = self.pooled(rest, x)? {
                (x, rest) = (y, &rest[used..]);
                continue;
            }
            // What enters a block is read by its other branches too.
            let is_own = rest.len() < nodes.len();
            x = self.layer(node, x, is_own)?;
            rest = behind;
        }
        Ok(x)
    }

    /// A convolution, perhaps a ReLU, and a max pooling as one; how many layers that takes.
    fn pooled(&mut self, nodes: &[Node], x: Value) -> Result<Option<(Value, usize)>, Unsupported> {
        let Some((first, behind)) = nodes.split_first() else { return Ok(None) };
        let Layer::Conv(conv) = &first.layer else { return Ok(None) };
        let relu =
            matches!(behind.first().map(|node| &node.layer), Some(Layer::Activation(Activation::Relu)));
        let Some(last) = behind.get(usize::from(relu)) else { return Ok(None) };
        let Layer::MaxPool(pool) = &last.layer else { return Ok(None) };
        if !winners::joins(conv, pool) {
            return Ok(None);
        }
        let y = self.value(last.output);
        let (weight, bias) = self.conv_weight(first, conv)?;
        let parts = Parts { x: input(x.id), y, weight, bias, relu, wanted: false };
        let shapes = [first.input, first.output, last.output];
        self.operations.push(Box::new(PooledConvolution::new(parts, *conv, *pool, shapes)));
        Ok(Some((Value { id: y, of: last.output }, 2 + usize::from(relu))))
    }

    /// `is_own`: nobody else reads `x`.
    fn layer(&mut self, node: &Node, x: Value, is_own: bool) -> Result<Value, Unsupported> {
        let flat = x.of != node.input;
        let shapes = [node.input, node.output];
        let from = input(x.id);
        match &node.layer {
            Layer::Conv(_)
            | Layer::BlurPool(_)
            | Layer::MaxPool(_)
            | Layer::AvgPool(_)
            | Layer::GlobalAvgPool
                if flat =>
            {
                Err(Unsupported::new("a window over a flattened picture".into()))
            }
            Layer::BatchNorm | Layer::Norm(_) | Layer::LayerScale { .. } | Layer::Concat { .. } if flat => {
                Err(Unsupported::new("a norm, scale or concatenation of a flattened picture".into()))
            }
            Layer::Conv(conv) => {
                let (weight, bias) = self.conv_weight(node, conv)?;
                Ok(self.conv(from, conv, Kernel::Parameter(weight), bias, shapes))
            }
            Layer::BlurPool(blur) => {
                let conv = blur.conv(node.input.channels);
                Ok(self.conv(from, &conv, Kernel::Filter(blur.weights()), None, shapes))
            }
            Layer::MaxPool(pool) => {
                Ok(self.push(node.output, |y| Pooling::new(from, y, Reduction::Max, *pool, shapes)))
            }
            Layer::AvgPool(pool) => {
                Ok(self.push(node.output, |y| Pooling::new(from, y, Reduction::Mean, *pool, shapes)))
            }
            Layer::GlobalAvgPool => Ok(self.push(node.output, |y| Pooling::global(from, y, shapes))),
            Layer::Activation(Activation::Relu) if is_own && self.takes_relu(x.id) => Ok(x),
            Layer::Activation(activation) => {
                Ok(self.push(x.of, |y| Activate { x: from, y, activation: *activation }))
            }
            Layer::BatchNorm => {
                let (gamma, beta) =
                    (self.own(node, ParameterKind::Gamma)?, self.own(node, ParameterKind::Beta)?);
                Ok(self.push(x.of, |y| BatchNorm::new(from, y, gamma, beta, node.input.channels)))
            }
            Layer::Norm(norm @ (Norm::Layer | Norm::Group { .. } | Norm::Instance)) => {
                let gamma = self.own(node, ParameterKind::Gamma)?;
                let beta = self.own(node, ParameterKind::Beta).ok();
                let (norm, channels) = (*norm, node.input.channels);
                Ok(self.push(x.of, |y| SampleNorm { x: from, y, norm, gamma, beta, channels }))
            }
            Layer::LayerScale { .. } => {
                let gamma = self.own(node, ParameterKind::Gamma)?;
                Ok(self.push(x.of, |y| Scale { x: from, y, gamma }))
            }
            Layer::Dropout { probability } => {
                let layer = self.dropouts;
                self.dropouts += 1;
                let (probability, shape) = (*probability, x.of);
                Ok(self.push(x.of, |y| Dropout { x: from, y, probability, layer, shape }))
            }
            Layer::Flatten => Ok(x),
            Layer::Linear { .. } | Layer::Head => {
                let weight = self.own(node, ParameterKind::Weight)?;
                let bias = self.own(node, ParameterKind::Bias).ok();
                let (inputs, outputs) = (x.of.len(), node.output.len());
                // Inputs of a flattened picture lie with their channels last.
                let Order(order) = channels_last(x.of);
                if !order.is_empty() {
                    let row = |o: usize| order.iter().map(move |i| i + (o * inputs) as u32);
                    self.orders[weight] = Order((0..outputs).flat_map(row).collect());
                }
                Ok(self.push(node.output, |y| Linear::new(from, y, weight, bias, [inputs, outputs])))
            }
            Layer::Residual { body, shortcut } => {
                let a = self.chain(body, x)?;
                let b = self.chain(shortcut.as_deref().unwrap_or_default(), x)?;
                Ok(self.push(node.output, |y| Sum { xs: [input(a.id), input(b.id)], y, relu: false }))
            }
            Layer::Concat { branches } => {
                let mut xs = Vec::new();
                for branch in branches {
                    xs.push(input(self.chain(branch, x)?.id));
                }
                Ok(self.push(node.output, |y| Concat { xs, y }))
            }
        }
    }

    fn push<O: Operation + 'static>(&mut self, shape: Shape, make: impl FnOnce(Id) -> O) -> Value {
        let y = self.value(shape);
        self.operations.push(Box::new(make(y)));
        Value { id: y, of: shape }
    }

    /// Whether a ReLU could be joined to the operation that has just made this value.
    fn takes_relu(&mut self, id: Id) -> bool {
        match self.operations.last_mut() {
            Some(last) if last.output() == id && !last.relu() => last.set_relu(),
            _ => false,
        }
    }

    fn conv(
        &mut self,
        x: Input,
        conv: &Conv,
        kernel: Kernel,
        bias: Option<usize>,
        [from, to]: [Shape; 2],
    ) -> Value {
        let geometry = Geometry::new(conv, from, to);
        self.push(to, |y| Convolution { x, y, geometry, kernel, bias, relu: false, wanted: false })
    }

    /// Weight and bias of a convolution; the weight lies as [output][row, col, input of its group].
    fn conv_weight(&mut self, node: &Node, conv: &Conv) -> Result<(usize, Option<usize>), Unsupported> {
        let weight = self.own(node, ParameterKind::Weight)?;
        let (inputs, square) = (node.input.channels / conv.groups, conv.kernel * conv.kernel);
        if inputs > 1 && square > 1 {
            let taps = inputs * square;
            let tap = |i: usize| i % inputs * square + i / inputs;
            self.orders[weight] =
                Order((0..conv.outputs * taps).map(|i| (i / taps * taps + tap(i % taps)) as u32).collect());
        }
        Ok((weight, self.own(node, ParameterKind::Bias).ok()))
    }

    fn own(&self, node: &Node, kind: ParameterKind) -> Result<usize, Unsupported> {
        let found = node.parameters.clone().find(|&i| self.plan.parameters[i].kind == kind);
        found.ok_or_else(|| Unsupported::new("a layer without its parameters".into()))
    }
}

fn input(id: Id) -> Input {
    Input { id, add: false }
}
