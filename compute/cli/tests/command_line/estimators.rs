//! Secants and gradients from the command line: the same bytes however the work is cut, and results that say how they were made.

use crate::Bench;

const WAYS: [&str; 5] = [
    "--estimator secant",
    "--estimator secant --backend flex",
    "--estimator secant --step 2.5 --no-head-integration --no-symmetry",
    "--estimator gradient",
    "--estimator gradient --no-head-integration",
];

#[test]
fn threads_shards_and_interruptions_do_not_change_a_byte() {
    let bench = Bench::new();
    for way in WAYS {
        let estimate = format!("estimate toy.arch {way} --networks 21");
        for threads in [1, 2] {
            bench.succeed(&format!("{estimate} --threads {threads} -o t{threads}"));
        }
        for index in 0..2 {
            bench.succeed(&format!("{estimate} --shard {index}/2 -o s{index}"));
        }
        bench.succeed("merge s1 s0 -o merged");
        // A finished shard under the name of a part is what an interrupted run leaves.
        std::fs::copy(bench.path("s0"), bench.path("again.part")).unwrap();
        bench.succeed(&format!("{estimate} -o again"));
        let whole = bench.read("t1");
        for same in ["t2", "merged", "again"] {
            assert!(whole == bench.read(same), "{way}: {same}");
        }
    }
    assert!(bench.fail("merge s0 s0 -o m", 2).contains("s0"));
}

#[test]
fn until_works_with_every_estimator() {
    let bench = Bench::new();
    for way in WAYS {
        let estimate = format!("estimate toy.arch {way} --until 0.5 --at-most 512");
        for threads in [1, 2] {
            bench.succeed(&format!("{estimate} --threads {threads} -o t{threads}"));
        }
        assert!(bench.read("t1") == bench.read("t2"), "{way}");
    }
}

#[test]
fn results_say_how_they_were_made() {
    let bench = Bench::new();
    for (way, caption, command) in [
        (
            "--estimator secant",
            "central differences of size 100 at a random point",
            "--estimator secant --step 100",
        ),
        ("--estimator secant --step 2.5", "central differences of size 2.5", "--estimator secant --step 2.5"),
        ("--estimator gradient", "exact gradients at a random point", "--estimator gradient"),
        ("", "odd impulse responses of the bias-free network", ""),
    ] {
        assert!(bench.succeed(&format!("estimate toy.arch {way} --networks 9")).contains(caption), "{way}");
        let json = bench.json(&format!("estimate toy.arch {way} --networks 9 --json -o first"));
        let made_by = json["provenance"]["command"].as_str().unwrap();
        let expected = format!("nads estimate toy.arch {command}");
        assert!(made_by.starts_with(expected.trim()), "{made_by}");
        // The command makes the same eigenvalues, whatever chose the executor.
        let again = bench.json(&format!("{} --json", made_by.strip_prefix("nads ").unwrap()));
        assert_eq!((&json["rms_gradient"], &json["ratios"]), (&again["rms_gradient"], &again["ratios"]));
    }
    let gradient = bench.json("estimate toy.arch --estimator gradient --networks 2 --json");
    assert_eq!(gradient["provenance"]["chosen"], "lanes cannot run the estimator gradient");
}

/// One of twelve features is cheap to differentiate, one of 84 is not: a drawn head costs less (docs/performance.md).
#[test]
fn a_gradient_integrates_the_head_where_it_pays() {
    let bench = Bench::new();
    for (arch, integrated) in [("toy.arch", true), ("lenet", false)] {
        let json = bench.json(&format!("estimate {arch} --estimator gradient --networks 3 --json"));
        assert_eq!(json["provenance"]["config"]["integrate-head"], integrated, "{arch}");
        let command = json["provenance"]["command"].as_str().unwrap();
        assert_eq!(command.contains("--no-head-integration"), !integrated, "{command}");
    }
}

#[test]
fn parts_of_different_estimators_are_not_joined() {
    let bench = Bench::new();
    bench.succeed("estimate toy.arch --networks 8 --shard 0/2 --backend flex -o impulse");
    for way in ["--estimator secant", "--estimator gradient"] {
        bench.succeed(&format!("estimate toy.arch --networks 8 {way} --shard 1/2 -o other"));
        assert!(bench.fail("merge impulse other -o m", 2).contains("the estimator"));
    }
}
