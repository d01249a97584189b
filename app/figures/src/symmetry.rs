//! Words for the symmetry types of NADs: the representations of `nads_core::basis`, as a reader sees them.

/// In a word or two; empty where no symmetry was averaged over.
pub fn kind(label: &str) -> &'static str {
    match label {
        "A1" | "symmetric" => "even",
        "A2" | "antisymmetric" => "odd",
        "B1" => "axial",
        "B2" => "diagonal",
        "E" => "rotation pair",
        _ => "",
    }
}

/// What a symmetry type means.
pub fn explanation(label: &str) -> &'static str {
    match label {
        "A1" => "unchanged by every flip and rotation",
        "A2" => "changes sign under flips and under transposition",
        "B1" => {
            "unchanged by flips, changes sign under transposition: one sign along one axis, the other along the other"
        }
        "B2" => "changes sign under flips, unchanged by transposition: one sign on each diagonal",
        "E" => "odd along one axis, even along the other; a quarter turn makes it the second of its pair",
        "symmetric" => "unchanged by transposition",
        "antisymmetric" => "changes sign under transposition",
        _ => "the average was not taken over symmetries",
    }
}

#[cfg(test)]
mod tests {
    use nads_core::{
        basis::Basis,
        grid::{Grid, Isometry, Symmetry},
    };

    use super::*;

    /// The words are checked on the fields themselves: (flip of rows, flip of columns, transposition), each +1, -1 or 0.
    #[test]
    fn words_say_what_isometries_do() {
        let grid = Grid { rows: 6, cols: 6 };
        let expected = [
            ("A1", (1, 1, 1)),
            ("A2", (-1, -1, -1)),
            ("B1", (1, 1, -1)),
            ("B2", (-1, -1, 1)),
            ("E", (-1, 1, 0)),
        ];
        let basis = Basis::new(grid, Symmetry::D4);
        for (b, block) in basis.blocks().iter().enumerate() {
            let coefficients: Vec<f32> = (0..block.size).map(|i| 1.0 + (i as f32).sin()).collect();
            let field = basis.lift(b, 0, &coefficients);
            let sign = |isometry: Isometry| {
                let moved = isometry.permute(grid, &field);
                let same = |s: f32| moved.iter().zip(&field).all(|(a, b)| (a - s * b).abs() < 1e-5);
                if same(1.0) {
                    1
                } else if same(-1.0) {
                    -1
                } else {
                    0
                }
            };
            let flip = |rows: bool| Isometry { flip_rows: rows, flip_cols: !rows, ..Isometry::IDENTITY };
            let found = (sign(flip(true)), sign(flip(false)), sign(Isometry::TRANSPOSE));
            assert!(expected.contains(&(block.label, found)), "{} {found:?}", block.label);
            assert!(!kind(block.label).is_empty() && !explanation(block.label).contains("not taken"));
        }
        // A quarter turn of the first copy of E is the second one, up to sign.
        let e = basis.blocks().iter().position(|block| block.copies == 2).unwrap();
        let coefficients = vec![1.0; basis.blocks()[e].size];
        let turn = Isometry { transpose: true, flip_rows: true, flip_cols: false };
        let (turned, second) =
            (turn.permute(grid, &basis.lift(e, 0, &coefficients)), basis.lift(e, 1, &coefficients));
        let same = |s: f32| turned.iter().zip(&second).all(|(a, b)| (a - s * b).abs() < 1e-5);
        assert!(same(1.0) || same(-1.0));
    }
}
