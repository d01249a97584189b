//! Which permutations of the pixels leave the law of a random network unchanged, and whether it is homogeneous.
//!
//! Weights of one tensor are independent and equally distributed, so a kernel may be transposed or flipped, and the
//! inputs of a linear layer may be permuted, without changing the law. What remains is geometry: a window that slides
//! over a side of H pixels with stride s, padding p and reach k meets the mirrored picture at mirrored places if and
//! only if s divides H + 2p - k. Transposition commutes with every square window on a square picture. A permutation
//! that is no isometry survives only layers that look at one pixel at a time.
//!
//! When in doubt the group shrinks: a group too large is a silent bias, one too small only costs networks.

use super::{Activation, Blur, Conv, Layer, Node, Norm, Pool, Shape};
use crate::grid::Symmetry;

/// The group of a plan with these nodes.
pub(super) fn symmetry(nodes: &[Node], input: Shape) -> Symmetry {
    // A transposition needs a square, and every larger group here contains it.
    let mut group = Group { known: input.rows == input.cols, flips: true, permutations: true };
    group.walk(nodes, Place { mixed: false, in_sum: false });
    match group {
        Group { known: false, .. } => Symmetry::None,
        Group { permutations: true, .. } => Symmetry::AllPermutations,
        Group { flips: true, .. } => Symmetry::D4,
        Group { .. } => Symmetry::Transpose,
    }
}

/// What is still known to leave the law unchanged.
struct Group {
    /// `false`: nothing but the identity.
    known: bool,
    flips: bool,
    permutations: bool,
}

#[derive(Clone, Copy)]
struct Place {
    /// A `flatten` has turned pixels into channels, so a permutation of pixels acts on the channels.
    mixed: bool,
    /// Inside a residual: the summands must be permuted alike.
    in_sum: bool,
}

impl Group {
    /// Shrinks to what every node allows; returns whether pixels have become channels.
    fn walk(&mut self, nodes: &[Node], mut place: Place) -> bool {
        for node in nodes {
            match &node.layer {
                Layer::Conv(Conv { kernel, stride, pad, dilation, groups, .. }) => {
                    self.window(node, dilation * (kernel - 1) + 1, *stride, *pad);
                    // A grouped convolution tells channels apart.
                    if place.mixed && *groups > 1 {
                        self.known = false;
                    }
                }
                Layer::MaxPool(Pool { kernel, stride, pad })
                | Layer::AvgPool(Pool { kernel, stride, pad })
                // Its filter is its own mirror image.
                | Layer::BlurPool(Blur { kernel, stride, pad, .. }) => {
                    self.window(node, *kernel, *stride, *pad);
                }
                // One pixel and one channel at a time, all alike.
                Layer::BatchNorm
                | Layer::LayerScale { .. }
                | Layer::Activation(_)
                | Layer::Dropout { .. } => {}
                // Statistics of a set are those of the permuted set, if it is permuted into itself.
                Layer::Norm(Norm::Layer | Norm::Instance) | Layer::GlobalAvgPool => {}
                Layer::Norm(Norm::Group { groups }) => self.known &= !(place.mixed && *groups > 1),
                Layer::Flatten => {
                    if !node.input.is_vector() {
                        place.mixed = true;
                        // Pixels as channels in one summand only: not followed further.
                        self.known &= !place.in_sum;
                    }
                }
                // Its outputs may be thought of as unmoved, unless they are added to something that moves.
                Layer::Linear { .. } | Layer::Head => place.mixed &= place.in_sum,
                Layer::Residual { body, shortcut } => {
                    let inside = Place { in_sum: true, ..place };
                    self.walk(body, inside);
                    self.walk(shortcut.as_deref().unwrap_or_default(), inside);
                }
                Layer::Concat { branches } => {
                    // Summands made of several permuted parts need not be permuted alike.
                    self.known &= !(place.in_sum && place.mixed);
                    let before = place;
                    place.mixed = false;
                    for branch in branches {
                        place.mixed |= self.walk(branch, before);
                    }
                }
            }
        }
        place.mixed
    }

    fn window(&mut self, node: &Node, reach: usize, stride: usize, pad: usize) {
        // One pixel stays one. (With a border it may become several, which have places again.)
        if node.input.is_vector() && node.output.is_vector() {
            return;
        }
        let input = node.input;
        self.permutations &= reach == 1 && stride == 1 && pad == 0;
        self.flips &=
            [input.rows, input.cols].iter().all(|side| (side + 2 * pad - reach).is_multiple_of(stride));
    }
}

/// Whether f(c x) = c f(x) for every c > 0 once biases are dropped and normalisation uses its initial statistics.
pub(super) fn homogeneous(nodes: &[Node]) -> bool {
    nodes.iter().all(|node| match &node.layer {
        Layer::Conv(_)
        | Layer::Linear { .. }
        | Layer::Head
        | Layer::Flatten
        | Layer::AvgPool(_)
        | Layer::BlurPool(_)
        | Layer::GlobalAvgPool
        | Layer::LayerScale { .. } => true, // linear
        Layer::BatchNorm | Layer::Dropout { .. } => true, // evaluation mode: a factor, the identity
        Layer::Activation(Activation::Relu | Activation::Leaky { .. }) | Layer::MaxPool(_) => true,
        Layer::Activation(Activation::Gelu | Activation::Tanh | Activation::Silu) => false,
        Layer::Norm(_) => false, // divides by the size of what it gets
        Layer::Residual { .. } | Layer::Concat { .. } => node.layer.blocks().into_iter().all(homogeneous),
    })
}
