//! Which vector instructions the executor uses: found on the machine, never assumed by the build.

use pulp::{Simd, WithSimd};

/// A set of vector instructions that this machine has (the only way to get one is to ask for what is there).
#[derive(Clone, Copy, Debug)]
pub struct Level(Kind);

#[derive(Clone, Copy, Debug)]
enum Kind {
    #[cfg(target_arch = "x86_64")]
    Avx512(pulp::x86::V4),
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    #[cfg(target_arch = "x86_64")]
    Sse4(pulp::x86::V2),
    #[cfg(target_arch = "aarch64")]
    Neon(pulp::aarch64::Neon),
    #[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
    RelaxedSimd(pulp::wasm::RelaxedSimd),
    #[cfg(target_arch = "wasm32")]
    Simd128(pulp::wasm::Simd128),
    Scalar(pulp::Scalar),
}

impl Level {
    /// The fastest level of this machine.
    pub fn best() -> Level {
        Level::available()[0]
    }

    /// All levels of this machine, the fastest first; the last is always plain scalar code.
    pub fn available() -> Vec<Level> {
        let mut found = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            found.extend(pulp::x86::V4::try_new().map(Kind::Avx512));
            found.extend(pulp::x86::V3::try_new().map(Kind::Avx2));
            found.extend(pulp::x86::V2::try_new().map(Kind::Sse4));
        }
        #[cfg(target_arch = "aarch64")]
        found.extend(pulp::aarch64::Neon::try_new().map(Kind::Neon));
        #[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
        found.extend(pulp::wasm::RelaxedSimd::try_new().map(Kind::RelaxedSimd));
        #[cfg(target_arch = "wasm32")]
        found.extend(pulp::wasm::Simd128::try_new().map(Kind::Simd128));
        found.push(Kind::Scalar(pulp::Scalar::new()));
        found.into_iter().map(Level).collect()
    }

    /// The level of this name, if this machine has it.
    pub fn named(name: &str) -> Option<Level> {
        Level::available().into_iter().find(|level| level.name() == name)
    }

    /// The name that goes into the provenance.
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(_) => "AVX-512",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(_) => "AVX2+FMA",
            #[cfg(target_arch = "x86_64")]
            Kind::Sse4(_) => "SSE4",
            #[cfg(target_arch = "aarch64")]
            Kind::Neon(_) => "NEON",
            #[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
            Kind::RelaxedSimd(_) => "wasm relaxed SIMD",
            #[cfg(target_arch = "wasm32")]
            Kind::Simd128(_) => "wasm SIMD",
            Kind::Scalar(_) => "scalar",
        }
    }

    /// Numbers (f32) in one vector.
    pub fn lanes(self) -> usize {
        struct Lanes;
        impl WithSimd for Lanes {
            type Output = usize;
            fn with_simd<S: Simd>(self, _: S) -> usize {
                S::F32_LANES
            }
        }
        self.run(Lanes)
    }

    /// Runs `op` compiled for this level.
    #[inline]
    pub(crate) fn run<Op: WithSimd>(self, op: Op) -> Op::Output {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(simd) => Simd::vectorize(simd, op),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(simd) => Simd::vectorize(simd, op),
            #[cfg(target_arch = "x86_64")]
            Kind::Sse4(simd) => Simd::vectorize(simd, op),
            #[cfg(target_arch = "aarch64")]
            Kind::Neon(simd) => Simd::vectorize(simd, op),
            #[cfg(all(target_arch = "wasm32", feature = "relaxed-simd"))]
            Kind::RelaxedSimd(simd) => Simd::vectorize(simd, op),
            #[cfg(target_arch = "wasm32")]
            Kind::Simd128(simd) => Simd::vectorize(simd, op),
            Kind::Scalar(simd) => Simd::vectorize(simd, op),
        }
    }
}

/// a b + c, fused where that is fast.
#[inline(always)]
pub(crate) fn multiply_add<S: Simd>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
    // pulp emulates the fused operation on SSE4 in software, two orders of magnitude slower.
    #[cfg(target_arch = "x86_64")]
    if std::any::TypeId::of::<S>() == std::any::TypeId::of::<pulp::x86::V2>() {
        return simd.add_f32s(simd.mul_f32s(a, b), c);
    }
    simd.mul_add_e_f32s(a, b, c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_level_comes_first() {
        let lanes: Vec<usize> = Level::available().into_iter().map(Level::lanes).collect();
        assert!(lanes.is_sorted_by(|a, b| a >= b));
        assert_eq!(lanes.last(), Some(&1));
        for level in Level::available() {
            assert_eq!(Level::named(level.name()).map(Level::name), Some(level.name()));
        }
        assert!(Level::named("abacus").is_none());
    }
}
