//! Logarithm and circle functions in f32, in operations that compilers turn into vector instructions.

/// ln x for 0 < x <= 1, normal numbers; relative error below 2e-7.
///
/// # Source
/// Cephes, `logf`: x = m 2^e with sqrt(1/2) <= m < sqrt 2, a polynomial in m - 1.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    let bits = x.to_bits();
    // Halves whose mantissa lies above sqrt 2 go up by one exponent.
    let shifted = bits.wrapping_add(0x3F80_0000 - 0x3F35_04F3);
    let e = (shifted >> 23) as i32 - 127;
    let m = f32::from_bits((shifted & 0x007F_FFFF).wrapping_add(0x3F35_04F3));
    let y = m - 1.0;
    let z = y * y;
    let mut p = 7.037_683_6e-2;
    for c in [
        -1.151_461e-1,
        1.167_699_9e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_5e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ] {
        p = p * y + c;
    }
    let e = e as f32;
    // ln 2 in two parts, so that e times the larger is exact.
    y + (p * y * z - 2.121_944_4e-4 * e - 0.5 * z) + 0.693_359_4 * e
}

/// (sin, cos) of 2 pi `turns` for 0 <= turns < 1; absolute error below 2e-7.
///
/// # Source
/// Cephes, `sinf` and `cosf`: the nearest quarter turn, and polynomials on an eighth of a turn to both sides.
#[inline(always)]
pub fn sin_cos_turns(turns: f32) -> (f32, f32) {
    let quarter = (4.0 * turns).round_ties_even();
    // Exact: both are multiples of 2^-22 below 1.
    let a = (4.0 * turns - quarter) * std::f32::consts::FRAC_PI_2;
    let z = a * a;
    let sin = a + a * z * (-1.666_665_5e-1 + z * (8.332_161e-3 - z * 1.951_529_6e-4));
    let cos = 1.0 - 0.5 * z + z * z * (4.166_664_6e-2 + z * (-1.388_731_6e-3 + z * 2.443_315_7e-5));
    let q = quarter as i32;
    let (s, c) = if q & 1 == 0 { (sin, cos) } else { (cos, sin) };
    let s = if q & 2 == 0 { s } else { -s };
    let c = if (q + 1) & 2 == 0 { c } else { -c };
    (s, c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_the_functions_everywhere() {
        for i in 0..200_000_u32 {
            let x = (i * 83 + 1) as f32 / (1 << 24) as f32;
            let (found, expected) = (f64::from(ln(x)), f64::from(x).ln());
            assert!(
                (found - expected).abs() <= 2e-7 * expected.abs().max(1e-6),
                "ln {x}: {found}, {expected}"
            );
            let turns = (i * 83) as f32 / (1 << 24) as f32;
            let (s, c) = sin_cos_turns(turns);
            let (sin, cos) = (std::f64::consts::TAU * f64::from(turns)).sin_cos();
            assert!(
                (f64::from(s) - sin).abs() < 2e-7 && (f64::from(c) - cos).abs() < 2e-7,
                "{turns}: {s} {c}"
            );
        }
        assert_eq!(ln(1.0), 0.0);
    }
}
