//! Sums over groups of networks, in a defined order.

use super::{GROUPS, PartialSums};

/// A sum of leaves over some networks.
#[derive(Clone, Debug, PartialEq)]
pub struct Total {
    pub networks: u64,
    /// Packed as [`super::Tree::sums`]; empty without networks.
    pub sums: Vec<f64>,
}

impl Total {
    /// The covariance itself: the mean over networks.
    pub fn mean(mut self) -> Vec<f64> {
        let scale = 1.0 / self.networks.max(1) as f64;
        self.sums.iter_mut().for_each(|x| *x *= scale);
        self.sums
    }

    fn add(mut self, other: Total) -> Total {
        if self.networks == 0 {
            return other;
        }
        self.sums.iter_mut().zip(&other.sums).for_each(|(a, b)| *a += b);
        self.networks += other.networks;
        self
    }
}

impl PartialSums {
    /// Sum over one group: its trees by rising local index, from left to right.
    pub fn total_of_group(&self, group: u8) -> Total {
        let mut total = Total { networks: 0, sums: Vec::new() };
        for tree in self.trees.iter().filter(|tree| tree.group == group) {
            if total.networks == 0 {
                total.sums.clone_from(&tree.sums);
            } else {
                total.sums.iter_mut().zip(&tree.sums).for_each(|(a, b)| *a += b);
            }
            total.networks += 1 << tree.level;
        }
        total
    }

    /// Sum over some groups, in the order given, from left to right.
    fn total_of(&self, groups: impl Iterator<Item = u8>) -> Total {
        groups
            .map(|group| self.total_of_group(group))
            .reduce(Total::add)
            .unwrap_or(Total { networks: 0, sums: Vec::new() })
    }

    /// Sums over the two halves: groups 0-3 and 4-7.
    pub fn halves(&self) -> [Total; 2] {
        [self.total_of(0..GROUPS / 2), self.total_of(GROUPS / 2..GROUPS)]
    }

    /// Sum over all networks: that of the first half plus that of the second.
    pub fn total(&self) -> Total {
        let [first, second] = self.halves();
        first.add(second)
    }

    /// Sum over all groups but one.
    pub fn total_without(&self, group: u8) -> Total {
        self.total_of((0..GROUPS).filter(|&g| g != group))
    }
}
