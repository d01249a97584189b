//! Which numbers dropout keeps in training: drawn by address, so the same for any executor, batch and order.

use nads_core::seed::{DROPOUT, Stream};

/// The masks of one network, from the first image of a batch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Masks {
    pub seed: u64,
    pub network: u64,
    /// Images that the network saw before in training.
    pub seen: u64,
}

impl Masks {
    /// Factors of image `image` of the batch in the dropout layer number `layer`, counted in the order of the text:
    /// 0 with `probability`, else 1 / (1 - probability).
    pub fn fill(self, layer: u32, image: usize, probability: f32, out: &mut [f32]) {
        let stream = Stream::new(self.seed, DROPOUT + layer, self.network);
        let (kept, blocks) = (1.0 / (1.0 - probability), out.len().div_ceil(4) as u64);
        // Blocks are counted in 32 bits: after 2^32 of them the masks begin anew.
        let first = ((self.seen + image as u64) * blocks) as u32;
        for (block, four) in (0..).zip(out.chunks_mut(4)) {
            for (out, word) in four.iter_mut().zip(stream.block(first.wrapping_add(block))) {
                let u = (word >> 8) as f32 / (1 << 24) as f32;
                *out = if u < probability { 0.0 } else { kept };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_keep_as_many_as_they_should_whatever_the_batch() {
        let masks = Masks { seed: 1, network: 7, seen: 10 };
        let of = |masks: Masks, layer, image| {
            let mut out = vec![0.0; 4002];
            masks.fill(layer, image, 0.2, &mut out);
            out
        };
        let mask = of(masks, 0, 3);
        let kept = mask.iter().filter(|&&x| x == 1.25).count();
        assert_eq!(kept + mask.iter().filter(|&&x| x == 0.0).count(), 4002);
        assert!((kept as f64 / 4002.0 - 0.8).abs() < 5.0 * (0.16_f64 / 4002.0).sqrt(), "{kept}");
        // The thirteenth image is the same wherever its batch begins; another layer, image or network is not.
        assert_eq!(mask, of(Masks { seen: 13, ..masks }, 0, 0));
        for other in [of(masks, 1, 3), of(masks, 0, 4), of(Masks { network: 8, ..masks }, 0, 3)] {
            let same = mask.iter().zip(&other).filter(|(a, b)| a == b).count();
            assert!((2500..3000).contains(&same), "{same}");
        }
    }
}
