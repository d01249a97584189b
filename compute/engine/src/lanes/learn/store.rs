//! What passes between operations: values and gradients of tiles, and the parameters.

use nads_core::arch::{Plan, Shape};

use crate::weights::Weights;

/// Index of a value.
pub type Id = usize;

/// One value and its gradient.
///
/// # Shapes
/// [stored tile][row, col, channel][sample]
#[derive(Debug)]
pub struct Slot {
    pub shape: Shape,
    pub value: Vec<f32>,
    pub gradient: Vec<f32>,
    /// Whether anything before it has parameters.
    pub wanted: bool,
    /// Once a batch norm has asked for them in this batch.
    pub moments: Option<Moments>,
}

/// Mean and variance of each channel over a batch.
#[derive(Clone, Debug)]
pub struct Moments {
    pub mean: Vec<f32>,
    pub variance: Vec<f32>,
}

/// All values of a network.
#[derive(Debug)]
pub struct Space {
    pub slots: Vec<Slot>,
    pub lanes: usize,
    /// Tiles whose values are held: one, or all of a batch.
    pub stored: usize,
}

impl Space {
    /// Numbers of one tile of a value.
    pub fn size(&self, id: Id) -> usize {
        self.slots[id].shape.len() * self.lanes
    }

    /// Where the numbers of a tile stand.
    pub fn range(&self, id: Id, tile: usize) -> std::ops::Range<usize> {
        let size = self.size(id);
        let at = tile % self.stored * size;
        at..at + size
    }

    pub fn value(&self, id: Id, tile: usize) -> &[f32] {
        &self.slots[id].value[self.range(id, tile)]
    }

    pub fn gradient(&self, id: Id, tile: usize) -> &[f32] {
        &self.slots[id].gradient[self.range(id, tile)]
    }

    /// Calls `f` with a tile of a value, to be written; other values can be read.
    pub fn write_value<T>(&mut self, id: Id, tile: usize, f: impl FnOnce(&Space, &mut [f32]) -> T) -> T {
        let mut value = std::mem::take(&mut self.slots[id].value);
        let result = f(self, &mut value[self.range(id, tile)]);
        self.slots[id].value = value;
        result
    }

    /// Calls `f` with a tile of a gradient, to be written; everything else can be read.
    pub fn write_gradient<T>(&mut self, id: Id, tile: usize, f: impl FnOnce(&Space, &mut [f32]) -> T) -> T {
        let mut gradient = std::mem::take(&mut self.slots[id].gradient);
        let result = f(self, &mut gradient[self.range(id, tile)]);
        self.slots[id].gradient = gradient;
        result
    }
}

/// How a parameter's elements lie here: element `i` is PyTorch's element `order[i]`; empty where both are the same.
#[derive(Clone, Debug, Default)]
pub struct Order(pub Vec<u32>);

/// Parameters and their gradients, in the executor's order.
#[derive(Debug)]
pub struct Parameters {
    pub values: Vec<Vec<f32>>,
    pub gradients: Vec<Vec<f32>>,
    /// Empty before the first step with momentum.
    pub velocities: Vec<Vec<f32>>,
    pub orders: Vec<Order>,
}

impl Parameters {
    pub fn new(plan: &Plan) -> Parameters {
        let zeros: Vec<Vec<f32>> = plan.parameters.iter().map(|p| vec![0.0; p.len()]).collect();
        let orders = vec![Order::default(); zeros.len()];
        Parameters { orders, gradients: zeros.clone(), velocities: Vec::new(), values: zeros }
    }

    pub fn import(&mut self, weights: &Weights) {
        take(&mut self.values, weights, &self.orders);
    }

    /// Velocities of each parameter; `None`: there was no step with momentum yet.
    pub fn import_velocities(&mut self, velocity: Option<&Weights>) {
        match velocity {
            None => self.velocities.clear(),
            Some(velocity) => {
                self.velocities = self.values.clone();
                take(&mut self.velocities, velocity, &self.orders);
            }
        }
    }

    pub fn export_velocities(&self) -> Option<Weights> {
        (!self.velocities.is_empty()).then(|| self.in_order(&self.velocities))
    }

    pub fn export(&self) -> Weights {
        self.in_order(&self.values)
    }

    pub fn export_gradients(&self) -> Weights {
        self.in_order(&self.gradients)
    }

    fn in_order(&self, values: &[Vec<f32>]) -> Weights {
        let mut tensors = values.to_vec();
        for ((tensor, value), order) in tensors.iter_mut().zip(values).zip(&self.orders) {
            order.0.iter().zip(value).for_each(|(&i, x)| tensor[i as usize] = *x);
        }
        Weights { tensors }
    }
}

fn take(values: &mut [Vec<f32>], weights: &Weights, orders: &[Order]) {
    for ((value, tensor), order) in values.iter_mut().zip(&weights.tensors).zip(orders) {
        match order.0.is_empty() {
            true => value.copy_from_slice(tensor),
            false => value.iter_mut().zip(&order.0).for_each(|(x, &i)| *x = tensor[i as usize]),
        }
    }
}
