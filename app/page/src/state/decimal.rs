//! A number with at most three decimals: as exact as its text, so that states can be compared and links say them back.

use std::fmt;

/// In thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(pub u32);

impl Decimal {
    /// The nearest one; of a number that is not negative.
    pub fn of(x: f32) -> Decimal {
        Decimal((1000.0 * f64::from(x)).round() as u32)
    }

    pub fn value(self) -> f32 {
        (f64::from(self.0) / 1000.0) as f32
    }

    /// Digits with at most one point; further decimals are cut. By hand: the standard library's reader of floating-point numbers
    /// would bring 10 kB of tables onto the page.
    ///
    /// # Errors
    /// What was expected: a number of this range.
    pub fn parse(text: &str, least: Decimal, most: Decimal) -> Result<Decimal, String> {
        let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
        let is_number = text.bytes().any(|b| b.is_ascii_digit())
            && whole.bytes().chain(rest.bytes()).all(|b| b.is_ascii_digit());
        let thousandths = || {
            let decimals = rest.bytes().chain(*b"000").take(3);
            whole
                .bytes()
                .chain(decimals)
                .try_fold(0_u32, |sum, b| sum.checked_mul(10)?.checked_add(u32::from(b - b'0')))
        };
        let found = is_number.then(thousandths).flatten().map(Decimal);
        found.filter(|x| (least..=most).contains(x)).ok_or_else(|| format!("a number from {least} to {most}"))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 1000, self.0 % 1000);
        match rest {
            0 => write!(f, "{whole}"),
            _ => write!(f, "{}", format!("{whole}.{rest:03}").trim_end_matches('0')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_as_they_are_written() {
        let (least, most) = (Decimal(1), Decimal(1_000_000));
        for (text, written) in
            [("0.5", "0.5"), ("3", "3"), (".25", "0.25"), ("10.", "10"), ("0.0014", "0.001")]
        {
            let found = Decimal::parse(text, least, most).unwrap();
            assert_eq!(found.to_string(), written);
            assert_eq!(Decimal::parse(written, least, most), Ok(found));
        }
        for wrong in ["", "0", "-1", "NaN", "1e1", ".", "1.2.3", "1000.1", "99999999999", "x"] {
            assert_eq!(
                Decimal::parse(wrong, least, most),
                Err("a number from 0.001 to 1000".to_owned()),
                "{wrong}"
            );
        }
        assert_eq!(Decimal(500).value(), 0.5);
    }
}
