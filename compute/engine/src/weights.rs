//! The parameters of one random network, drawn element by element from its address (`nads_core::seed`).

use nads_core::arch::{Init, Parameter, ParameterKind, Plan};
use nads_core::seed::Stream;
use pulp::{Simd, WithSimd};

/// One tensor for each of [`Plan::parameters`], in PyTorch's axis order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    pub tensors: Vec<Vec<f32>>,
}

/// Which parameters are drawn; the others are zero. Leaving some out changes nothing about the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Which {
    /// Biases of convolutions and linear layers.
    pub biases: bool,
    /// The last linear layer.
    pub head: bool,
}

impl Default for Which {
    fn default() -> Which {
        Which { biases: true, head: true }
    }
}

impl Weights {
    /// Zeros in the shapes of a plan.
    pub fn new(plan: &Plan) -> Weights {
        Weights { tensors: plan.parameters.iter().map(|p| vec![0.0; p.len()]).collect() }
    }

    /// Network number `network` under `seed`, at initialisation.
    pub fn draw(plan: &Plan, seed: u64, network: u64) -> Weights {
        let mut weights = Weights::new(plan);
        weights.draw_into(plan, seed, network);
        weights
    }

    /// As [`Weights::draw`], into the memory of another network.
    pub fn draw_into(&mut self, plan: &Plan, seed: u64, network: u64) {
        self.draw_part(plan, seed, network, Which::default());
    }

    /// As [`Weights::draw_into`], with what is not asked for set to zero.
    pub fn draw_part(&mut self, plan: &Plan, seed: u64, network: u64, which: Which) {
        self.tensors.resize_with(plan.parameters.len(), Vec::new);
        // Chosen at run time: the widest vector instructions of this processor.
        let arch = pulp::Arch::new();
        let head = plan.head().parameters.clone();
        for (ordinal, (parameter, tensor)) in plan.parameters.iter().zip(&mut self.tensors).enumerate() {
            tensor.resize(parameter.len(), 0.0);
            let skipped = (parameter.kind == ParameterKind::Bias && !which.biases)
                || (head.contains(&ordinal) && !which.head);
            if skipped {
                tensor.fill(0.0);
                continue;
            }
            let stream = Stream::new(seed, ordinal as u32, network);
            if let Some(value) = parameter.constant {
                tensor.fill(value);
                continue;
            }
            match parameter.init {
                Init::Uniform => {
                    let bound = (1.0 / (parameter.fan_in as f64).sqrt()) as f32;
                    arch.dispatch(FillUniform { stream, bound, out: tensor });
                }
                Init::HeFanOut => {
                    stream.fill_normal((2.0 / fan_out(parameter) as f64).sqrt(), tensor);
                }
            }
        }
    }
}

/// [`Stream::fill_uniform`], compiled for each set of vector instructions (a closure would not be inlined).
struct FillUniform<'a> {
    stream: Stream,
    bound: f32,
    out: &'a mut [f32],
}

impl WithSimd for FillUniform<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.stream.fill_uniform(self.bound, self.out);
    }
}

/// Outputs that one input of a layer reaches, as VGG counts them: kernel^2 * out_channels.
fn fan_out(parameter: &Parameter) -> usize {
    parameter.dims[0] * parameter.dims[2..].iter().product::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nads_core::arch::preset;
    use proptest::prelude::*;

    fn plan(name: &str) -> Plan {
        Plan::parse(preset(name).unwrap().text, None, 1).unwrap()
    }

    #[test]
    fn laws_of_the_initialisation() {
        let text =
            "input 2x6x6 conv 40 k3 init he_fan_out bn conv 30 k3 flatten linear 50 layerscale 0.1 head";
        let plan = Plan::parse(text, None, 1).unwrap();
        let weights = Weights::draw(&plan, 3, 5);
        let variance = |i: usize| {
            let t = &weights.tensors[i];
            t.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / t.len() as f64
        };
        let near = |x: f64, y: f64, n: f64| (x / y - 1.0).abs() < 5.0 * (2.0 / n).sqrt();
        assert!(near(variance(0), 2.0 / 360.0, 720.0), "{}", variance(0));
        assert!(weights.tensors[1].iter().all(|&b| b == 0.0));
        assert!(weights.tensors[2].iter().all(|&gamma| gamma == 1.0));
        assert!(weights.tensors[3].iter().all(|&beta| beta == 0.0));
        assert!(near(variance(4), 1.0 / (3.0 * 360.0), 10_800.0), "{}", variance(4));
        let bound = (1.0 / 360_f64.sqrt()) as f32;
        assert!(weights.tensors[5].iter().all(|b| b.abs() <= bound));
        assert!(weights.tensors[5].iter().any(|b| b.abs() > 0.7 * bound));
        assert!(near(variance(6), 1.0 / (3.0 * 120.0), 6_000.0), "{}", variance(6));
        assert_eq!(weights.tensors[8], [0.1; 50]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// Any order, any subset, memory of any other network: network i is network i.
        #[test]
        fn weights_depend_on_seed_and_network_only(
            seed: u64,
            mut networks in prop::collection::vec(prop_oneof![0_u64..8, any::<u64>()], 1..6),
        ) {
            let plan = plan("lenet");
            let mut reused = Weights::draw(&Plan::parse("input 1x4x4 flatten head", None, 1).unwrap(), 1, 1);
            let mut first: Vec<(u64, Weights)> = Vec::new();
            for &network in &networks {
                reused.draw_into(&plan, seed, network);
                first.push((network, reused.clone()));
            }
            networks.reverse();
            for &network in &networks {
                let alone = Weights::draw(&plan, seed, network);
                for (_, weights) in first.iter().filter(|(n, _)| *n == network) {
                    prop_assert_eq!(weights, &alone);
                }
                for (_, weights) in first.iter().filter(|(n, _)| *n != network) {
                    prop_assert!(weights.tensors[0] != alone.tensors[0]);
                }
            }
        }

        /// What is left out is zero; the rest does not notice.
        #[test]
        fn leaving_parameters_out_changes_no_other(seed: u64, network: u64, biases: bool, head: bool) {
            let plan = plan("lenet");
            let all = Weights::draw(&plan, seed, network);
            let mut part = Weights::draw(&plan, !seed, network);
            part.draw_part(&plan, seed, network, Which { biases, head });
            for (i, (p, q)) in part.tensors.iter().zip(&all.tensors).enumerate() {
                let kept = (biases || i % 2 == 0) && (head || i < 8);
                let right = if kept { p == q } else { p.iter().all(|&x| x == 0.0) && p.len() == q.len() };
                prop_assert!(right, "parameter {}", i);
            }
        }
    }
}
