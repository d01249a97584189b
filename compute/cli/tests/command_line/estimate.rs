use crate::Bench;

#[test]
fn threads_do_not_change_a_byte() {
    let bench = Bench::new();
    for threads in [1, 2, 3] {
        bench.succeed(&format!(
            "estimate toy.arch --networks 53 --seed 7 --threads {threads} -o t{threads}.st"
        ));
    }
    let one = bench.read("t1.st");
    assert!(one == bench.read("t2.st") && one == bench.read("t3.st"));
    bench.succeed("estimate toy.arch --networks 53 --seed 8 -o other.st");
    assert!(one != bench.read("other.st"), "another seed must give another result");
}

#[test]
fn lenet_on_one_and_two_threads_is_the_same() {
    let bench = Bench::new();
    for threads in [1, 2] {
        bench.succeed(&format!("estimate lenet --networks 24 --threads {threads} -o t{threads}.st"));
    }
    assert!(bench.read("t1.st") == bench.read("t2.st"));
}

#[test]
fn shards_merge_into_the_unsharded_result() {
    let bench = Bench::new();
    bench.succeed("estimate toy.arch --networks 50 --no-symmetry -o whole.st");
    for index in 0..3 {
        let threads = index + 1;
        bench.succeed(&format!(
            "estimate toy.arch --networks 50 --no-symmetry --shard {index}/3 --threads {threads} -o s{index}"
        ));
    }
    bench.succeed("merge s2 s0 s1 -o merged.st");
    assert!(bench.read("whole.st") == bench.read("merged.st"));

    assert!(bench.fail("merge s0 s1 -o m", 2).contains("33 to 49"));
    assert!(bench.fail("merge s0 s1 s1 s2 -o m", 2).contains("s1"));
    assert!(bench.fail("merge s0 s1 whole.st -o m", 2).contains("finished result"));
    bench.succeed("estimate toy.arch --networks 50 --no-symmetry --seed 1 --shard 2/3 -o seed1");
    assert!(bench.fail("merge s0 s1 seed1 -o m", 2).contains("the seed"));
    assert!(bench.fail("overlap s0 s1", 2).contains("merge"));
    assert!(!bench.files().contains(&"m".to_owned()));
}

#[test]
fn until_stops_at_a_doubling_whatever_the_threads() {
    let bench = Bench::new();
    for threads in [1, 2] {
        bench.succeed(&format!(
            "estimate toy.arch --until 0.6 --at-most 4000 --threads {threads} -o u{threads}"
        ));
    }
    assert!(bench.read("u1") == bench.read("u2"));
    let networks =
        bench.json("estimate toy.arch --until 0.6 --at-most 4000 --json")["provenance"]["networks"]
            .as_u64()
            .unwrap();
    assert!(networks >= 16 && networks.is_power_of_two(), "{networks}");
}

#[test]
fn the_summary_says_what_was_computed() {
    let bench = Bench::new();
    let summary = bench.succeed("estimate toy.arch --networks 40 --seed 3");
    for word in
        ["40 random networks", "seed 3", "rms gradient", "s_k / s_1", "overlap of halves", "networks/s"]
    {
        assert!(summary.contains(word), "{word}\n{summary}");
    }
    let json = bench.json("estimate toy.arch --networks 40 --seed 3 --json");
    assert_eq!(json["provenance"]["networks"], 40);
    assert_eq!(json["provenance"]["command"], "nads estimate toy.arch --networks 40 --seed 3");
    assert!(json["rms_gradient"].as_f64().unwrap() > 0.0);
}

const LATE: &[u8] =
    b"input 1x8x8\nconv 4 k3 p1  bn  relu  avgpool 4\nflatten\nresidual {\n  linear 16  relu\n}\nhead\n";

/// A network that lanes cannot run goes to flex by itself, and the result says so.
#[test]
fn any_network_is_estimated_from_end_to_end() {
    let bench = Bench::new();
    bench.write("late.arch", LATE);
    let json = bench.json("estimate late.arch --networks 20 --json -o r.st");
    let provenance = &json["provenance"];
    assert!(provenance["executor"].as_str().unwrap().starts_with("flex, "), "{provenance}");
    assert_eq!(provenance["chosen"], "lanes cannot run a residual block after flatten");
    assert_eq!(provenance["command"], "nads estimate late.arch --networks 20 --seed 0 --backend flex");
    assert!(
        bench
            .succeed("estimate late.arch --networks 20")
            .contains("lanes cannot run a residual block after flatten")
    );
}

#[test]
fn flex_is_resumable_and_sharded_to_the_same_bytes() {
    let bench = Bench::new();
    bench.write("late.arch", LATE);
    for threads in [1, 2, 3] {
        bench.succeed(&format!("estimate late.arch --networks 21 --threads {threads} -o t{threads}"));
    }
    for index in 0..2 {
        bench.succeed(&format!("estimate late.arch --networks 21 --shard {index}/2 -o s{index}"));
    }
    bench.succeed("merge s1 s0 -o merged");
    let whole = bench.read("t1");
    for same in ["t2", "t3", "merged"] {
        assert!(whole == bench.read(same), "{same}");
    }
    // A finished shard under the name of a part is what an interrupted run leaves.
    std::fs::copy(bench.path("s0"), bench.path("again.part")).unwrap();
    bench.succeed("estimate late.arch --networks 21 -o again");
    assert!(whole == bench.read("again"), "gone on from a part");
}

#[test]
fn flex_and_lanes_find_the_same_directions() {
    let bench = Bench::new();
    bench.succeed("estimate toy.arch --networks 40 --backend flex -o flex");
    bench.succeed("estimate toy.arch --networks 40 --backend lanes -o lanes");
    let overlap = bench.json("overlap flex lanes --k 10 --json")["overlap"][0].as_f64().unwrap();
    assert!(overlap > 0.9999, "{overlap}");
    for backend in ["flex", "lanes"] {
        let json = bench.json(&format!("estimate toy.arch --networks 3 --backend {backend} --json"));
        assert_eq!(json["provenance"]["chosen"], format!("asked for by --backend {backend}"));
    }
}
