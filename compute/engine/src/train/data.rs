//! What a network learns from.

use nads_core::{
    arch::Plan,
    linsep::{Samples, Split},
    protocol::event::JobError,
};
use pulp::{Simd, WithSimd};

/// Images with classes, in two splits. A value: the same sample has the same pixels at every call.
pub trait Data {
    /// # Errors
    /// Settings out of range, or a plan that does not fit these images and classes.
    fn check(&self, plan: &Plan) -> Result<(), JobError>;

    /// Samples of a split.
    fn count(&self, split: Split) -> u32;

    fn class(&self, split: Split, sample: u32) -> u32;

    /// One sample as the network sees it, [channel, row, col]; `room` is of that size, and is used where the sample is not
    /// held as it is.
    fn image<'a>(&'a self, split: Split, sample: u32, room: &'a mut [f32]) -> &'a [f32];

    /// The order in which the training samples come in an epoch.
    fn order(&self, epoch: u32) -> Vec<u32>;
}

/// D(v) under one seed, its training samples held.
pub struct Separated {
    samples: Samples,
    /// [sample][D]
    train: Vec<f32>,
}

impl Separated {
    pub fn new(samples: Samples) -> Separated {
        // Before memory is taken for samples of any number.
        let train = match samples.task.check() {
            Ok(()) => images(&samples, Split::Train, 0..samples.task.n_train),
            Err(_) => Vec::new(),
        };
        Separated { samples, train }
    }

    pub fn samples(&self) -> &Samples {
        &self.samples
    }
}

impl Data for Separated {
    fn check(&self, plan: &Plan) -> Result<(), JobError> {
        self.samples.task.check().map_err(JobError::new)?;
        check(plan, &self.samples)
    }

    fn count(&self, split: Split) -> u32 {
        match split {
            Split::Train => self.samples.task.n_train,
            Split::Test => self.samples.task.n_test,
        }
    }

    fn class(&self, _: Split, sample: u32) -> u32 {
        Samples::class(sample)
    }

    fn image<'a>(&'a self, split: Split, sample: u32, room: &'a mut [f32]) -> &'a [f32] {
        let d = room.len();
        match split {
            Split::Train => &self.train[sample as usize * d..][..d],
            Split::Test => {
                fill(&self.samples, split, sample..sample + 1, room);
                room
            }
        }
    }

    fn order(&self, epoch: u32) -> Vec<u32> {
        self.samples.order(epoch)
    }
}

/// # Errors
/// A plan that does not fit the task, or a direction that is no unit vector.
pub(crate) fn check(plan: &Plan, samples: &Samples) -> Result<(), JobError> {
    if plan.outputs != 2 || plan.input.channels != 1 {
        return Err(JobError::new(format!(
            "a network with {} input channel(s) and {} output(s), expected 1 and 2: D(v) has one channel and two classes",
            plan.input.channels, plan.outputs
        )));
    }
    let d = samples.direction().len();
    if plan.input.len() != d {
        return Err(JobError::new(format!(
            "a direction of {d} numbers, expected {}: one for each pixel of {} x {}",
            plan.input.len(),
            plan.input.rows,
            plan.input.cols
        )));
    }
    let norm = samples.direction().iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
    if norm.is_nan() || (norm - 1.0).abs() >= 1e-3 {
        return Err(JobError::new(format!("a direction of length {norm}, expected a unit vector")));
    }
    Ok(())
}

/// Samples of a split of D(v), [sample][D].
pub fn images(samples: &Samples, split: Split, which: std::ops::Range<u32>) -> Vec<f32> {
    let mut out = vec![0.0; samples.direction().len() * which.len()];
    fill(samples, split, which, &mut out);
    out
}

fn fill(samples: &Samples, split: Split, which: std::ops::Range<u32>, out: &mut [f32]) {
    struct Fill<'a> {
        samples: &'a Samples,
        split: Split,
        which: std::ops::Range<u32>,
        out: &'a mut [f32],
    }
    impl WithSimd for Fill<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) {
            let d = self.samples.direction().len();
            for (i, out) in self.which.zip(self.out.chunks_exact_mut(d)) {
                self.samples.fill(self.split, i, out);
            }
        }
    }
    // Chosen at run time: the widest vector instructions of this processor.
    pulp::Arch::new().dispatch(Fill { samples, split, which, out });
}
