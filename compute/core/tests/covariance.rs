//! The summation tree: however networks are cut and ordered, the sums have the same bytes.

use nads_core::{
    config::{EstimateConfig, Stop},
    covariance::{MAX_NETWORKS, PartialSums, Tree},
    grid::{Grid, Symmetry},
};
use proptest::prelude::*;

const LEN: usize = 6;

fn empty() -> PartialSums {
    PartialSums {
        name: "toy".into(),
        arch: "input 1x1x3\nflatten\nhead\n".into(),
        config: EstimateConfig { stop: Stop::Networks(100), ..EstimateConfig::default() },
        executor: "test".into(),
        chosen: None,
        version: "0".into(),
        grid: Grid { rows: 1, cols: 3 },
        symmetry: Symmetry::None,
        trees: Vec::new(),
    }
}

/// Values of very different size, so that a sum shows the order in which it was taken.
fn leaf(network: u64) -> [f32; LEN] {
    std::array::from_fn(|i| {
        let x = (network as f32 * 0.77 + i as f32).sin();
        x * 10.0_f32.powi((network % 7) as i32 * 3 - 9)
    })
}

fn sums_of(networks: impl IntoIterator<Item = u64>) -> PartialSums {
    let mut sums = empty();
    for network in networks {
        sums.push(network, &leaf(network)).unwrap();
    }
    sums
}

/// A permutation of 0 .. n and a part for each.
fn dealt() -> impl Strategy<Value = (Vec<u64>, Vec<usize>)> {
    (1_u64..150).prop_flat_map(|n| {
        (Just((0..n).collect::<Vec<_>>()).prop_shuffle(), proptest::collection::vec(0_usize..4, n as usize))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_and_order_gives_the_same_bytes((order, parts) in dealt()) {
        let whole = sums_of(0..order.len() as u64);
        let mut shards: Vec<PartialSums> = (0..4).map(|_| empty()).collect();
        for (&network, &part) in order.iter().zip(&parts) {
            shards[part].push(network, &leaf(network)).unwrap();
        }
        for shard in &shards {
            prop_assert_eq!(shard.check(), Ok(()));
        }
        let [a, b, c, d]: [PartialSums; 4] = shards.try_into().unwrap();
        let left = a.clone().merge(b.clone()).unwrap().merge(c.clone()).unwrap().merge(d.clone()).unwrap();
        let right = d.merge(c.merge(b.merge(a).unwrap()).unwrap()).unwrap();
        prop_assert_eq!(&left, &right);
        prop_assert_eq!(&left, &whole);
        prop_assert_eq!(left.total().sums, whole.total().sums);
        prop_assert_eq!(whole.networks(), order.len() as u64);
    }

    #[test]
    fn a_shared_network_is_refused(n in 1_u64..60, m in 1_u64..60, shift in 0_u64..60) {
        let merged = sums_of(0..n).merge(sums_of(shift..shift + m));
        if shift < n {
            prop_assert!(merged.unwrap_err().message.contains("contain network"));
        } else {
            prop_assert_eq!(merged.unwrap().networks(), n + m);
        }
    }

    #[test]
    fn ranges_are_those_that_were_pushed(networks in proptest::collection::btree_set(0_u64..200, 0..150)) {
        let sums = sums_of(networks.iter().copied());
        let flat: Vec<u64> = sums.ranges(usize::MAX).into_iter().flatten().collect();
        prop_assert_eq!(&flat, &networks.iter().copied().collect::<Vec<_>>());
        let missing: Vec<u64> = sums.missing(3..190, usize::MAX).into_iter().flatten().collect();
        prop_assert_eq!(missing, (3..190).filter(|n| !networks.contains(n)).collect::<Vec<_>>());
        for network in 0..200 {
            prop_assert_eq!(sums.contains(network), networks.contains(&network));
        }
        prop_assert!(sums.ranges(2).len() <= 2);
    }
}

#[test]
fn sums_are_sums() {
    let sums = sums_of(0..77);
    let expected = |keep: &dyn Fn(u64) -> bool| -> Vec<f64> {
        (0..LEN).map(|i| (0..77).filter(|&n| keep(n)).map(|n| f64::from(leaf(n)[i])).sum()).collect()
    };
    let close = |a: &[f64], b: &[f64]| {
        a.len() == b.len() && a.iter().zip(b).all(|(x, y)| (x - y).abs() < 1e-12 * y.abs().max(1e9))
    };
    assert!(close(&sums.total().sums, &expected(&|_| true)));
    assert_eq!(sums.total().networks, 77);
    let [first, second] = sums.halves();
    assert!(close(&first.sums, &expected(&|n| n % 8 < 4)));
    assert!(close(&second.sums, &expected(&|n| n % 8 >= 4)));
    assert_eq!((first.networks, second.networks), (40, 37));
    for group in 0..8 {
        assert!(close(&sums.total_without(group).sums, &expected(&|n| n % 8 != u64::from(group))));
        let of_group = sums.total_of_group(group);
        assert!(close(&of_group.sums, &expected(&|n| n % 8 == u64::from(group))));
        assert_eq!(of_group.networks, sums.networks_of_groups()[usize::from(group)]);
    }
    assert!(close(&sums.total().mean(), &expected(&|_| true).iter().map(|x| x / 77.0).collect::<Vec<_>>()));
}

#[test]
fn few_trees_are_kept() {
    // 16 * 8 networks are one tree a group; 20,000 = 8 * 2500 and 2500 has five binary ones.
    assert_eq!(sums_of(0..128).trees.len(), 8);
    assert_eq!(sums_of(0..128).trees[3].level, 4);
    assert_eq!(sums_of(0..20_000).trees.len(), 40);
}

#[test]
fn nothing_from_nothing() {
    let total = empty().total();
    assert_eq!((total.networks, total.sums.len()), (0, 0));
    assert_eq!(empty().first_missing(0), 0);
    assert_eq!(empty().merge(empty()), Ok(empty()));
    assert!(empty().covers(5..5) && !empty().covers(5..6));
}

#[test]
fn other_experiments_are_refused_by_name() {
    let other = |change: &dyn Fn(&mut PartialSums)| {
        let mut sums = sums_of(8..9);
        change(&mut sums);
        sums_of(0..8).merge(sums).unwrap_err().message
    };
    assert!(other(&|s| s.config.seed = 7).contains("seed: 0 and 7"));
    assert!(other(&|s| s.arch = "input 1x2x2\nflatten\nhead\n".into()).contains(".arch"));
    assert!(other(&|s| s.executor = "another".into()).contains("executor: test and another"));
    assert!(other(&|s| s.config.integrate_head = false).contains("last layer"));
    assert!(other(&|s| s.config.symmetrise = false).contains("symmetry"));
    assert!(other(&|s| s.version = "1".into()).contains("version"));
    assert!(other(&|s| s.config.stop = Stop::Networks(3)).contains("number of networks"));
}

#[test]
fn a_leaf_that_does_not_fit_is_refused() {
    let mut sums = sums_of(0..3);
    assert!(sums.push(1, &leaf(1)).unwrap_err().message.contains("network 1 "));
    assert!(sums.push(MAX_NETWORKS, &leaf(1)).is_err());
    assert!(sums.push(3, &[1.0]).is_err());
    assert_eq!(sums, sums_of(0..3));
}

#[test]
fn hostile_trees_are_refused() {
    let bad = |tree: Tree| {
        let mut sums = sums_of(0..3);
        sums.trees.push(tree);
        sums.check().unwrap_err().message
    };
    let good = || Tree { group: 7, level: 0, index: 0, sums: vec![0.0; LEN] };
    assert!(bad(Tree { group: 8, ..good() }).contains("group"));
    assert!(bad(Tree { level: 63, index: u64::MAX, ..good() }).contains("range"));
    assert!(bad(Tree { level: 255, ..good() }).contains("range"));
    assert!(bad(Tree { index: MAX_NETWORKS / 8, ..good() }).contains("range"));
    assert!(bad(Tree { group: 1, ..good() }).contains("order"));
    assert!(bad(Tree { group: 2, index: 1, ..good() }).contains("joined"));
    assert!(bad(Tree { sums: vec![0.0; 5], ..good() }).contains("fit"));
    assert!(bad(Tree { sums: vec![f64::NAN; LEN], ..good() }).contains("finite"));
    let mut huge = empty();
    huge.grid = Grid { rows: usize::MAX, cols: 2 };
    assert!(huge.check().is_err());
    huge.grid = Grid { rows: 100, cols: 100 };
    assert!(huge.check().unwrap_err().message.contains("too large"));
}
