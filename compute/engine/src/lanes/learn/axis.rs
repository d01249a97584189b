//! Which coordinates meet which through a sliding window along one axis, as runs that are contiguous on both sides.

use nads_core::arch::PadMode;

/// Consecutive sources `source ..` that meet consecutive places `tap ..` in the packed kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub source: usize,
    pub tap: usize,
    pub length: usize,
}

/// One axis of a sliding window, seen from where its results go.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Coordinates on the side that is read.
    pub sources: usize,
    /// For each destination, single steps: (source, place of the tap), for rows.
    pub taps: Vec<Vec<(usize, usize)>>,
    /// The same in runs, for columns.
    pub runs: Vec<Vec<Run>>,
    /// Kernel coordinate at each place of the packed kernel.
    pub order: Vec<usize>,
}

/// A window of `kernel` taps.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub kernel: usize,
    pub stride: usize,
    pub pad: usize,
    pub pad_mode: PadMode,
    pub dilation: usize,
}

impl Window {
    /// (kernel coordinate, input coordinate) of each output.
    pub fn meets(self, inputs: usize, outputs: usize) -> Vec<Vec<(usize, usize)>> {
        let source = |output: usize, k: usize| {
            let at = (output * self.stride + k * self.dilation) as isize - self.pad as isize;
            self.pad_mode.source(at, inputs)
        };
        let of = |output| (0..self.kernel).filter_map(|k| Some((k, source(output, k)?))).collect();
        (0..outputs).map(of).collect()
    }

    /// From inputs to outputs.
    pub fn forward(self, inputs: usize, outputs: usize) -> Axis {
        let meets = self.meets(inputs, outputs);
        let pairs = meets.into_iter().map(|of| of.into_iter().map(|(k, source)| (source, k)).collect());
        Axis::new(inputs, pairs.collect(), (0..self.kernel).collect())
    }

    /// From gradients of the outputs to those of the inputs.
    pub fn backward(self, inputs: usize, outputs: usize) -> Axis {
        // For one input the outputs fall as the tap rises, in steps of the stride: packed so, neighbours are neighbours.
        let mut order: Vec<usize> = (0..self.kernel).collect();
        order.sort_by_key(|&k| ((k * self.dilation) % self.stride, std::cmp::Reverse(k)));
        let mut pairs = vec![Vec::new(); inputs];
        for (output, meets) in self.meets(inputs, outputs).into_iter().enumerate() {
            for (k, input) in meets {
                let place = order.iter().position(|&o| o == k).unwrap_or_default();
                pairs[input].push((output, place));
            }
        }
        Axis::new(outputs, pairs, order)
    }
}

impl Axis {
    fn new(sources: usize, mut pairs: Vec<Vec<(usize, usize)>>, order: Vec<usize>) -> Axis {
        let mut runs = Vec::with_capacity(pairs.len());
        for of in &mut pairs {
            of.sort_unstable();
            let mut joined: Vec<Run> = Vec::new();
            for &(source, tap) in of.iter() {
                match joined.last_mut() {
                    Some(run) if run.source + run.length == source && run.tap + run.length == tap => {
                        run.length += 1
                    }
                    _ => joined.push(Run { source, tap, length: 1 }),
                }
            }
            runs.push(joined);
        }
        Axis { sources, taps: pairs, runs, order }
    }

    pub fn destinations(&self) -> usize {
        self.taps.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(kernel: usize, stride: usize, pad: usize) -> Window {
        Window { kernel, stride, pad, pad_mode: PadMode::Zeros, dilation: 1 }
    }

    #[test]
    fn runs_are_as_long_as_they_can_be() {
        let valid = window(5, 1, 0).forward(32, 28);
        assert_eq!(valid.runs[3], [Run { source: 3, tap: 0, length: 5 }]);
        let padded = window(3, 1, 1).forward(4, 4);
        assert_eq!(padded.runs[0], [Run { source: 0, tap: 1, length: 2 }]);
        assert_eq!(padded.runs[3], [Run { source: 2, tap: 0, length: 2 }]);
        let back = window(5, 1, 0).backward(32, 28);
        assert_eq!(back.runs[10], [Run { source: 6, tap: 0, length: 5 }]);
        assert_eq!(back.order, [4, 3, 2, 1, 0]);
        // Stride 2: even inputs meet even taps.
        let strided = window(4, 2, 1).backward(8, 4);
        assert!(strided.runs.iter().all(|runs| runs.len() == 1), "{strided:?}");
    }

    /// The same pairs from both sides.
    #[test]
    fn both_directions_are_the_same_relation() {
        for (pad_mode, dilation, stride) in [
            (PadMode::Zeros, 1, 2),
            (PadMode::Circular, 1, 1),
            (PadMode::Reflect, 2, 1),
            (PadMode::Circular, 2, 3),
        ] {
            let window = Window { kernel: 3, stride, pad: 2, pad_mode, dilation };
            let outputs = (9 + 4 - 2 * dilation - 1) / stride + 1;
            let list = |axis: Axis, turned: bool| {
                let mut all = Vec::new();
                for (destination, of) in axis.taps.iter().enumerate() {
                    for &(source, place) in of {
                        let (input, output) =
                            if turned { (destination, source) } else { (source, destination) };
                        all.push((input, output, axis.order[place]));
                    }
                }
                all.sort_unstable();
                all
            };
            assert_eq!(list(window.forward(9, outputs), false), list(window.backward(9, outputs), true));
        }
    }
}
