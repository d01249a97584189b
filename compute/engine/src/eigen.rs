//! The eigenproblem of a covariance, block by block: G u = lambda u, eigenvalues falling.

use faer::{Mat, Side};
use nads_core::{basis::Basis, nads::BlockEigen, protocol::event::JobError};

/// Eigenpairs of every block of a packed covariance.
///
/// # Errors
/// If an entry is not finite, or the iteration does not converge.
pub fn solve(basis: &Basis, packed: &[f64]) -> Result<Vec<BlockEigen>, JobError> {
    blocks(basis, packed)?
        .into_iter()
        .map(|matrix| {
            let eigen = matrix.self_adjoint_eigen(Side::Lower).map_err(|_| not_converged())?;
            let size = matrix.nrows();
            let values = eigen.S().column_vector();
            let mut vectors = Vec::with_capacity(size * size);
            // faer's eigenvalues rise.
            for column in (0..size).rev() {
                vectors.extend(eigen.U().col(column).iter().map(|&x| x as f32));
            }
            Ok(BlockEigen { values: values.iter().rev().copied().collect(), vectors })
        })
        .collect()
}

/// Eigenvalues of every block, falling; cheaper than [`solve`].
///
/// # Errors
/// As [`solve`].
pub fn values(basis: &Basis, packed: &[f64]) -> Result<Vec<Vec<f64>>, JobError> {
    blocks(basis, packed)?
        .into_iter()
        .map(|matrix| {
            let mut values = matrix.self_adjoint_eigenvalues(Side::Lower).map_err(|_| not_converged())?;
            values.reverse(); // faer's eigenvalues rise
            Ok(values)
        })
        .collect()
}

/// The blocks as matrices; only their lower triangles are filled.
fn blocks(basis: &Basis, packed: &[f64]) -> Result<Vec<Mat<f64>>, JobError> {
    if packed.iter().any(|x| !x.is_finite()) {
        return Err(JobError::new(
            "the gradient covariance is not finite: this network's outputs overflow at initialisation",
        ));
    }
    let mut rest = packed;
    Ok(basis
        .blocks()
        .iter()
        .map(|block| {
            let (triangle, after) = rest.split_at(block.size * (block.size + 1) / 2);
            rest = after;
            Mat::from_fn(
                block.size,
                block.size,
                |i, j| if j <= i { triangle[i * (i + 1) / 2 + j] } else { 0.0 },
            )
        })
        .collect())
}

fn not_converged() -> JobError {
    JobError::new("the eigenproblem of the gradient covariance did not converge")
}
