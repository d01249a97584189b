//! Rank correlation: whether one list rises with another, whatever the shape of the curve.

/// Spearman's coefficient: Pearson's correlation of the ranks, equal values sharing their mean rank. `None` with fewer than
/// three pairs, or where all values of a list are equal.
pub fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    if pairs.len() < 3 {
        return None;
    }
    let x = ranks(pairs.iter().map(|pair| pair.0).collect());
    let y = ranks(pairs.iter().map(|pair| pair.1).collect());
    // Ranks of any list have this mean, shared or not.
    let mean = (pairs.len() as f64 - 1.0) / 2.0;
    let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>();
    let norm = (sum(&x, &x) * sum(&y, &y)).sqrt();
    (norm > 0.0).then(|| sum(&x, &y) / norm)
}

/// From 0.
fn ranks(values: Vec<f64>) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let equal = order[from..].iter().take_while(|&&i| values[i] == values[order[from]]).count().max(1);
        for &i in &order[from..from + equal] {
            ranks[i] = from as f64 + (equal as f64 - 1.0) / 2.0;
        }
        from += equal;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_alone_counts() {
        let rising = [(1.0, 1.0), (2.0, 10.0), (3.0, 1000.0), (4.0, 1001.0)];
        assert_eq!(spearman(&rising), Some(1.0));
        assert_eq!(spearman(&rising.map(|(x, y)| (x, -y))), Some(-1.0));
        // 1 - 6 sum d^2 / (n (n^2 - 1)) without ties: ranks 0 1 2 3 and 1 0 3 2.
        let mixed = [(1.0, 2.0), (2.0, 1.0), (3.0, 4.0), (4.0, 3.0)];
        assert!((spearman(&mixed).unwrap() - 0.6).abs() < 1e-12);
    }

    #[test]
    fn equal_values_share_a_rank() {
        assert_eq!(ranks(vec![5.0, 1.0, 5.0, 7.0]), [1.5, 0.0, 1.5, 3.0]);
        assert_eq!(spearman(&[(1.0, 2.0), (2.0, 2.0), (3.0, 2.0)]), None);
        assert_eq!(spearman(&[(1.0, 2.0), (2.0, 3.0)]), None);
    }
}
