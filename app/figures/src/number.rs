//! Numbers as text, the same on the page, in exported figures and on the command line.

/// Three significant digits, with a real minus sign: `0.0123`, `−4.56`, `1.2×10⁻⁵`.
pub fn value(x: f64) -> String {
    if x == 0.0 {
        return "0".into();
    }
    if !x.is_finite() {
        return "–".into();
    }
    let text = format!("{:.2e}", x.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = if (-3..=4).contains(&exponent) {
        trim_zeros(&format!("{:.*}", (2 - exponent).max(0) as usize, x.abs())).to_owned()
    } else {
        format!("{}×10{}", trim_zeros(mantissa), superscript(exponent))
    };
    if x < 0.0 { format!("−{digits}") } else { digits }
}

/// `0.567 ± 0.004`: an error is known to one digit.
pub fn with_error(x: f64, error: Option<f64>) -> String {
    match error.filter(|e| e.is_finite() && *e > 0.0) {
        Some(error) => {
            let unit = 10f64.powf(error.log10().floor());
            format!("{} ± {}", value(x), value((error / unit).round() * unit))
        }
        None => value(x),
    }
}

/// `10240` -> `10,240`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 seed`, `20 seeds`, `10,240 seeds`.
pub fn counted(n: u64, what: &str) -> String {
    format!("{} {what}{}", count(n), if n == 1 { "" } else { "s" })
}

/// A fraction in percent with one decimal: `0.804` -> `80.4 %`.
pub fn percent(fraction: f64) -> String {
    format!("{:.1} %", 100.0 * fraction)
}

/// An overlap or accuracy meter: `0.9871`; never rounded up to 1.
pub fn fraction(x: f64) -> String {
    if x < 1.0 && x > 0.99995 { "0.9999".into() } else { format!("{x:.4}") }
}

/// `0.42 s`, `12 s`, `3 min 5 s`, `2 h 10 min`.
pub fn duration(secs: f64) -> String {
    let whole = secs.round() as u64;
    match whole {
        0..10 => format!("{} s", trim_zeros(&format!("{secs:.*}", if secs < 1.0 { 2 } else { 1 }))),
        10..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

fn trim_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// `-12` -> `⁻¹²`.
pub fn superscript(n: i32) -> String {
    n.to_string()
        .chars()
        .map(|c| match c {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            '0' => '⁰',
            digit => char::from_u32(0x2070 + digit as u32 - '0' as u32).unwrap_or(digit),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_three_digits() {
        for (x, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (0.0123456, "0.0123"),
            (-4.5649, "−4.56"),
            (1234.5, "1234"),
            (99.96, "100"),
            (1.2e-5, "1.2×10⁻⁵"),
            (-6.02e23, "−6.02×10²³"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(value(x), text);
        }
    }

    #[test]
    fn counts_percents_durations() {
        assert_eq!([count(0), count(999), count(1000), count(1234567)], ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0, 1, 1024].map(|n| counted(n, "seed")), ["0 seeds", "1 seed", "1,024 seeds"]);
        assert_eq!(percent(0.8041), "80.4 %");
        assert_eq!([fraction(0.98765), fraction(0.999999), fraction(1.0)], ["0.9877", "0.9999", "1.0000"]);
        assert_eq!(
            [
                duration(0.0),
                duration(0.42),
                duration(2.04),
                duration(12.4),
                duration(185.0),
                duration(7800.0)
            ],
            ["0 s", "0.42 s", "2 s", "12 s", "3 min 5 s", "2 h 10 min"]
        );
    }
}
