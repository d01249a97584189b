//! Which networks a set of sums contains.

use std::ops::Range;

use super::{GROUPS, PartialSums};

impl PartialSums {
    /// Number of networks contained.
    pub fn networks(&self) -> u64 {
        self.trees.iter().map(|tree| 1 << tree.level).sum()
    }

    /// Number of networks contained of each group.
    pub fn networks_of_groups(&self) -> [u64; GROUPS as usize] {
        let mut counts = [0; GROUPS as usize];
        for tree in &self.trees {
            counts[usize::from(tree.group)] += 1 << tree.level;
        }
        counts
    }

    /// Whether `network` is contained.
    pub fn contains(&self, network: u64) -> bool {
        self.run_end(network).is_some()
    }

    /// If `network` is contained: the first network of its group, after it, that lies outside its subtree.
    fn run_end(&self, network: u64) -> Option<u64> {
        let groups = u64::from(GROUPS);
        let (group, index) = ((network % groups) as u8, network / groups);
        let after = self.trees.partition_point(|tree| (tree.group, tree.start()) <= (group, index));
        let tree = &self.trees[after.checked_sub(1)?];
        (tree.group == group && index < tree.end()).then(|| tree.end() * groups + u64::from(group))
    }

    /// First network at or after `from` that is not contained.
    pub fn first_missing(&self, from: u64) -> u64 {
        let mut network = from;
        loop {
            // All eight groups cover `network ..` at least up to the smallest of their ends.
            let mut covered = u64::MAX;
            for candidate in network..network + u64::from(GROUPS) {
                match self.run_end(candidate) {
                    Some(end) => covered = covered.min(end),
                    None => return candidate,
                }
            }
            network = covered;
        }
    }

    /// First network at or after `from` that is contained.
    pub fn first_contained(&self, from: u64) -> Option<u64> {
        let groups = u64::from(GROUPS);
        self.trees
            .iter()
            .filter_map(|tree| {
                let group = u64::from(tree.group);
                let index = tree.start().max(from.saturating_sub(group).div_ceil(groups));
                (index < tree.end()).then(|| index * groups + group)
            })
            .min()
    }

    /// Whether every network of `range` is contained.
    pub fn covers(&self, range: Range<u64>) -> bool {
        range.is_empty() || self.first_missing(range.start) >= range.end
    }

    /// The contained networks as ranges, rising; at most `limit` of them, enough for a message.
    pub fn ranges(&self, limit: usize) -> Vec<Range<u64>> {
        let mut ranges = Vec::new();
        let mut from = 0;
        while ranges.len() < limit
            && let Some(start) = self.first_contained(from)
        {
            from = self.first_missing(start);
            ranges.push(start..from);
        }
        ranges
    }

    /// The networks of `wanted` that are not contained, as ranges, rising; at most `limit` of them.
    pub fn missing(&self, wanted: Range<u64>, limit: usize) -> Vec<Range<u64>> {
        let mut ranges = Vec::new();
        let mut from = wanted.start;
        while ranges.len() < limit {
            let start = self.first_missing(from);
            if start >= wanted.end {
                break;
            }
            from = self.first_contained(start).unwrap_or(wanted.end).min(wanted.end);
            ranges.push(start..from);
        }
        ranges
    }
}
