use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{Bench, failed};

fn interrupt(child: &Child) {
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
}

/// Starts a run and interrupts it in the middle; `None` if it was over too soon.
fn interrupted(bench: &Bench, args: &str) -> Option<String> {
    interrupted_after(bench, args, Duration::from_millis(400))
}

fn interrupted_after(bench: &Bench, args: &str, delay: Duration) -> Option<String> {
    let child = bench.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    thread::sleep(delay);
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    if output.status.success() {
        return None;
    }
    // Before the handler stands, the signal itself ends the process.
    output.status.code()?;
    Some(failed(args, &output, 1))
}

#[test]
fn an_interrupted_run_goes_on_and_ends_in_the_same_bytes() {
    let bench = Bench::new();
    let mut networks = 2000;
    let (args, message) = loop {
        let args = format!("estimate lenet --networks {networks} --threads 2 -o cut.st");
        if let Some(message) = interrupted(&bench, &args) {
            break (args, message);
        }
        networks *= 2;
        assert!(networks < 200_000, "never caught in the middle");
    };
    assert!(message.contains("cut.st.part") && message.contains("goes on"), "{message}");
    assert!(!bench.files().contains(&"cut.st".to_owned()), "no half-written result");

    // Another run does not take the kept part for its own.
    let other = args.replace("--threads", "--seed 1 --threads");
    assert!(bench.fail(&other, 2).contains("the seed"));

    let resumed = bench.run(&args);
    assert!(resumed.status.success(), "{}", crate::text(&resumed.stderr));
    assert!(crate::text(&resumed.stderr).contains("going on from"));
    bench.succeed(&args.replace("cut.st", "whole.st").replace("--threads 2", "--threads 1"));
    assert!(bench.read("cut.st") == bench.read("whole.st"));
    assert!(
        bench.files().iter().all(|name| !name.contains("part") && !name.contains("tmp")),
        "{:?}",
        bench.files()
    );
}

/// A ResNet18 of dense images takes minutes on flex: the interruption is heard inside it.
#[test]
fn an_interruption_does_not_wait_for_a_large_network() {
    let bench = Bench::new();
    let args = "estimate resnet18 --estimator secant --networks 2 --threads 1 --backend flex -o r.st";
    let mut child = bench.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    // "0.02 of 2 networks, 3 min each, 6 min left"
    let line = lines.by_ref().find(|line| line.starts_with("0.")).expect("progress inside the network");
    assert!(line.contains("of 2 networks") && line.contains("left"), "{line}");
    interrupt(&child);
    let message: String = lines.collect();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{message}");
    assert!(message.contains("before the first of 2 networks"), "{message}");
    assert!(bench.files().iter().all(|name| !name.starts_with("r.st")), "{:?}", bench.files());
}

/// Each network has many pieces on flex; the one in hand is drawn again.
#[test]
fn a_run_interrupted_inside_a_network_ends_in_the_same_bytes() {
    let bench = Bench::new();
    bench.write(
        "slow.arch",
        b"input 1x16x16\nconv 12 k5 p2  relu\nconv 8 k5 p2  relu\nflatten\nlinear 8\nhead\n",
    );
    let (mut networks, mut delay) = (8, Duration::from_millis(400));
    let args = loop {
        let args = format!(
            "estimate slow.arch --estimator secant --backend flex --networks {networks} --threads 2 -o cut.st"
        );
        match interrupted_after(&bench, &args, delay) {
            Some(message) if message.contains("goes on") => break args,
            Some(_) => delay *= 2, // not one network was done
            None => networks *= 2, // all of them were
        }
        let _ = std::fs::remove_file(bench.path("cut.st"));
        assert!(networks < 10_000 && delay.as_secs() < 60, "never caught in the middle");
    };
    assert!(bench.succeed(&args).contains("central differences of size 100"));
    bench.succeed(&args.replace("cut.st", "whole.st").replace("--threads 2", "--threads 1"));
    assert!(bench.read("cut.st") == bench.read("whole.st"));
}

#[test]
fn without_an_output_an_interruption_says_that_nothing_is_kept() {
    let bench = Bench::new();
    let started = Instant::now();
    let message = interrupted(&bench, "estimate lenet --networks 4000000 --threads 1").unwrap();
    assert!(message.contains("nothing is kept"), "{message}");
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_damaged_part_is_refused() {
    let bench = Bench::new();
    bench.write("r.st.part", b"not a part");
    let message = bench.fail("estimate toy.arch --networks 5 -o r.st", 2);
    assert!(message.contains("r.st.part") && message.contains("damaged"), "{message}");
    bench.succeed("estimate toy.arch --networks 8 --shard 1/2 -o r.st.part");
    bench.succeed("estimate toy.arch --networks 8 -o r.st");
    bench.succeed("estimate toy.arch --networks 8 -o plain.st");
    assert!(bench.read("r.st") == bench.read("plain.st"));
    bench.succeed("estimate toy.arch --networks 8 --shard 1/2 -o q.st.part");
    assert!(bench.fail("estimate toy.arch --networks 8 --shard 0/2 -o q.st", 2).contains("another shard"));
}
