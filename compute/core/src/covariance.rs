//! Sums of the gradient covariance over random networks, by a summation tree that is defined, not accidental.
//!
//! Network `8 t + g` belongs to group `g` and has local index `t` there. In each group the local indices are the
//! leaves of an aligned binary tree, and a node is `left + right` in f64. Whoever drew which networks, in whatever order,
//! a complete subtree therefore has the same bytes, and so has everything derived from it. What is kept of a set of
//! networks are its maximal complete subtrees: about log2 of their number in each group.
//!
//! The eight groups are also the samples of the jackknife, and groups 0-3 and 4-7 the two halves of the accuracy meter.

mod ranges;
mod totals;

use crate::{
    basis::Basis,
    config::EstimateConfig,
    grid::{Grid, Symmetry},
};

pub use totals::Total;

/// Number of groups the networks are dealt into.
pub const GROUPS: u8 = 8;

/// Networks are numbered below this: the weight generator's counter has 32 bits for them.
pub const MAX_NETWORKS: u64 = 1 << 32;

/// Largest grid a covariance is kept for.
pub const MAX_PIXELS: usize = 128 * 128;

/// Largest number of f64 values in one tree (128 MiB).
const MAX_SUMS: usize = 1 << 24;

/// Sum over one complete aligned subtree: local indices `index << level .. (index + 1) << level` of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    pub group: u8,
    pub level: u8,
    pub index: u64,
    /// Lower triangles of the basis's blocks, one after the other; entry (i, j <= i) of a block at `i (i + 1) / 2 + j`.
    pub sums: Vec<f64>,
}

/// Sums of one sample's covariance over some networks of one experiment.
///
/// `trees` is sorted by group, then local index; no two trees overlap, no two could be joined.
#[derive(Clone, Debug, PartialEq)]
pub struct PartialSums {
    /// Short name of the network: "lenet".
    pub name: String,
    /// Canonical `.arch` text.
    pub arch: String,
    pub config: EstimateConfig,
    /// Executor and instruction set: sums of two executors agree only approximately.
    pub executor: String,
    /// Why that executor was chosen; no property of the experiment, so parts may differ in it.
    pub chosen: Option<String>,
    pub version: String,
    pub grid: Grid,
    /// Symmetry of the basis the sums are kept in ([`Symmetry::None`] without `config.symmetrise`).
    pub symmetry: Symmetry,
    pub trees: Vec<Tree>,
}

/// Why two sets of sums cannot be joined, or why one is not valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeError {
    pub message: String,
}

impl std::fmt::Display for MergeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for MergeError {}

impl MergeError {
    fn new(message: impl Into<String>) -> MergeError {
        MergeError { message: message.into() }
    }
}

/// Number of values in the packed lower triangles of all blocks.
pub fn packed_len(basis: &Basis) -> usize {
    basis.blocks().iter().map(|block| block.size * (block.size + 1) / 2).sum()
}

impl Tree {
    /// First local index after the subtree.
    fn end(&self) -> u64 {
        (self.index + 1) << self.level
    }

    fn start(&self) -> u64 {
        self.index << self.level
    }

    fn key(&self) -> (u8, u64) {
        (self.group, self.start())
    }

    /// Whether `self` and `right` are the two children of one node.
    fn is_left_sibling_of(&self, right: &Tree) -> bool {
        self.group == right.group
            && self.level == right.level
            && self.index.is_multiple_of(2)
            && self.index + 1 == right.index
    }

    /// Turns `self` into its parent node.
    fn join(&mut self, right: &Tree) {
        self.sums.iter_mut().zip(&right.sums).for_each(|(l, r)| *l += r);
        self.level += 1;
        self.index /= 2;
    }
}

impl PartialSums {
    /// Adds one network's leaf: the packed lower triangles of its sample of the covariance, in f32.
    ///
    /// # Errors
    /// If the network is already contained, its number too large, or the leaf's length wrong.
    pub fn push(&mut self, network: u64, leaf: &[f32]) -> Result<(), MergeError> {
        self.push_reusing(network, leaf, &mut Vec::new())
    }

    /// As [`PartialSums::push`], with the memory of trees that were joined before: fresh pages cost more than the sum.
    ///
    /// # Errors
    /// As [`PartialSums::push`].
    pub fn push_reusing(
        &mut self,
        network: u64,
        leaf: &[f32],
        spare: &mut Vec<Vec<f64>>,
    ) -> Result<(), MergeError> {
        if network >= MAX_NETWORKS {
            return Err(MergeError::new(format!(
                "network {network}: networks are numbered below {MAX_NETWORKS}"
            )));
        }
        if let Some(tree) = self.trees.first()
            && tree.sums.len() != leaf.len()
        {
            return Err(MergeError::new(format!(
                "a leaf of {} values does not fit sums of {}",
                leaf.len(),
                tree.sums.len()
            )));
        }
        if self.contains(network) {
            return Err(MergeError::new(format!("network {network} is already contained")));
        }
        let (group, index) = ((network % u64::from(GROUPS)) as u8, network / u64::from(GROUPS));
        let mut at = self.trees.partition_point(|tree| tree.key() < (group, index));
        let is_right_child = at > 0 && {
            let left = &self.trees[at - 1];
            left.group == group && left.level == 0 && index % 2 == 1 && left.index + 1 == index
        };
        if is_right_child {
            at -= 1;
            let left = &mut self.trees[at];
            left.sums.iter_mut().zip(leaf).for_each(|(l, &r)| *l += f64::from(r));
            left.level = 1;
            left.index /= 2;
        } else {
            let mut sums = spare.pop().unwrap_or_default();
            sums.clear();
            sums.extend(leaf.iter().map(|&x| f64::from(x)));
            self.trees.insert(at, Tree { group, level: 0, index, sums });
        }
        self.join_around(at, spare);
        Ok(())
    }

    /// Joins the tree at `at` with its siblings as far as they go.
    fn join_around(&mut self, mut at: usize, spare: &mut Vec<Vec<f64>>) {
        loop {
            if at > 0 && self.trees[at - 1].is_left_sibling_of(&self.trees[at]) {
                at -= 1;
            } else if !(at + 1 < self.trees.len() && self.trees[at].is_left_sibling_of(&self.trees[at + 1])) {
                return;
            }
            let right = self.trees.remove(at + 1);
            self.trees[at].join(&right);
            spare.push(right.sums);
        }
    }

    /// The sums over the networks of both; associative and commutative to the last bit.
    ///
    /// # Errors
    /// As [`PartialSums::absorb`].
    pub fn merge(mut self, other: PartialSums) -> Result<PartialSums, MergeError> {
        self.absorb(other)?;
        Ok(self)
    }

    /// Adds the networks of `other`; on error `self` stays as it was.
    ///
    /// # Errors
    /// If the two are not of one experiment, or share a network. The message says which.
    pub fn absorb(&mut self, other: PartialSums) -> Result<(), MergeError> {
        self.same_experiment(&other)?;
        if let Some(network) = self.common_network(&other) {
            return Err(MergeError::new(format!(
                "both parts contain network {network}: was one shard given twice?"
            )));
        }
        if self.chosen != other.chosen {
            self.chosen = None;
        }
        let mut left = std::mem::take(&mut self.trees).into_iter().peekable();
        let mut right = other.trees.into_iter().peekable();
        while let Some(mut node) = match (left.peek(), right.peek()) {
            (Some(l), Some(r)) if r.key() < l.key() => right.next(),
            (Some(_), _) => left.next(),
            (None, _) => right.next(),
        } {
            while let Some(left) = self.trees.pop_if(|left| left.is_left_sibling_of(&node)) {
                let right = std::mem::replace(&mut node, left);
                node.join(&right);
            }
            self.trees.push(node);
        }
        Ok(())
    }

    /// Some network that both contain.
    fn common_network(&self, other: &PartialSums) -> Option<u64> {
        let mut others = other.trees.iter().peekable();
        for tree in &self.trees {
            while others.next_if(|o| (o.group, o.end()) <= tree.key()).is_some() {}
            let start = others.peek().map(|o| (o.group, o.start().max(tree.start())));
            if let Some((group, start)) = start
                && group == tree.group
                && start < tree.end()
            {
                return Some(start * u64::from(GROUPS) + u64::from(group));
            }
        }
        None
    }

    /// # Errors
    /// Names the first property in which the two differ.
    fn same_experiment(&self, other: &PartialSums) -> Result<(), MergeError> {
        let differ = |what: &str, a: String, b: String| {
            Err(MergeError::new(format!("the parts differ in {what}: {a} and {b}")))
        };
        if self.arch != other.arch {
            return Err(MergeError::new("the parts are of different networks: their .arch texts differ"));
        }
        if self.name != other.name {
            return differ("the network's name", self.name.clone(), other.name.clone());
        }
        let (a, b) = (self.config, other.config);
        if a != b {
            return if a.seed != b.seed {
                differ("the seed", a.seed.to_string(), b.seed.to_string())
            } else if a.estimator != b.estimator {
                differ("the estimator", format!("{:?}", a.estimator), format!("{:?}", b.estimator))
            } else if a.stop != b.stop {
                differ("the number of networks asked for", format!("{:?}", a.stop), format!("{:?}", b.stop))
            } else if a.integrate_head != b.integrate_head {
                Err(MergeError::new("one part integrates the last layer and the other does not"))
            } else {
                Err(MergeError::new("one part is averaged over the symmetry group and the other is not"))
            };
        }
        if self.executor != other.executor {
            return differ("their executor", self.executor.clone(), other.executor.clone());
        }
        if self.version != other.version {
            return differ("the version of this software", self.version.clone(), other.version.clone());
        }
        if self.grid != other.grid || self.symmetry != other.symmetry {
            return Err(MergeError::new("the parts differ in grid or symmetry"));
        }
        match (self.trees.first(), other.trees.first()) {
            (Some(a), Some(b)) if a.sums.len() != b.sums.len() => {
                Err(MergeError::new("the parts' sums have different lengths"))
            }
            _ => Ok(()),
        }
    }

    /// Checks everything that a decoder cannot know from the types: call it on what came from a file or a message.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), MergeError> {
        let wrong = |message: &str| Err(MergeError::new(message));
        check_size(self.grid, self.symmetry)?;
        let expected = packed_len(&Basis::new(self.grid, self.symmetry));
        let mut last: Option<&Tree> = None;
        for tree in &self.trees {
            if tree.group >= GROUPS {
                return wrong("a tree's group is not below 8");
            }
            let leaves = MAX_NETWORKS / u64::from(GROUPS);
            if u32::from(tree.level) > leaves.ilog2() || tree.index >= leaves >> tree.level {
                return wrong("a tree lies outside the range of network numbers");
            }
            if tree.sums.len() != expected {
                return wrong("a tree's sums do not fit the grid and symmetry");
            }
            if tree.sums.iter().any(|x| !x.is_finite()) {
                return wrong("a sum is not a finite number");
            }
            if let Some(last) = last {
                if last.group > tree.group || last.group == tree.group && last.end() > tree.start() {
                    return wrong("the trees overlap or are not in order");
                }
                if last.is_left_sibling_of(tree) {
                    return wrong("two trees should have been joined");
                }
            }
            last = Some(tree);
        }
        Ok(())
    }
}

/// Whether a covariance on this grid and in this basis is small enough to be kept.
///
/// # Errors
/// Says how large the grid is and what the limit is.
pub fn check_size(grid: Grid, symmetry: Symmetry) -> Result<(), MergeError> {
    if grid.rows.checked_mul(grid.cols).is_none_or(|len| len == 0 || len > MAX_PIXELS) {
        return Err(MergeError::new(format!(
            "the input has {} x {} pixels; 1 to {MAX_PIXELS} are possible",
            grid.rows, grid.cols
        )));
    }
    if symmetry != Symmetry::None && !grid.is_square() {
        return Err(MergeError::new(format!("symmetry {} needs a square grid", symmetry.name())));
    }
    if packed_len(&Basis::new(grid, symmetry)) > MAX_SUMS {
        return Err(MergeError::new(format!(
            "the covariance of {} x {} pixels with symmetry {} is too large",
            grid.rows,
            grid.cols,
            symmetry.name()
        )));
    }
    Ok(())
}
