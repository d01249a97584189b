//! Training N networks of one plan together: parameters stay on the device, gradients come by automatic differentiation.
//!
//! A step is one pass forward and backward for all networks, each with its own images, clip factor and learning rate. What
//! crosses to the device are images and classes, and back come a loss, a norm and a count for each network.

use std::cell::RefCell;

use burn_tensor::{Device, Int, Tensor, TensorData, activation::log_softmax};
use nads_core::{
    arch::{Node, ParameterKind, Plan},
    protocol::event::JobError,
};

use super::{
    interpret::Activation,
    mode::{Mode, Running, Training},
    networks::Networks,
    read,
};
use crate::{
    dropout::Masks,
    lanes::learn::Loss,
    statistics::{Statistics, check_batch},
    train::Update,
    weights::Weights,
};

/// Numbers that one thread of a GPU sums at most in the first step.
const LONGEST_SUM: usize = 2048;

/// N networks in training.
pub struct Descending {
    plan: Plan,
    count: usize,
    device: Device,
    /// [parameter][network x ...], those of the head too.
    parameters: Vec<Tensor<1>>,
    /// Of batch norms.
    running: Running,
    /// Of the last batch, as `parameters`; `None` where no output depends on them.
    gradients: Vec<Option<Tensor<1>>>,
    /// As `parameters`; empty before the first step with momentum.
    velocities: Vec<Tensor<1>>,
}

/// Images and classes of one step.
#[derive(Clone, Copy, Debug)]
pub struct Batches<'a> {
    /// [image, network, channel, row, col]
    pub images: &'a [f32],
    /// [image, network]
    pub classes: &'a [u32],
}

impl Descending {
    pub fn new(plan: &Plan, networks: &[Weights], statistics: &[Statistics], device: &Device) -> Descending {
        Descending {
            count: networks.len(),
            parameters: upload(networks, device),
            velocities: Vec::new(),
            gradients: vec![None; plan.parameters.len()],
            running: Running::upload(statistics, device),
            plan: plan.clone(),
            device: device.clone(),
        }
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Mean loss of each network's batch in training mode; keeps the gradients.
    ///
    /// # Errors
    /// Batches of other sizes, a batch norm over a single number, or a device without a result.
    pub async fn backward(&mut self, batches: Batches<'_>, masks: &[Masks]) -> Result<Vec<Loss>, JobError> {
        self.differentiate(batches, masks)?.read().await
    }

    /// [`Descending::backward`] whose losses stay on the device: nothing is read back.
    pub(super) fn differentiate(
        &mut self,
        batches: Batches<'_>,
        masks: &[Masks],
    ) -> Result<Losses, JobError> {
        let images = self.images_of(batches)?;
        check_batch(&self.plan, images)?;
        let device = self.device.clone().autodiff();
        let parameters: Vec<Tensor<1>> =
            self.parameters.iter().map(|p| Tensor::from_inner(p.clone()).require_grad()).collect();
        let running = self.running.clone().with_gradients();
        let mode = Mode::Training(RefCell::new(Training { running, masks: masks.to_vec(), dropouts: 0 }));
        let networks = self.networks(&parameters, &device, mode);
        let logits = self.logits(&networks, &parameters, batches, &device);
        let (losses, correct) = losses(logits, batches.classes, &device);
        let gradients = losses.clone().sum().backward();
        let Mode::Training(training) = networks.mode else { return Err(JobError::new("another mode")) };
        self.gradients = parameters.iter().map(|p| p.grad(&gradients)).collect();
        self.running = training.into_inner().running.without_gradients();
        Ok(Losses { losses: losses.inner(), correct: correct.inner() })
    }

    /// Mean loss of each network's batch in evaluation mode.
    ///
    /// # Errors
    /// Those of [`Descending::backward`].
    pub async fn evaluate(&self, batches: Batches<'_>) -> Result<Vec<Loss>, JobError> {
        self.images_of(batches)?;
        let mode = Mode::Evaluation(self.running.clone());
        let networks = self.networks(&self.parameters, &self.device, mode);
        let logits = self.logits(&networks, &self.parameters, batches, &self.device);
        let (losses, correct) = losses(logits, batches.classes, &self.device);
        pair(read(losses).await?, read(correct).await?)
    }

    /// L2 norm of each network's gradients together.
    ///
    /// # Errors
    /// A device without a result.
    pub async fn gradient_norms(&self) -> Result<Vec<f64>, JobError> {
        let Some(norms) = self.norms() else { return Ok(vec![0.0; self.count]) };
        Ok(read(norms).await?.into_iter().map(f64::from).collect())
    }

    /// [`Descending::gradient_norms`] on the device; `None` without gradients.
    pub(super) fn norms(&self) -> Option<Tensor<1>> {
        let square = |gradient: &Tensor<1>| rows_summed(gradient.clone().square(), self.count);
        self.gradients.iter().flatten().map(square).reduce(|sum, one| sum + one).map(Tensor::sqrt)
    }

    /// One step downhill with each gradient clipped as [`nads_core::descent::Descent::clip_factor`] says, on the device.
    pub(super) fn descend_clipped(&mut self, rate: f32, clip: f32) {
        let Some(norms) = self.norms() else { return };
        let factors = (norms + 1e-6).recip().mul_scalar(clip).clamp_max(1.0).mul_scalar(rate);
        self.descend_by(factors.reshape([self.count, 1]));
    }

    /// Each network's parameters minus its rate times its gradients.
    pub fn descend(&mut self, rates: &[f32]) {
        self.descend_by(Tensor::from_data(TensorData::new(rates.to_vec(), [self.count, 1]), &self.device));
    }

    /// `rates`: [network, 1]
    fn descend_by(&mut self, rates: Tensor<2>) {
        for (parameter, gradient) in self.parameters.iter_mut().zip(&self.gradients) {
            let Some(gradient) = gradient else { continue };
            let [len] = gradient.dims();
            let shape = [self.count, len / self.count];
            let step: Tensor<2> = gradient.clone().reshape(shape) * rates.clone();
            let moved: Tensor<2> = parameter.clone().reshape(shape) - step;
            *parameter = moved.reshape([len]);
        }
    }

    /// A step of every network with momentum, one rate and clip factor for all.
    pub fn descend_with(&mut self, Update { rate, clip, momentum }: Update) {
        if self.velocities.is_empty() {
            self.velocities = self.parameters.iter().map(Tensor::zeros_like).collect();
        }
        let each = self.parameters.iter_mut().zip(&self.gradients).zip(&mut self.velocities);
        for ((parameter, gradient), velocity) in each {
            let decayed = parameter.clone().mul_scalar(momentum.weight_decay);
            let pull = match gradient {
                Some(gradient) => gradient.clone().mul_scalar(clip) + decayed,
                None => decayed,
            };
            *velocity = velocity.clone().mul_scalar(momentum.factor) + pull;
            *parameter = parameter.clone() - velocity.clone().mul_scalar(rate);
        }
    }

    /// What earlier steps with momentum have left of each network; `None` before the first.
    ///
    /// # Errors
    /// A device without a result.
    pub async fn velocities(&self) -> Result<Option<Vec<Weights>>, JobError> {
        match self.velocities.is_empty() {
            true => Ok(None),
            false => Ok(Some(self.download(&self.velocities).await?)),
        }
    }

    /// Of each network.
    pub fn set_velocities(&mut self, velocities: Option<&[Weights]>) {
        self.velocities = velocities.map(|all| upload(all, &self.device)).unwrap_or_default();
    }

    /// Parameters of each network, in PyTorch's order.
    ///
    /// # Errors
    /// A device without a result.
    pub async fn weights(&self) -> Result<Vec<Weights>, JobError> {
        self.download(&self.parameters).await
    }

    async fn download(&self, tensors: &[Tensor<1>]) -> Result<Vec<Weights>, JobError> {
        let mut all = vec![Weights::new(&self.plan); self.count];
        for (i, parameter) in tensors.iter().enumerate() {
            let values = read(parameter.clone()).await?;
            let each = values.chunks_exact(values.len() / self.count);
            all.iter_mut().zip(each).for_each(|(weights, one)| weights.tensors[i].copy_from_slice(one));
        }
        Ok(all)
    }

    /// Running statistics of each network's batch norms.
    ///
    /// # Errors
    /// A device without a result.
    pub async fn statistics(&self) -> Result<Vec<Statistics>, JobError> {
        let mut all = vec![Statistics::new(&self.plan); self.count];
        self.running.clone().download(&mut all).await?;
        Ok(all)
    }

    fn images_of(&self, batches: Batches) -> Result<usize, JobError> {
        let of_image = self.count * self.plan.input.len();
        let images = batches.images.len() / of_image;
        if batches.images.len() != images * of_image
            || batches.classes.len() != images * self.count
            || images == 0
        {
            return Err(JobError::new(format!(
                "{} numbers and {} classes for {} network(s) with images of {}",
                batches.images.len(),
                batches.classes.len(),
                self.count,
                self.plan.input
            )));
        }
        Ok(images)
    }

    fn networks(&self, parameters: &[Tensor<1>], device: &Device, mode: Mode) -> Networks<'_> {
        let parameters = parameters.iter().map(|p| Some(p.clone())).collect();
        Networks {
            plan: &self.plan,
            count: self.count,
            device: device.clone(),
            unfold: false,
            mode,
            parameters,
        }
    }

    /// [network, image, output]
    fn logits(
        &self,
        networks: &Networks,
        parameters: &[Tensor<1>],
        batches: Batches,
        device: &Device,
    ) -> Tensor<3> {
        let (plan, count) = (&self.plan, self.count);
        let images = batches.classes.len() / count;
        let shape = [images, count * plan.input.channels, plan.input.rows, plan.input.cols];
        let x = Tensor::<4>::from_data(TensorData::new(batches.images.to_vec(), shape), device);
        let h = networks.features_of(Activation { x, shared: false }).swap_dims(0, 1);
        let head: &Node = plan.head();
        let of = |kind| {
            let at = head.parameters.clone().find(|&i| plan.parameters[i].kind == kind);
            parameters[at.expect("a head has weight and bias")].clone()
        };
        let weight = of(ParameterKind::Weight).reshape([count, plan.outputs, plan.features]);
        let bias = of(ParameterKind::Bias).reshape([count, 1, plan.outputs]);
        h.matmul(weight.swap_dims(1, 2)) + bias
    }
}

/// Sums of `count` rows of equal length, [count], in two steps: burn gives each sum to one thread of a GPU, which is
/// slow for the two million weights of a convolution, and loses digits (docs/performance.md).
fn rows_summed(x: Tensor<1>, count: usize) -> Tensor<1> {
    let len = x.dims()[0] / count;
    let part = (1..=len.min(LONGEST_SUM)).rev().find(|part| len.is_multiple_of(*part)).unwrap_or(1);
    let parts: Tensor<2> = x.reshape([count * len / part, part]).sum_dim(1);
    parts.reshape([count, len / part]).sum_dim(1).reshape([count])
}

/// [parameter][network x ...]
fn upload(networks: &[Weights], device: &Device) -> Vec<Tensor<1>> {
    let tensor = |i: usize| {
        let all: Vec<f32> = networks.iter().flat_map(|weights| &weights.tensors[i]).copied().collect();
        let len = all.len();
        Tensor::from_data(TensorData::new(all, [len]), device)
    };
    (0..networks.first().map_or(0, |weights| weights.tensors.len())).map(tensor).collect()
}

/// Losses and numbers of right answers of each network, on the device.
pub(super) struct Losses {
    losses: Tensor<1>,
    correct: Tensor<1>,
}

impl Losses {
    /// [network]
    pub fn of_each(&self) -> Tensor<1> {
        self.losses.clone()
    }

    pub async fn read(self) -> Result<Vec<Loss>, JobError> {
        pair(read(self.losses).await?, read(self.correct).await?)
    }
}

/// Mean cross-entropy, and number of right answers, of each network.
fn losses(logits: Tensor<3>, classes: &[u32], device: &Device) -> (Tensor<1>, Tensor<1>) {
    let [count, images, _] = logits.dims();
    let classes: Vec<i32> =
        (0..count).flat_map(|n| classes[n..].iter().step_by(count).map(|&c| c as i32)).collect();
    let classes = Tensor::<3, Int>::from_data(TensorData::new(classes, [count, images, 1]), device);
    let found = logits.clone().argmax(2);
    let correct = found.equal(classes.clone()).float().sum_dim(1).reshape([count]);
    let own = log_softmax(logits, 2).gather(2, classes);
    (own.mean_dim(1).reshape([count]).neg(), correct)
}

fn pair(losses: Vec<f32>, correct: Vec<f32>) -> Result<Vec<Loss>, JobError> {
    let pair = |(loss, correct): (f32, f32)| Loss { loss: f64::from(loss), correct: correct as usize };
    Ok(losses.into_iter().zip(correct).map(pair).collect())
}
