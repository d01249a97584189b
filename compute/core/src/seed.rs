//! The random numbers of the project: Philox4x32-10, a function from a counter to four 32-bit words.
//!
//! A number's place in the sequence is its address, so any element of any parameter of any network can be drawn alone:
//! the weights of network i under a seed are the same whatever the batch, the order, the worker or the back end.
//!
//! | | word 0 | word 1 | word 2 | word 3 |
//! |---|---|---|---|---|
//! | key | seed, low | seed, high | | |
//! | counter | block | parameter ordinal | network, low | network, high |
//!
//! Element e of a parameter uses word e mod 4 of block e div 4. With a word x:
//! - uniform u = (x >> 8) 2^-24, in [0, 1);
//! - U(-b, b): (2u - 1) b in f32, where 2u - 1 is exact;
//! - N(0, sd^2): the words x, y of a pair (0, 1) or (2, 3) give r cos t and r sin t with r = sd sqrt(-2 ln(u_x + 2^-24)),
//!   t = 2 pi u_y, in f64 with `libm` (the same natively and in WebAssembly), rounded to f32 once.
//!
//! [`Stream::fill_noise`] follows the law of N(0, sd^2) too, in f32 with approximations that are good to 3e-7 sd: noise is
//! drawn by the hundred million.
//!
//! Parameter ordinals below [`RESERVED`] are indices into `Plan::parameters`; the others address other streams.
//!
//! # Source
//! Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3. SC 2011.

use std::f64::consts::TAU;

/// First ordinal that is no parameter of a network.
pub const RESERVED: u32 = 0x8000_0000;
/// The point x0 ~ N(0, I) at which `secant` and `gradient` look; network 0.
pub const POINT: u32 = RESERVED;
/// A random direction v; network 0.
pub const DIRECTION: u32 = RESERVED + 1;
/// Noise of the training samples of a task; the network's number is that of the run times 2^32 plus that of the sample.
pub const TRAIN: u32 = RESERVED + 2;
/// Noise of the test samples, addressed in the same way.
pub const TEST: u32 = RESERVED + 3;
/// Order of the training samples; the network's number is that of the run times 2^32 plus that of the epoch.
pub const ORDER: u32 = RESERVED + 4;
/// Masks of the first dropout layer of a network in training; those of the others follow.
pub const DROPOUT: u32 = RESERVED + 0x1000;

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// Golden ratio and sqrt 3 - 1: added to the key after each round.
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;
const UNIT: f32 = 1.0 / (1 << 24) as f32;

/// Blocks that are computed together, so that the compiler uses vector instructions.
const LANES: usize = 16;
const CHUNK: usize = 4 * LANES;

/// The network's number under which sample or epoch `within` of a run is addressed.
pub fn address(run: u32, within: u32) -> u64 {
    u64::from(run) << 32 | u64::from(within)
}

/// The order in which `n` training samples of a run come in an epoch (Fisher and Yates).
pub fn order(seed: u64, run: u32, epoch: u32, n: u32) -> Vec<u32> {
    let stream = Stream::new(seed, ORDER, address(run, epoch));
    let mut order: Vec<u32> = (0..n).collect();
    let mut words = (0..).flat_map(|block| stream.block(block));
    for left in (1..n).rev() {
        // Of 0 ..= left; the bias of a 32-bit word is below 3e-4 for a million samples.
        let word = u64::from(words.next().unwrap_or_default());
        order.swap(left as usize, ((word * (u64::from(left) + 1)) >> 32) as usize);
    }
    order
}

/// One sequence of random numbers: one parameter of one network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    key: [u32; 2],
    ordinal: u32,
    network: u64,
}

impl Stream {
    /// The numbers of parameter `ordinal` of `network` under `seed`.
    pub fn new(seed: u64, ordinal: u32, network: u64) -> Stream {
        Stream { key: [seed as u32, (seed >> 32) as u32], ordinal, network }
    }

    /// The four words of one block.
    pub fn block(&self, block: u32) -> [u32; 4] {
        philox4x32(self.key, [block, self.ordinal, self.network as u32, (self.network >> 32) as u32])
    }

    /// Fills `out` with elements 0, 1, ... of U(-bound, bound).
    ///
    /// Always inlined, so that a caller that is compiled for a newer processor makes this code so too.
    #[inline(always)]
    pub fn fill_uniform(&self, bound: f32, out: &mut [f32]) {
        let law = |word: u32| ((word >> 8) as f32 * (2.0 * UNIT) - 1.0) * bound;
        let (chunks, rest) = out.as_chunks_mut::<CHUNK>();
        let mut block = 0;
        for chunk in chunks {
            let words = self.blocks(block);
            for lane in 0..LANES {
                for word in 0..4 {
                    chunk[4 * lane + word] = law(words[word][lane]);
                }
            }
            block += LANES as u32;
        }
        for four in rest.chunks_mut(4) {
            for (out, word) in four.iter_mut().zip(self.block(block)) {
                *out = law(word);
            }
            block += 1;
        }
    }

    /// Fills `out` with elements 0, 1, ... of N(0, sd^2).
    pub fn fill_normal(&self, sd: f64, out: &mut [f32]) {
        for (block, four) in (0..).zip(out.chunks_mut(4)) {
            let words = self.block(block);
            for (pair, out) in four.chunks_mut(2).enumerate() {
                let [x, y] = [words[2 * pair], words[2 * pair + 1]].map(|w| f64::from(w >> 8));
                let r = sd * (-2.0 * libm::log((x + 1.0) * f64::from(UNIT))).sqrt();
                let (sin, cos) = libm::sincos(TAU * (y * f64::from(UNIT)));
                for (out, factor) in out.iter_mut().zip([cos, sin]) {
                    *out = (r * factor) as f32;
                }
            }
        }
    }

    /// Fills `out` with elements 0, 1, ... of N(0, sd^2) as [`Stream::fill_normal`] does, within 3e-7 sd of it, many times
    /// faster. Only sums, products and roots are used, each rounded once: the same bits on every machine.
    ///
    /// Always inlined, for the same reason as [`Stream::fill_uniform`].
    #[inline(always)]
    pub fn fill_noise(&self, sd: f32, out: &mut [f32]) {
        let mut block = 0;
        for chunk in out.chunks_mut(CHUNK) {
            let words = self.blocks(block);
            let mut values = [[0.0; LANES]; 4];
            for pair in [0, 2] {
                for lane in 0..LANES {
                    let [x, y] = [words[pair][lane] >> 8, words[pair + 1][lane] >> 8];
                    let r = sd * (-2.0 * crate::approximate::ln((x + 1) as f32 * UNIT)).sqrt();
                    let (sin, cos) = crate::approximate::sin_cos_turns(y as f32 * UNIT);
                    values[pair][lane] = r * cos;
                    values[pair + 1][lane] = r * sin;
                }
            }
            let mut ordered = [0.0; CHUNK];
            for lane in 0..LANES {
                for word in 0..4 {
                    ordered[4 * lane + word] = values[word][lane];
                }
            }
            chunk.copy_from_slice(&ordered[..chunk.len()]);
            block += LANES as u32;
        }
    }

    /// Words of the blocks `first .. first + LANES`, as `[word][lane]`.
    ///
    /// Words sit in 64-bit lanes, where a product of two of them is one vector instruction.
    #[inline(always)]
    fn blocks(&self, first: u32) -> [[u32; LANES]; 4] {
        const LOW: u64 = 0xFFFF_FFFF;
        let [m0, m1] = MULTIPLIERS.map(u64::from);
        let mut c0: [u64; LANES] = std::array::from_fn(|lane| u64::from(first.wrapping_add(lane as u32)));
        let mut c1 = [u64::from(self.ordinal); LANES];
        let mut c2 = [self.network & LOW; LANES];
        let mut c3 = [self.network >> 32; LANES];
        let mut key = self.key;
        for _ in 0..ROUNDS {
            let [k0, k1] = key.map(u64::from);
            for lane in 0..LANES {
                let a = m0 * (c0[lane] & LOW);
                let b = m1 * (c2[lane] & LOW);
                c0[lane] = (b >> 32) ^ c1[lane] ^ k0;
                c1[lane] = b & LOW;
                c2[lane] = (a >> 32) ^ c3[lane] ^ k1;
                c3[lane] = a & LOW;
            }
            key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        }
        [c0, c1, c2, c3].map(|c| c.map(|word| word as u32))
    }
}

#[inline(always)]
fn round(key: [u32; 2], c: [u32; 4]) -> [u32; 4] {
    let [a, b] = [u64::from(MULTIPLIERS[0]) * u64::from(c[0]), u64::from(MULTIPLIERS[1]) * u64::from(c[2])];
    [(b >> 32) as u32 ^ c[1] ^ key[0], b as u32, (a >> 32) as u32 ^ c[3] ^ key[1], a as u32]
}

/// Philox4x32-10.
fn philox4x32(mut key: [u32; 2], mut counter: [u32; 4]) -> [u32; 4] {
    for _ in 0..ROUNDS {
        counter = round(key, counter);
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers that its authors publish with the generator (Random123, `kat_vectors`).
    #[test]
    fn known_answers() {
        let ones = u32::MAX;
        let table = [
            ([0, 0], [0; 4], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([ones; 2], [ones; 4], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0xa409_3822, 0x299f_31d0],
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (key, counter, answer) in table {
            assert_eq!(philox4x32(key, counter), answer);
        }
    }

    #[test]
    fn noise_is_the_normal_law_in_f32() {
        let stream = Stream::new(5, TRAIN, 77);
        let (mut exact, mut fast) = (vec![0.0; 100_003], vec![0.0; 100_003]);
        stream.fill_normal(3.0, &mut exact);
        stream.fill_noise(3.0, &mut fast);
        let worst = exact.iter().zip(&fast).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 3.0 * 3e-7 * 5.0, "{worst}");
        let near = |x: f32| (x - 1.0).abs() < 0.02;
        let square = fast.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / fast.len() as f64;
        assert!(near(square as f32 / 9.0), "{square}");
    }

    #[test]
    fn key_and_counter_are_laid_out_as_documented() {
        let stream = Stream::new(0x299f_31d0_a409_3822, 0x85a3_08d3, 0x0370_7344_1319_8a2e);
        assert_eq!(stream.block(0x243f_6a88), [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
    }

    #[test]
    fn the_wide_path_is_the_narrow_one() {
        let stream = Stream::new(7, 3, 1 << 40);
        let wide = stream.blocks(5);
        for lane in 0..LANES {
            assert_eq!(stream.block(5 + lane as u32), std::array::from_fn(|word| wide[word][lane]));
        }
        for length in [0, 1, 3, 4, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 6] {
            let mut all = vec![0.0; length];
            stream.fill_uniform(0.25, &mut all);
            for (e, x) in all.iter().enumerate() {
                let u = f64::from(stream.block(e as u32 / 4)[e % 4] >> 8) / 16_777_216.0;
                assert_eq!(f64::from(*x), (2.0 * u - 1.0) * 0.25, "a power of two as bound: exact");
            }
        }
    }

    #[test]
    fn normals_have_their_moments_and_a_prefix_is_a_prefix() {
        let stream = Stream::new(1, POINT, 0);
        let mut x = vec![0.0; 100_001];
        stream.fill_normal(2.0, &mut x);
        let n = x.len() as f64;
        let moment = |power: i32| x.iter().map(|&x| f64::from(x).powi(power)).sum::<f64>() / n;
        // Five standard errors: sqrt(4/n), sqrt(2 4^2/n), sqrt(96 4^4/n).
        assert!(moment(1).abs() < 5.0 * (4.0 / n).sqrt());
        assert!((moment(2) - 4.0).abs() < 5.0 * (32.0 / n).sqrt());
        assert!((moment(4) - 48.0).abs() < 5.0 * (96.0 * 256.0 / n).sqrt());
        let mut prefix = vec![0.0; 7];
        stream.fill_normal(2.0, &mut prefix);
        assert_eq!(prefix, x[..7]);
        assert!(x.iter().all(|x| x.is_finite()));
    }

    #[test]
    fn uniforms_stay_within_their_bound() {
        let stream = Stream::new(9, 0, 0);
        let mut x = vec![0.0; 100_000];
        stream.fill_uniform(0.2, &mut x);
        assert!(x.iter().all(|x| x.abs() <= 0.2));
        let mean = x.iter().map(|&x| f64::from(x)).sum::<f64>() / 1e5;
        assert!(mean.abs() < 5.0 * 0.2 / 3_f64.sqrt() / 1e5_f64.sqrt());
    }
}
