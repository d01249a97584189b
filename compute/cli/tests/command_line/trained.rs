//! `nads train`, `nads map`, `nads curve`, and what `nads assets` makes of them. Few samples and one epoch: what is tested is
//! the bookkeeping; what training computes is tested in the engine.

use std::{
    fs,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use nads_core::{
    protocol::trials::{decode_trials, encode_trials},
    trials::Trials,
};

use crate::{Bench, failed, text};

/// Directions of 64 numbers, one training each in milliseconds.
const SMALL: &str = "--samples 64 --epochs 1";

/// A matrix as `numpy.save` writes it.
fn npy(rows: usize, cols: usize, value: impl Fn(usize) -> f32) -> Vec<u8> {
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {cols}), }}");
    header += &" ".repeat(63 - (10 + header.len()) % 64);
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    (0..rows * cols).for_each(|i| bytes.extend(value(i).to_le_bytes()));
    bytes
}

#[test]
fn wrong_input_is_named() {
    let bench = Bench::new();
    bench.write("nan.npy", &npy(1, 1024, |i| if i == 7 { f32::NAN } else { 1.0 }));
    bench.write("zero.npy", &npy(1, 1024, |_| 0.0));
    bench.write("short.npy", &npy(1, 64, |_| 1.0));
    for (args, words) in [
        ("train logreg --direction file:nan.npy", &["nan.npy"][..]),
        ("train logreg --direction file:zero.npy", &["zero.npy"]),
        ("train logreg --direction file:short.npy", &["short.npy", "64", "1024"]),
        ("train logreg --direction file:none.npy", &["none.npy", "no such file"]),
        ("train logreg --direction fourier:40,0", &["--direction", "16 cycles"]),
        ("train logreg --direction fourier:0,0:sin", &["vanishes"]),
        ("train logreg --direction wave:1", &["expected fourier:KR,KC"]),
        ("train logreg --direction nad:nothere:0", &["nothere"]),
        ("train logreg --direction random:1 --learning-rate 0", &["--learning-rate", "above 0"]),
        ("train logreg --direction random:1 --learning-rate nan", &["--learning-rate"]),
        ("train logreg --direction random:1 --samples 7", &["--samples", "even"]),
        ("train logreg --direction random:1 --sigma -1", &["--sigma"]),
        ("map logreg --grid 0", &["--grid", "published"]),
        ("map logreg --waves 1,1", &["--waves 1,1", "multiples of 2 from -16 to 15"]),
        ("map logreg --waves 2", &["--waves", "`2`", "2,-4"]),
        ("map logreg --phase average", &["--phase average", "corner"]),
        ("map logreg --shard 2/2", &["--shard"]),
        ("map nothere", &["nothere"]),
        ("map logreg --backend wgpu", &["--backend wgpu", "feature `gpu`", "flex"]),
        ("map logreg --backend wgpu --together 0", &["--together"]),
        ("map logreg -o no/such/folder/m", &["--output", "no/such/folder"]),
        ("curve logreg --set nothere --indices 0", &["nothere"]),
        ("curve logreg --set short.npy --indices 0", &["64", "1024"]),
        ("curve logreg --indices 3-1", &["--indices", "3-1"]),
        ("export maps/nothere --format csv -o d", &["maps/nothere"]),
    ] {
        let message = bench.fail(args, 2);
        for word in words {
            assert!(message.contains(word), "nads {args}: `{word}` is not in\n{message}");
        }
    }
    bench.write("two.npy", &npy(2, 1024, |i| if i % 1025 == 0 { 1.0 } else { 0.0 }));
    let message = bench.fail("curve logreg --set two.npy --indices 0,2", 2);
    assert!(message.contains("--indices 2") && message.contains("last one has index 1"), "{message}");
    assert_eq!(
        bench.files(),
        ["nan.npy", "short.npy", "toy.arch", "two.npy", "zero.npy"],
        "nothing is written"
    );
}

/// A number that is no accuracy is not reported as one.
#[test]
fn what_diverges_is_said() {
    let bench = Bench::new();
    // Twenty factors of a thousand: no f32 holds the product.
    let deep = format!("input 1x8x8\nflatten\n{}head\n", "linear 16\n".repeat(20));
    bench.write("deep.arch", deep.as_bytes());
    let diverging = "--samples 64 --epochs 20 --learning-rate 1000";
    let message = bench.fail(&format!("train deep.arch --direction fourier:1,0 {diverging}"), 1);
    assert!(message.contains("diverged") && message.contains("1000"), "{message}");
    let map = bench.json(&format!("map deep.arch --grid 4 {diverging} --json -o m.st"));
    assert!(map["diverged"].as_u64().unwrap() > 0, "{map}");
    bench.succeed("export m.st --format csv -o out");
    assert!(text(&bench.read("out/map.csv")).contains(",,,0,"), "no accuracy is made up");
}

#[test]
fn one_training_is_that_cell_of_the_map() {
    let bench = Bench::new();
    bench.succeed(&format!("map logreg --grid 16 --seeds 2 {SMALL} -o m.st"));
    bench.succeed("export m.st --format csv -o out");
    let csv = text(&bench.read("out/map.csv"));
    let accuracies = [0, 1].map(|seed| {
        let args = format!("train logreg --direction fourier:0,-16 --sigma 3 --seed {seed} {SMALL} --json");
        bench.json(&args)["accuracy"].as_f64().unwrap()
    });
    let mean = accuracies.iter().sum::<f64>() / 2.0;
    let line = csv.lines().find(|line| line.starts_with("0,-16,")).unwrap();
    assert!(line.starts_with(&format!("0,-16,{mean:.6},")), "{line} {accuracies:?}");
    // The constant, the two Nyquist axes, which are each other's transpose, and their corner.
    assert_eq!(csv.lines().count(), 5);
    assert!(csv.contains("\n-16,0,") && csv.contains("mirrored"), "{csv}");
}

/// burn trains the same network on the same samples: a few of them at the border may change sides.
#[test]
fn backends_agree() {
    let bench = Bench::new();
    let on = |backend: &str| {
        let task = "--direction fourier:1,0 --sigma 1 --samples 512 --epochs 4";
        bench.json(&format!("train toy.arch {task} --backend {backend} --json"))
    };
    let (lanes, flex) = (on("lanes"), on("flex"));
    assert!(lanes["executor"].as_str().unwrap().starts_with("lanes, "), "{lanes}");
    assert!(flex["executor"].as_str().unwrap().starts_with("flex, "), "{flex}");
    for of in ["accuracy", "train_accuracy", "loss"] {
        let (a, b) = (lanes[of].as_f64().unwrap(), flex[of].as_f64().unwrap());
        assert!((a - b).abs() < 0.01, "{of}: {a} {b}");
    }
}

/// Only some waves of a grid: the same results as in the whole map, and nothing else.
#[test]
fn chosen_waves_of_a_map() {
    let bench = Bench::new();
    let map = format!("map logreg --grid 16 {SMALL}");
    bench.succeed(&format!("{map} -o whole.st"));
    bench.succeed(&format!("{map} --waves -16,0/-16,-16 -o some.st"));
    let [whole, some]: [Trials; 2] = ["whole.st", "some.st"].map(|f| decode_trials(&bench.read(f)).unwrap());
    assert!(some.provenance.command.ends_with(" --waves -16,0/-16,-16"), "{}", some.provenance.command);
    assert_eq!((some.places.len(), whole.places.len()), (2, 3));
    for (place, trials) in some.places.iter().zip(&some.trials) {
        assert_eq!(*trials, whole.trials[whole.find(*place).unwrap()]);
    }
}

#[test]
fn finished_trainings_are_not_overwritten_by_fewer() {
    let bench = Bench::new();
    let map = format!("map logreg --grid 16 {SMALL} -o m.st");
    bench.succeed(&format!("{map} --seeds 2"));
    let held = bench.read("m.st");
    for (fewer, lost) in [
        ("--seeds 2 --waves -16,0/-16,-16", "2 trainings"),
        ("--seeds 1", "3 trainings"),
        ("--seeds 2 --shard 0/2", "3 trainings"),
    ] {
        let refused = bench.fail(&format!("{map} {fewer}"), 2);
        assert!(refused.contains("m.st") && refused.contains(lost), "{fewer}: {refused}");
        assert!(bench.read("m.st") == held, "{fewer}");
    }
    // Nor is one training.
    bench.succeed(&format!("{map}.one --waves -16,0/-16,-16"));
    let refused = bench.fail(&format!("{map}.one --waves -16,0"), 2);
    assert!(refused.contains("a training that this command"), "{refused}");
    assert!(refused.contains("Ask for them too") && !refused.contains("Remove"), "{refused}");
}

#[test]
fn threads_shards_and_more_seeds_end_in_the_same_bytes() {
    let bench = Bench::new();
    let map = format!("map logreg --grid 16 --seeds 3 {SMALL}");
    bench.succeed(&format!("{map} --threads 1 -o whole.st"));
    bench.succeed(&format!("{map} --threads 4 -o threads.st"));
    assert!(bench.read("whole.st") == bench.read("threads.st"));
    for shard in 0..2 {
        bench.succeed(&format!("{map} --shard {shard}/2 -o {shard}.st"));
    }
    assert!(bench.read("0.st") != bench.read("whole.st"));
    bench.succeed("merge 1.st 0.st -o merged.st");
    assert!(bench.read("merged.st") == bench.read("whole.st"));
    bench.succeed(&format!("{} -o grown.st", map.replace("--seeds 3", "--seeds 1")));
    let grown = bench.run(&format!("{map} -o grown.st"));
    assert!(text(&grown.stderr).contains("going on from 3 of 9"), "{}", text(&grown.stderr));
    assert!(bench.read("grown.st") == bench.read("whole.st"));
    // Another experiment is not mixed in.
    let other = bench.fail(&format!("{map} --sigma 1 -o whole.st"), 2);
    assert!(other.contains("whole.st") && other.contains("task"), "{other}");
    assert!(bench.fail("merge 0.st toy.arch -o x.st", 2).contains("toy.arch"));
}

#[test]
fn results_of_another_machine_are_gone_on_with() {
    let bench = Bench::new();
    let map = format!("map logreg --grid 16 {SMALL} -o m.st");
    bench.succeed(&format!("{map} --seeds 1"));
    let mut begun: Trials = decode_trials(&bench.read("m.st")).unwrap();
    // Every machine has these instructions, and no machine likes them best.
    begun.provenance.executor = "lanes, scalar".into();
    bench.write("m.st", &encode_trials(&begun));
    bench.succeed(&format!("{map} --seeds 2"));
    let grown: Trials = decode_trials(&bench.read("m.st")).unwrap();
    assert_eq!(grown.provenance.executor, "lanes, scalar");
    assert_eq!(grown.count(), 2 * begun.count());
    assert!(grown.trials.iter().zip(&begun.trials).all(|(now, before)| now[0] == before[0]));
    // A machine without them leaves the file alone, and says why.
    begun.provenance.executor = "lanes, abacus".into();
    bench.write("m.st", &encode_trials(&begun));
    let message = bench.fail(&format!("{map} --seeds 2"), 2);
    assert!(message.contains("m.st") && message.contains("executor"), "{message}");
}

#[test]
fn a_damaged_result_is_refused() {
    let bench = Bench::new();
    let map = format!("map logreg --grid 16 {SMALL} -o m.st");
    bench.succeed(&map);
    let mut bytes = bench.read("m.st");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bench.write("m.st", &bytes);
    let message = bench.fail(&map, 2);
    assert!(
        message.contains("m.st") && message.contains("damaged") && message.contains("Remove it"),
        "{message}"
    );
    assert_eq!(bench.read("m.st"), bytes, "it is left as it is");
}

#[cfg(unix)]
#[test]
fn an_interrupted_map_goes_on() {
    goes_on("map logreg --grid 4 --seeds 4 --samples 2000 --epochs 10 --threads 2 -o cut.st");
}

/// As on a GPU, but for the number of networks in step.
#[cfg(unix)]
#[test]
fn an_interrupted_map_goes_on_with_burn() {
    goes_on("map toy.arch --grid 4 --samples 1000 --epochs 10 --backend flex --threads 2 -o cut.st");
}

#[cfg(unix)]
fn goes_on(map: &str) {
    let bench = Bench::new();
    // Trainings under way are kept too: cut.st.part.PLACE-SEED.
    let in_mid_training = || bench.files().iter().any(|name| name.starts_with("cut.st.part."));
    let mut delay = Duration::from_millis(150);
    let mut tries = 0;
    let message = loop {
        let child = bench.command(map).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        thread::sleep(delay);
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        // Before the handler stands the signal itself ends the process; later the run may be over, or between two trainings.
        match output.status.code() {
            Some(1) if bench.path("cut.st.part").exists() && in_mid_training() => {
                break failed(map, &output, 1);
            }
            Some(1) => {}
            Some(0) => {
                fs::remove_file(bench.path("cut.st")).unwrap();
                delay /= 2;
            }
            _ => delay *= 2,
        }
        tries += 1;
        assert!(
            tries < 30 && delay > Duration::from_millis(1) && delay < Duration::from_secs(60),
            "never caught in the middle: {:?}",
            bench.files()
        );
    };
    assert!(message.contains("cut.st.part") && message.contains("goes on"), "{message}");
    assert!(!bench.files().contains(&"cut.st".to_owned()));
    bench.succeed(map);
    bench.succeed(&map.replace("cut.st", "whole.st"));
    assert!(bench.read("cut.st") == bench.read("whole.st"));
    assert!(!bench.files().iter().any(|name| name.contains(".part")), "{:?}", bench.files());
}

#[test]
fn curves_are_trained_along_given_directions() {
    let bench = Bench::new();
    bench.write("two.npy", &npy(2, 1024, |i| if i % 1025 == 0 { 1.0 } else { 0.0 }));
    bench.succeed(&format!("curve logreg --set two.npy --indices 0-1 --seeds 2 {SMALL} -o c.st"));
    bench.succeed("export c.st --format csv -o out");
    let csv = text(&bench.read("out/curve.csv"));
    assert!(csv.starts_with("nad_idx,accuracy,sd,n_seeds\n0,") && csv.lines().count() == 3, "{csv}");
    let one = bench.json(&format!("train logreg --direction nad:two.npy:1 {SMALL} --seed 1 --json"));
    assert_eq!(one["sigma"], 1.0);
    let two = bench.json(&format!("train logreg --direction nad:two.npy:1 {SMALL} --json"));
    let mean = (one["accuracy"].as_f64().unwrap() + two["accuracy"].as_f64().unwrap()) / 2.0;
    assert!(csv.lines().nth(2).unwrap().starts_with(&format!("1,{mean:.6},")), "{csv} {mean}");
}

#[test]
fn a_map_of_some_waves_is_stored() {
    let bench = Bench::new();
    fs::create_dir(bench.path("assets")).unwrap();
    let recipe = format!(
        r#"[{{"name": "maps/logreg", "command": "nads map logreg --grid 16 --waves 0,0/0,-16 {SMALL}"}}]"#
    );
    bench.write("assets/recipes.json", recipe.as_bytes());
    bench.succeed("assets make");
    assert!(bench.succeed("assets check").contains("maps/logreg.safetensors, 2 directions"));
}

#[test]
fn maps_and_curves_are_made_from_recipes() {
    let bench = Bench::new();
    fs::create_dir(bench.path("assets")).unwrap();
    let recipes = |seeds: usize| {
        format!(
            r#"[{{"name": "maps/logreg", "command": "nads map logreg --grid 16 --seeds {seeds} {SMALL}"}},
                {{"name": "toy", "command": "nads estimate toy.arch --networks 16"}},
                {{"name": "curves/toy", "title": "A toy", "command": "nads curve toy.arch --indices 0,2 {SMALL}"}}]"#
        )
    };
    bench.write("assets/recipes.json", recipes(1).as_bytes());
    // The curve's NADs come from the recipe before it.
    bench.succeed("assets make");
    let manifest: serde_json::Value = serde_json::from_slice(&bench.read("assets/manifest.json")).unwrap();
    let map = &manifest["maps"][0];
    assert_eq!(
        (&map["name"], &map["title"], &map["network"]),
        (&"logreg".into(), &"LogReg".into(), &"logreg".into())
    );
    assert_eq!(map["along"]["frequencies"], serde_json::json!({"phase": "corner", "every": 16}));
    assert_eq!(map["sigma"], 3.0);
    assert_eq!(manifest["curves"][0]["title"], "A toy");
    assert_eq!(manifest["curves"][0]["along"]["nads"]["networks"], 16);
    assert_eq!(manifest["networks"].as_array().unwrap().len(), 1);
    let checked = bench.succeed("assets check");
    assert!(
        checked.contains("maps/logreg.safetensors, 3 directions, 1 seed from 0, sigma 3, 64 samples"),
        "{checked}"
    );
    let listed = bench.json("assets list --json");
    let of = |path: &str| {
        let all = listed["assets"].as_array().unwrap();
        all.iter().find(|asset| asset["path"] == path).unwrap_or_else(|| panic!("{path}")).clone()
    };
    assert_eq!(of("curves/toy.safetensors")["provenance"]["task"]["sigma"], 1.0);
    assert_eq!(of("maps/logreg.safetensors")["command"], "nads assets make maps/logreg");
    assert!(bench.succeed("assets list").contains("3 directions, 1 seed"));
    // What is there is gone on with.
    bench.write("assets/recipes.json", recipes(2).as_bytes());
    let again = bench.run("assets make maps/logreg");
    assert!(text(&again.stderr).contains("going on from 3 of 6"), "{}", text(&again.stderr));
    assert!(bench.succeed("assets check").contains("2 seeds"));
    bench.succeed("export maps/logreg --format csv -o out");
    let mut bytes = bench.read("assets/maps/logreg.safetensors");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    bench.write("assets/maps/logreg.safetensors", &bytes);
    bench.write("assets/curves/extra.safetensors", b"x");
    let message = text(&bench.run("assets check").stderr);
    assert!(
        message.contains("maps/logreg.safetensors: sha256")
            && message.contains("curves/extra.safetensors: not in"),
        "{message}"
    );
    for (name, command) in [
        ("logreg", "nads map logreg"),
        ("curves/logreg", "nads map logreg"),
        ("maps/../logreg", "nads map logreg"),
        ("maps/logreg", "nads map logreg -o elsewhere.st"),
        ("maps/logreg", "nads map logreg --shard 0/2"),
    ] {
        bench.write(
            "assets/recipes.json",
            format!(r#"[{{"name": "{name}", "command": "{command}"}}]"#).as_bytes(),
        );
        let message = bench.fail("assets make", 2);
        assert!(message.contains("recipes.json") && message.contains("expected"), "{message}");
    }
}

#[test]
fn maps_and_curves_are_drawn() {
    let bench = Bench::new();
    bench.succeed("estimate toy.arch --networks 16 -o toy.st");
    bench.succeed(&format!("map toy.arch --grid published --seeds 2 {SMALL} -o m.st"));
    bench.succeed(&format!("curve toy.arch --set toy.st --indices 0,3,9 --seeds 2 {SMALL} -o c.st"));
    bench.succeed("figure heat-map --network m.st --nads toy.st -o f.svg");
    let svg = text(&bench.read("f.svg"));
    assert!(svg.contains("Accuracy map of toy, cosine, origin at the corner") && svg.contains("mirrored"));
    assert_eq!(svg.matches("data:image/png;base64,").count(), 1);
    assert!(svg.contains("A wave and its mirror image") && svg.contains("points at most"), "{svg}");
    assert!(svg.contains("trained directions") && svg.matches("class=\"point\"").count() >= 3, "{svg}");
    // Without NADs there is no prediction, and it is not made up.
    bench.succeed("figure heat-map --network m.st --theme dark -o g.svg");
    assert_eq!(text(&bench.read("g.svg")).matches("class=\"point\"").count(), 0);
    bench.succeed("figure index-curve --network c.st,c.st --x log -o h.svg");
    let svg = text(&bench.read("h.svg"));
    assert_eq!((svg.matches("<polyline").count(), svg.matches("<circle").count()), (2, 6));
    bench.succeed("figure index-curve --network c.st -o h.png");
    assert!(bench.read("h.png").starts_with(b"\x89PNG"));
    for (args, words) in [
        ("heat-map --network c.st", ["c.st", "index-curve"]),
        ("index-curve --network m.st", ["m.st", "heat-map"]),
        ("heat-map --network nothere", ["maps/nothere", "no such result"]),
        ("heat-map --network toy.st", ["toy.st", "nads map"]),
    ] {
        let message = bench.fail(&format!("figure {args} -o x.svg"), 2);
        assert!(words.iter().all(|word| message.contains(word)), "{args}: {message}");
    }
}

#[test]
fn tasks_and_pairs_of_maps_are_drawn() {
    let bench = Bench::new();
    bench.succeed("figure task --direction fourier:3,-4 --against random:2 --sigma 1.5 -o f.svg");
    let svg = text(&bench.read("f.svg"));
    assert_eq!(svg.matches("class=\"point\"").count(), 400);
    for words in ["σ = 1.5", "wave (3, −4)", "random direction 2"] {
        assert!(svg.contains(words), "{words}: {svg}");
    }
    let pool = "input 1x8x8\nconv 4 k3 p1\nrelu\nmaxpool 2\nflatten\nhead\n";
    bench.write("pool.arch", pool.as_bytes());
    bench.write("flat.arch", pool.replace("maxpool 2\n", "").as_bytes());
    for name in ["pool", "flat"] {
        bench.succeed(&format!("map {name}.arch --grid full {SMALL} -o {name}.st"));
    }
    bench.succeed("figure pooling --network pool.st --without flat.st --wave 1,0 -o g.svg");
    let svg = text(&bench.read("g.svg"));
    assert_eq!(svg.matches("data:image/png;base64,").count(), 2);
    // Three aliases of k and three of -k.
    assert_eq!(svg.matches("class=\"alias\"").count(), 6);
    bench.succeed(&format!("map flat.arch --grid full --sigma 2 {SMALL} -o other.st"));
    for (args, words) in [
        ("task --direction up", ["--direction", "fourier:KR,KC"]),
        ("task --against nad:nothere:1", ["nothere", "stored result"]),
        ("task --sigma -1", ["sigma", "expected"]),
        ("pooling --network pool.st --without other.st", ["same frequencies and noise", "other.st"]),
        ("pooling --network pool.st --without flat.st --wave 1", ["--wave", "2,-4"]),
    ] {
        let message = bench.fail(&format!("figure {args} -o x.svg"), 2);
        assert!(words.iter().all(|word| message.contains(word)), "{args}: {message}");
    }
}

#[test]
fn a_drawn_direction_is_trained() {
    let bench = Bench::new();
    // 64 pixels are 22 characters; `b` is two blank pixels and a +.
    let said = bench.json(&format!("train toy.arch --direction drawn:b{} {SMALL} --json", "a".repeat(21)));
    assert!(said["direction"].as_str().is_some_and(|name| name.starts_with("drawn:baa")), "{said}");
    for (wrong, what) in [("aaaaaa", "not 0"), ("A", "character 1"), ("b", "images of")] {
        let message = bench.fail(&format!("train toy.arch --direction drawn:{wrong} {SMALL}"), 2);
        assert!(message.contains(what), "{wrong}: {message}");
    }
}
