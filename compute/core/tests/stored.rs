//! What the stored results of `assets/` say of their architectures, against published findings.

use nads_core::{nads::NadSet, protocol::asset};

/// A stored result; its head holds all eigenvalues and the first NADs.
fn stored(name: &str) -> NadSet {
    let path = format!("../../assets/nads/{name}.head.safetensors");
    let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    asset::decode_nads(&bytes).unwrap()
}

/// Energy of a NAD on the rows and columns that a 3x3 kernel reaches from the points of the stride-8 lattice.
fn on_the_lattice(set: &NadSet, nad_idx: usize) -> f64 {
    let near = |i: usize| matches!(i % 8, 7 | 0 | 1);
    let cols = set.grid().cols;
    let nad = set.nad(nad_idx).unwrap();
    nad.iter()
        .enumerate()
        .filter(|(pixel, _)| near(pixel / cols) && near(pixel % cols))
        .map(|(_, x)| f64::from(*x).powi(2))
        .sum()
}

/// ResNet18 (ARCHITECTURE.md, 9): the first nine NADs are a plateau and span the kernel of its first layer at the pixels that
/// three strides of 2 leave.
#[test]
fn resnet18_sees_the_lattice_of_its_strides() {
    let set = stored("resnet18");
    let energies: Vec<f64> = (0..9).map(|k| on_the_lattice(&set, k)).collect();
    println!("ResNet18: energy of u_1 .. u_9 on rows and columns 7, 0, 1 mod 8: {energies:.4?}");
    assert!(energies.iter().all(|energy| *energy > 0.98), "{energies:?}");
    let s = set.singular_values();
    assert!(s[9] / s[8] < 0.6, "s_10/s_9 = {}", s[9] / s[8]);
    // No property of every network: a ninth of the pixels and a bit, and LeNet has no strides.
    let lenet = stored("lenet");
    assert!((0..9).all(|k| on_the_lattice(&lenet, k) < 0.5));
}

/// Positions (from 1) and s_i/s_1 of the published spectra (10,000 secants each): protocol, section 6.
const AT: [usize; 6] = [11, 51, 101, 201, 401, 801];
const LENET: [f64; 6] = [0.578, 0.349, 0.276, 0.206, 0.137, 0.061];
const RESNET18: [f64; 6] = [0.281, 0.175, 0.065, 0.038, 0.020, 0.011];

/// Relative differences from the published ratios, as far as they are given.
fn differences(name: &str, published: &[f64], reference: usize, of_reference: f64) -> Vec<f64> {
    let set = stored(name);
    let s = set.singular_values();
    let differences = AT
        .iter()
        .zip(published)
        .map(|(&i, ratio)| s[i - 1] / s[reference - 1] / (ratio / of_reference) - 1.0)
        .collect();
    println!("{name}: s_i/s_{reference} at {AT:?} against the published, relative: {differences:.3?}");
    differences
}

#[test]
fn lenet_has_the_published_spectrum() {
    assert!(differences("lenet", &LENET, 1, 1.0).iter().all(|d| d.abs() < 0.05));
}

/// The largest eigenvalue of a plateau is noisy with few networks, so s_2 is the reference; published s_2/s_1 = .99.
#[test]
fn resnet18_has_the_published_spectrum() {
    // Impulses leave out what biases excite, the far tail of a deep network; secants have it.
    assert!(differences("resnet18", &RESNET18[..4], 2, 0.99).iter().all(|d| d.abs() < 0.12));
    assert!(differences("resnet18-secant", &RESNET18, 2, 0.99).iter().all(|d| d.abs() < 0.12));
}
