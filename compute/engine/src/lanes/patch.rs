//! Where a single excited pixel is visible: patches, and which of them are equal.
//!
//! A single-pixel image excites only a patch of every activation. Convolution and pooling windows are products of a row
//! window and a column window, so patches are too, and one axis at a time says everything: pixels whose patches
//! differ by a shift only form a *class*, and a layer's response is computed once for each (row class, column class).
//! On LeNet the first pooling has 10 classes an axis instead of 32, so 100 patches instead of 1024.
//!
//! A class is identified by all that the layer's response depends on: the class of its input patch, where the plane's
//! edges clip it, and how it lies to the layer's windows. Equal keys are interned as one class.

use std::ops::Range;

/// The patches of one activation along one axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Length of the whole activation, the plane.
    pub plane: usize,
    /// For every pixel coordinate of the input image, the patch that it excites.
    pub patches: Vec<Patch>,
    /// Length of the patch, for every class.
    pub lengths: Vec<usize>,
}

/// The patch of one pixel: plane coordinates `origin .. origin + lengths[class]`, possibly beyond the plane's edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Patch {
    pub class: usize,
    pub origin: isize,
}

/// A window that slides along an axis: of a convolution or a pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sliding {
    pub kernel: usize,
    pub stride: usize,
    pub pad: usize,
    pub dilation: usize,
    /// Length of the output plane.
    pub outputs: usize,
}

/// How one class of output patches of a convolution comes from a class of input patches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConvClass {
    pub input: usize,
    /// The part of the input patch inside the plane: `first .. first + length`.
    pub first: usize,
    pub length: usize,
    /// Where the first output's window starts, seen from `first`.
    pub window: isize,
    pub outputs: usize,
}

/// How one class of output patches of a pooling comes from a class of input patches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PoolClass {
    pub input: usize,
    pub outputs: Vec<PoolWindow>,
}

/// Coordinates `first .. first + length` of the input patch that one pooling window covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PoolWindow {
    pub first: usize,
    pub length: usize,
    /// The window also covers zeros: coordinates of the plane outside the patch.
    pub zeros: bool,
}

/// The part of the plane that a pixel's patch covers: `start .. start + length`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    pub start: usize,
    pub length: usize,
    /// Coordinate in the patch of plane coordinate `start`.
    pub first: usize,
    pub class: usize,
}

impl Axis {
    /// The input image: every pixel is a patch of length one.
    pub fn image(plane: usize) -> Axis {
        let patches = (0..plane).map(|i| Patch { class: 0, origin: i as isize }).collect();
        Axis { plane, patches, lengths: vec![1] }
    }

    /// So many images that are not patches: each is a whole plane of its own.
    pub fn images(count: usize, plane: usize) -> Axis {
        let patches = (0..count).map(|class| Patch { class, origin: 0 }).collect();
        Axis { plane, patches, lengths: vec![plane; count] }
    }

    /// Some of the pixel coordinates, and the class here that each class of theirs is.
    pub fn some(&self, pixels: Range<usize>) -> (Axis, Vec<usize>) {
        let mut classes = Vec::new();
        let patches = self.patches[pixels].iter().map(|patch| {
            let class = classes.iter().position(|&c| c == patch.class).unwrap_or_else(|| {
                classes.push(patch.class);
                classes.len() - 1
            });
            Patch { class, ..*patch }
        });
        let patches = patches.collect();
        let lengths = classes.iter().map(|&class| self.lengths[class]).collect();
        (Axis { plane: self.plane, patches, lengths }, classes)
    }

    /// The patch of every pixel coordinate, clipped to the plane.
    pub fn spans(&self) -> Vec<Span> {
        self.patches
            .iter()
            .map(|&Patch { class, origin }| {
                let start = origin.clamp(0, self.plane as isize);
                let end = (origin + self.lengths[class] as isize).clamp(start, self.plane as isize);
                let (start, length) = (start as usize, (end - start) as usize);
                Span { start, length, first: (start as isize - origin).max(0) as usize, class }
            })
            .collect()
    }

    /// Patches after a convolution with zero padding.
    ///
    /// The output patch holds every output whose window touches the input patch. Outputs beyond the output plane are
    /// kept (the next layer clips them) where that makes fewer classes worth the longer patches.
    pub fn conv(&self, window: Sliding) -> (Axis, Vec<ConvClass>) {
        let (all, clipped) = (self.conv_outputs(window, false), self.conv_outputs(window, true));
        let work = |axis: &Axis| axis.lengths.iter().sum::<usize>();
        if work(&all.0) <= work(&clipped.0) { all } else { clipped }
    }

    fn conv_outputs(&self, window: Sliding, clip: bool) -> (Axis, Vec<ConvClass>) {
        let Sliding { kernel, stride, pad, dilation, outputs } = window;
        let (stride, pad) = (stride as isize, pad as isize);
        let reach = ((kernel - 1) * dilation) as isize;
        self.map(outputs, |span| {
            let (start, length) = (span.start as isize, span.length as isize);
            // Output q sees start .. start + length if q * stride - pad .. + reach meets it.
            let mut first = (start + pad - reach).div_euclid(stride);
            if (start + pad - reach).rem_euclid(stride) != 0 {
                first += 1;
            }
            let mut end = (start + length - 1 + pad).div_euclid(stride) + 1;
            if clip {
                (first, end) = (first.max(0), end.min(outputs as isize));
            }
            let count = if length == 0 { 0 } else { (end - first).max(0) };
            let class = ConvClass {
                input: span.class,
                first: span.first,
                length: span.length,
                window: first * stride - pad - start,
                outputs: count as usize,
            };
            (class, first, count as usize)
        })
    }

    /// Patches after a pooling, clipped to the output plane.
    pub fn pool(&self, window: Sliding) -> (Axis, Vec<PoolClass>) {
        let Sliding { kernel, stride, pad, outputs, .. } = window;
        self.map(outputs, |span| {
            let covers = |q: usize| {
                let start = (q * stride) as isize - pad as isize;
                let plane =
                    (start.max(0) as usize, (start + kernel as isize).clamp(0, self.plane as isize) as usize);
                let patch = (plane.0.max(span.start), plane.1.min(span.start + span.length));
                (patch.0 < patch.1).then(|| PoolWindow {
                    first: span.first + patch.0 - span.start,
                    length: patch.1 - patch.0,
                    zeros: plane.1 - plane.0 > patch.1 - patch.0,
                })
            };
            // A stride longer than the kernel leaves gaps, so outputs that see the patch are still adjacent.
            let first = (0..outputs).find(|&q| covers(q).is_some()).unwrap_or(0);
            let windows: Vec<PoolWindow> = (first..outputs).map_while(covers).collect();
            let count = windows.len();
            (PoolClass { input: span.class, outputs: windows }, first as isize, count)
        })
    }

    fn map<C: PartialEq>(&self, plane: usize, respond: impl Fn(Span) -> (C, isize, usize)) -> (Axis, Vec<C>) {
        Axis::interned(plane, self.spans().into_iter().map(respond))
    }

    /// From (key, origin, length) of every pixel coordinate: equal keys are one class.
    pub fn interned<C: PartialEq>(
        plane: usize,
        responses: impl Iterator<Item = (C, isize, usize)>,
    ) -> (Axis, Vec<C>) {
        let (mut classes, mut lengths) = (Vec::new(), Vec::new());
        let mut patches = Vec::new();
        for (key, origin, length) in responses {
            let class = classes.iter().position(|c| *c == key).unwrap_or_else(|| {
                classes.push(key);
                lengths.push(length);
                classes.len() - 1
            });
            patches.push(Patch { class, origin });
        }
        (Axis { plane, patches, lengths }, classes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sliding(kernel: usize, stride: usize, outputs: usize) -> Sliding {
        Sliding { kernel, stride, pad: 0, dilation: 1, outputs }
    }

    /// LeNet on 32 pixels: one class after the first convolution, ten after the first pooling and the second convolution.
    #[test]
    fn lenet_has_ten_border_classes() {
        let (conv1, _) = Axis::image(32).conv(sliding(5, 1, 28));
        assert_eq!(conv1.lengths, [5]);
        let (pool1, _) = conv1.pool(sliding(2, 2, 14));
        assert_eq!(pool1.lengths, [1, 1, 2, 2, 3, 3, 2, 2, 1, 1]);
        let (conv2, _) = pool1.conv(sliding(5, 1, 10));
        assert_eq!(conv2.lengths, [5, 5, 6, 6, 7, 7, 6, 6, 5, 5]);
        let (pool2, _) = conv2.pool(sliding(2, 2, 5));
        assert_eq!(pool2.lengths.iter().max(), Some(&4));
        assert!(pool2.spans().iter().all(|s| s.length > 0 && s.start + s.length <= 5));
    }

    #[test]
    fn strides_longer_than_the_kernel_leave_pixels_unseen() {
        let (axis, _) = Axis::image(7).conv(sliding(1, 3, 3));
        let seen: Vec<usize> = axis.spans().iter().map(|s| s.length).collect();
        assert_eq!(seen, [1, 0, 0, 1, 0, 0, 1]);
    }
}
