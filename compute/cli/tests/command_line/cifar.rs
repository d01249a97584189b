//! `nads cifar`, on images that the test writes. Few images and epochs: what is tested is the bookkeeping; what training computes is
//! tested in the engine.

use std::{
    fs,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{Bench, stored_assets};

/// Bytes of a record.
const RECORD: usize = 3073;

/// Records in which the class is seen at once: one channel is brighter.
fn batch(records: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for i in 0..records {
        let class = i % 10;
        bytes.push(class as u8);
        bytes.extend(
            (0..3072_usize)
                .map(|at| ((at * 7 + i * 13) % 97 + 15 * class * usize::from(at / 1024 == class % 3)) as u8),
        );
    }
    bytes
}

fn bench() -> Bench {
    let bench = Bench::new();
    fs::create_dir(bench.path("data")).unwrap();
    bench.write("data/data_batch_1.bin", &batch(60));
    bench.write("data/test_batch.bin", &batch(30));
    bench.write("small.arch", b"input 1x32x32\nconv 4 k5 s3  relu  maxpool 2\nflatten  head\n");
    bench
}

/// With the stored NADs of LeNet.
fn common() -> String {
    format!("--data data --network small.arch --assets {}", stored_assets().display())
}

#[test]
fn images_as_they_are_flipped_and_poisoned() {
    let bench = bench();
    let common = common();
    let plain = bench.json(&format!("cifar train {common} --epochs 4 --seeds 2 -o plain.st --json"));
    assert_eq!((plain["trainings"].as_u64(), plain["data"]["n-train"].as_u64()), (Some(2), Some(60)));
    assert_eq!(plain["data"]["description"], "CIFAR-10");
    let reduced = plain["reduced"].as_str().unwrap();
    assert!(
        reduced.contains("60 training images instead of 50,000") && reduced.contains("4 epochs"),
        "{reduced}"
    );
    let command = plain["command"].as_str().unwrap();
    assert!(command.starts_with("nads cifar train --data PATH --network small.arch --epochs 4"), "{command}");
    let flip = bench.json(&format!("cifar flip --set lenet {common} --epochs 1 --json"));
    assert!(flip["results"][0]["accuracy"].as_f64().is_some());
    let poison = format!("cifar poison --set lenet --indices 0,3,1022 {common} --epochs 1");
    bench.succeed(&format!("{poison} -o whole.st"));
    for i in 0..2 {
        bench.succeed(&format!("{poison} --shard {i}/2 -o {i}.st"));
    }
    bench.succeed("merge 1.st 0.st -o merged.st");
    assert!(bench.read("merged.st") == bench.read("whole.st"), "shards join to the unsharded run");
    bench.succeed("export merged.st --format csv -o out");
    let csv = String::from_utf8(bench.read("out/cifar.csv")).unwrap();
    let indices: Vec<&str> = csv.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert_eq!(indices, ["0", "3", "1022"], "{csv}");
    bench.succeed(&format!("cifar align --set lenet {common} -o a.st"));
    bench.succeed("export a.st --format csv -o out");
    let csv = String::from_utf8(bench.read("out/alignment.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1025);
    let energy = |line: &str| line.split(',').nth(1).and_then(|x| x.parse::<f64>().ok()).unwrap();
    let all: f64 = csv.lines().skip(1).map(energy).sum();
    // Orthonormal vectors share out the energy of the images among them.
    let bytes = batch(60);
    let pixels: f64 = bytes
        .chunks_exact(RECORD)
        .flat_map(|record| &record[1..])
        .map(|&byte| (f64::from(byte) / 255.0).powi(2))
        .sum::<f64>()
        / 60.0;
    assert!((all - pixels).abs() < 1e-3 * pixels, "{all} {pixels}");
}

#[test]
fn a_subset_and_a_width_are_reduced_and_say_so() {
    let bench = bench();
    let of = bench.json(&format!("cifar train {} --subset 20 --width 2 --epochs 1 --json", common()));
    let reduced = of["reduced"].as_str().unwrap();
    assert!(reduced.contains("20 training images") && reduced.contains("2 channels wide"), "{reduced}");
    assert_eq!(of["name"], "small-w2");
    assert!(reduced.contains("30 test images instead of 10,000"), "{reduced}");
    // The same width by name is the same reduction.
    let named = bench.json("cifar train --network lenet-w2 --data data --epochs 1 --json");
    assert!(named["reduced"].as_str().unwrap().contains("2 channels wide"), "{named}");
    let same = bench.json(&format!("describe resnet20-w8 --json {}", ""));
    assert!(same["macs"].as_u64().unwrap() < 12_000_000, "{same}");
}

#[test]
fn wrong_input_is_named() {
    let bench = bench();
    let common = common();
    fs::create_dir(bench.path("empty")).unwrap();
    fs::create_dir(bench.path("cut")).unwrap();
    bench.write("cut/data_batch_1.bin", &batch(2)[..4000]);
    for (args, words) in [
        ("cifar train --network small.arch".to_owned(), &["--data", "NADS_CIFAR"][..]),
        ("cifar train --network small.arch --data nothere".to_owned(), &["nothere", "cannot be read"]),
        ("cifar train --network small.arch --data empty".to_owned(), &["no images of CIFAR-10"]),
        (
            "cifar train --network small.arch --data cut".to_owned(),
            &["data_batch_1.bin, byte 3073", "927 bytes"],
        ),
        ("cifar train --network small.arch --data data/data_batch_1.bin".to_owned(), &["test_batch.bin"]),
        (format!("cifar train {common} --learning-rate 0"), &["--learning-rate 0", "above 0"]),
        (format!("cifar train {common} --width 0"), &["--width"]),
        (format!("cifar poison --set lenet --indices 1023 {common}"), &["--indices 1023", "1022"]),
        (format!("cifar poison --set lenet --indices 0 --eps 0 {common}"), &["--eps 0", "positive"]),
        (format!("cifar flip --set nothere {common}"), &["nothere"]),
        ("cifar train --network toy.arch --data data".to_owned(), &["3x32x32"]),
    ] {
        let output = bench.command(&args).env_remove("NADS_CIFAR").output().unwrap();
        let message = crate::failed(&args, &output, 2);
        for word in words {
            assert!(message.contains(word), "nads {args}: `{word}` is not in\n{message}");
        }
    }
}

/// Killed after an epoch, a training goes on from there: the same bytes as without a break.
#[test]
fn a_killed_training_goes_on_at_its_last_epoch() {
    let bench = bench();
    let train = |out: &str| format!("cifar train {} --epochs 300 --threads 1 -o {out}", common());
    let mut child =
        bench.command(&train("cut.st")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let kept = bench.path("cut.st.part.0-0");
    let began = Instant::now();
    while !kept.exists() && began.elapsed() < Duration::from_secs(60) {
        thread::sleep(Duration::from_millis(1));
    }
    Command::new("kill").args(["-KILL", &child.id().to_string()]).status().unwrap();
    child.wait().unwrap();
    let was_caught = kept.exists();
    bench.succeed(&train("cut.st"));
    bench.succeed(&train("whole.st"));
    assert!(was_caught, "it was over before it was killed");
    assert!(bench.read("cut.st") == bench.read("whole.st"));
    // A kill in the middle of a write leaves what was written under a name that nobody reads.
    let left = |name: &String| name.contains(".part") && !name.ends_with(".tmp");
    assert!(!bench.files().iter().any(left), "{:?}", bench.files());
}
