//! Round trips and damage: whatever bytes a decoder is given, it answers with a value or a clear error.

mod toy;

use nads_core::{
    basis::Basis,
    config::EstimateConfig,
    covariance::{PartialSums, packed_len},
    grid::{Grid, Symmetry},
    nads::{HalfSplit, NadSet},
    protocol::{
        asset::{Part, Precision, attach_tail, decode_nads, encode_nads, head_nads_within},
        event::{Event, JobError, Progress},
        job::{Job, Task},
        sums::{decode_sums, encode_sums},
        wire::{Reply, Request, decode_reply, decode_request, encode_reply, encode_request},
    },
};
use proptest::prelude::*;

/// A set whose eigenvectors are rotations of the basis: every block's matrix is a product of plane rotations.
fn set(side: usize, symmetry: Symmetry) -> NadSet {
    let grid = Grid { rows: side, cols: side };
    let turns = |n: usize| {
        let sweep =
            |sweep: usize| (0..n).map(move |i| (i, (i + 1 + sweep) % n, 0.3 + i as f32 + sweep as f32));
        (0..3).flat_map(sweep).collect()
    };
    let mut set = toy::set(grid, symmetry, turns, |b, i| 1.0 / (1 + i + b) as f64);
    set.provenance.arch = "input 1x6x6\nflatten\nhead\n".into();
    set.provenance.networks = 50;
    set.provenance.chosen = Some("it is the only one".into());
    set.halves = vec![HalfSplit { asked: 10, k: 10, overlap: 0.9 }];
    set.eigenvalue_errors = set.eigenvalues.iter().map(|v| f64::from((v * 0.1) as f32)).collect();
    set
}

fn sums(side: usize) -> PartialSums {
    let grid = Grid { rows: side, cols: side };
    let mut sums = PartialSums {
        name: "test".into(),
        arch: "a".into(),
        config: EstimateConfig::default(),
        executor: "e".into(),
        chosen: Some("it is the only one".into()),
        version: "v".into(),
        grid,
        symmetry: Symmetry::D4,
        trees: Vec::new(),
    };
    let len = packed_len(&Basis::new(grid, Symmetry::D4));
    for network in 0..21 {
        let leaf: Vec<f32> = (0..len).map(|i| ((i + 7 * network) as f32).sin()).collect();
        sums.push(network as u64, &leaf).unwrap();
    }
    sums
}

fn projection(x: &[f32], y: &[f32]) -> f32 {
    x.iter().zip(y).map(|(a, b)| a * b).sum()
}

#[test]
fn a_whole_set_survives_in_f32_and_equal_sets_are_equal_bytes() {
    for symmetry in [Symmetry::D4, Symmetry::Transpose, Symmetry::None] {
        let original = set(6, symmetry);
        let bytes = encode_nads(&original, Part::Whole(Precision::F32)).unwrap();
        assert_eq!(bytes, encode_nads(&original, Part::Whole(Precision::F32)).unwrap());
        assert_eq!(decode_nads(&bytes).unwrap(), original);
    }
}

#[test]
fn head_and_tail_together_hold_every_nad() {
    for (symmetry, precision) in [
        (Symmetry::D4, Precision::F16),
        (Symmetry::D4, Precision::Reflectors8),
        (Symmetry::Transpose, Precision::F32),
        (Symmetry::None, Precision::Reflectors8),
    ] {
        let original = set(12, symmetry);
        let head = encode_nads(&original, Part::Head { nads: 9 }).unwrap();
        let mut loaded = decode_nads(&head).unwrap();
        assert!(loaded.loaded() >= 9 && loaded.loaded() < 144);
        assert_eq!(loaded.nad(143), None);
        attach_tail(&mut loaded, &encode_nads(&original, Part::Tail(precision)).unwrap()).unwrap();
        assert_eq!(loaded.loaded(), 144);
        for nad_idx in 0..144 {
            let p = projection(&loaded.nad(nad_idx).unwrap(), &original.nad(nad_idx).unwrap());
            assert!(p > 0.999, "{symmetry:?} {precision:?} NAD {nad_idx}: {p}");
        }
    }
}

#[test]
fn a_head_fits_the_bytes_it_is_given() {
    let original = set(12, Symmetry::D4);
    let nads = head_nads_within(&original, 6_000).unwrap();
    assert!(nads > 0 && nads < 144);
    assert!(encode_nads(&original, Part::Head { nads }).unwrap().len() <= 6_000);
    assert!(encode_nads(&original, Part::Head { nads: nads + 1 }).unwrap().len() > 6_000);
}

#[test]
fn a_tail_of_another_set_is_refused_and_changes_nothing() {
    let original = set(6, Symmetry::D4);
    let mut other = original.clone();
    other.eigenvalues[3] += 1e-9;
    let tail = encode_nads(&other, Part::Tail(Precision::F16)).unwrap();
    let mut loaded = original.clone();
    let error = attach_tail(&mut loaded, &tail).unwrap_err();
    assert!(error.message.contains("another result"), "{error}");
    assert_eq!(loaded, original);
    assert!(decode_nads(&tail).unwrap_err().message.contains("kind"));
}

#[test]
fn sums_survive() {
    let original = sums(6);
    assert_eq!(decode_sums(&encode_sums(&original)).unwrap(), original);
    let empty = PartialSums { trees: Vec::new(), ..original };
    assert_eq!(decode_sums(&encode_sums(&empty)).unwrap(), empty);
}

/// Each truncation and each flipped bit of a file is noticed.
#[test]
fn damage_anywhere_is_an_error() {
    let nads = encode_nads(&set(4, Symmetry::D4), Part::Whole(Precision::F16)).unwrap();
    let partial = encode_sums(&sums(2));
    let check = |bytes: &[u8], what: &str| {
        for result in [decode_nads(bytes).map(drop), decode_sums(bytes).map(drop)] {
            let message = result.expect_err(what).message;
            assert!(message.len() > 20, "{what}: {message}");
        }
    };
    for file in [&nads, &partial] {
        for len in 0..file.len() {
            check(&file[..len], &format!("cut to {len} bytes"));
        }
    }
    for (at, bit) in (0..nads.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut damaged = nads.clone();
        damaged[at] ^= 1 << bit;
        // Padding blanks of the header are no part of the content.
        if decode_nads(&damaged).is_ok_and(|set| Ok(set) == decode_nads(&nads)) {
            continue;
        }
        check(&damaged, &format!("bit {bit} of byte {at}"));
    }
    for at in 0..partial.len() {
        let mut damaged = partial.clone();
        damaged[at] ^= 0x10;
        if decode_sums(&damaged).is_ok_and(|sums| Ok(sums) == decode_sums(&partial)) {
            continue;
        }
        check(&damaged, &format!("byte {at}"));
    }
}

fn job(seed: u64) -> Job {
    let config = EstimateConfig { seed, ..EstimateConfig::default() };
    Job {
        name: "lenet".into(),
        arch: "head".into(),
        task: Task::Estimate { config, range: Some(3..9), solve: true },
        chosen: None,
    }
}

#[test]
fn messages_survive() {
    for request in [
        Request::Run { id: 7, job: job(u64::MAX) },
        Request::Run { id: 8, job: Job { chosen: Some("a reason".into()), ..job(1) } },
        Request::Cancel { id: 1 },
        Request::Absorb { id: 2, sums: sums(4) },
    ] {
        let (header, payload) = encode_request(&request);
        assert_eq!(format!("{:?}", decode_request(&header, &payload).unwrap()), format!("{request:?}"));
    }
    let progress = Progress { networks: 3, of: 50, begun: 0.25 };
    for event in [
        Event::Progress(progress),
        Event::Snapshot(set(4, Symmetry::D4)),
        Event::Checked { against: "flex".into(), relative_error: 2e-6 },
        Event::Partial(sums(4)),
        Event::Done(set(4, Symmetry::None)),
        Event::Cancelled(progress),
        Event::Failed(JobError::new("why")),
    ] {
        let reply = Reply::Event { id: 9, event };
        let (header, payload) = encode_reply(&reply);
        assert_eq!(format!("{:?}", decode_reply(&header, &payload).unwrap()), format!("{reply:?}"));
    }
    let ready = Reply::Ready { executor: "lanes".into(), features: vec!["simd128".into()] };
    let (header, payload) = encode_reply(&ready);
    assert_eq!(format!("{:?}", decode_reply(&header, &payload).unwrap()), format!("{ready:?}"));
}

#[test]
fn another_version_is_refused_by_name() {
    let (header, payload) = encode_request(&Request::Run { id: 7, job: job(1) });
    let other = header.replace("\"version\":2", "\"version\":1");
    assert!(decode_request(&other, &payload).unwrap_err().message.contains("version 1, expected 2"));
    // Also when the other version's message has a shape this one does not know.
    let unknown = r#"{"version":9,"message":{"dance":{}}}"#;
    assert!(decode_reply(unknown, &[]).unwrap_err().message.contains("version 9"));
}

proptest! {
    #[test]
    fn any_bytes_and_any_text_end_in_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300), text in ".{0,200}") {
        prop_assert!(decode_nads(&bytes).is_err());
        prop_assert!(decode_sums(&bytes).is_err());
        prop_assert!(decode_request(&text, &bytes).is_err());
        prop_assert!(decode_reply(&text, &bytes).is_err());
    }

    /// A header of the right form with a random JSON value in the place of ours, and its checksum made to fit.
    #[test]
    fn damaged_messages_do_not_panic(cut in 0_usize..400, at in 0_usize..400, byte in any::<u8>()) {
        let (header, payload) = encode_request(&Request::Run { id: 7, job: job(5) });
        let mut bytes = header.into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        bytes.truncate(bytes.len() - cut % 50);
        if let Ok(text) = String::from_utf8(bytes) {
            let _ = decode_request(&text, &payload);
        }
    }
}
