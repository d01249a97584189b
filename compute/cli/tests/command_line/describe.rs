use crate::Bench;

/// Parameters, multiply-accumulates, symmetry, homogeneous or not, for one channel and one output.
/// Counts: independent PyTorch models (of the paper's networks those of its protocol); the group: estimator.md.
const TABLE: [(&str, u64, f64, &str, bool); 15] = [
    ("logreg", 1_025, 1.0e3, "all permutations", true),
    ("lenet", 60_941, 4.16e5, "D4", true),
    ("vgg11", 9_750_657, 1.52e8, "D4", true),
    ("resnet18", 11_168_193, 5.54e8, "transpose", true),
    ("densenet121", 6_945_921, 8.87e8, "D4", true),
    ("lenet-nopool", 1_118_861, 2.62e6, "D4", true),
    ("resnet18-nopool", 11_691_969, 1.14e10, "D4", true),
    ("lenet-avgpool", 60_941, 4.16e5, "D4", true),
    ("lenet-stride", 60_941, 1.48e5, "transpose", true),
    ("lenet-gelu", 60_941, 4.16e5, "D4", false),
    ("lenet-circular", 135_821, 9.01e5, "D4", true),
    ("resnet20", 271_601, 4.05e7, "transpose", true),
    ("resnet20-noskip", 268_849, 4.03e7, "transpose", true),
    ("mobilenet", 675_585, 3.10e7, "transpose", true),
    ("convnext", 906_769, 3.28e7, "D4", false),
];

#[test]
fn presets_have_the_published_sizes() {
    let bench = Bench::new();
    for (name, parameters, macs, symmetry, homogeneous) in TABLE {
        let described = bench.json(&format!("describe {name} --json"));
        assert_eq!(described["name"], name);
        assert_eq!(described["parameters"], parameters, "{name}");
        let counted = described["macs"].as_f64().unwrap();
        assert!((counted / macs - 1.0).abs() < 0.03, "{name}: {counted} {macs}");
        assert_eq!(described["symmetry"], symmetry, "{name}");
        assert_eq!(described["homogeneous"], homogeneous, "{name}");
        let layers = described["layers"].as_array().unwrap();
        let counted: u64 = layers.iter().map(|layer| layer["parameters"].as_u64().unwrap()).sum();
        assert_eq!(counted, parameters, "{name}: the layers' parameters do not add up");
    }
}

#[test]
fn outputs_and_channels_are_counted() {
    let bench = Bench::new();
    assert_eq!(bench.json("describe lenet --outputs 10 --json")["parameters"], 60_941 + 9 * 85);
    assert_eq!(bench.json("describe lenet --channels 3 --json")["parameters"], 60_941 + 2 * 25 * 6);
}

#[test]
fn the_table_names_every_layer() {
    let bench = Bench::new();
    let table = bench.succeed("describe lenet");
    for word in ["LeNet", "conv 6 k5", "6x28x28", "linear 84", "60,941", "415,764", "D4"] {
        assert!(table.contains(word), "{word}\n{table}");
    }
}

#[test]
fn a_file_and_standard_input_are_read() {
    let bench = Bench::new();
    let from_file = bench.json("describe toy.arch --json");
    assert_eq!(from_file["name"], "toy");
    let output = bench
        .command("describe - --json")
        .stdin(std::fs::File::open(bench.path("toy.arch")).unwrap())
        .output()
        .unwrap();
    let from_input: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(from_input["layers"], from_file["layers"]);
}
