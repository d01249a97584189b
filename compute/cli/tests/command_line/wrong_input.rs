use crate::Bench;

/// Arguments, and what the message must name: the argument, and what was expected or the nearest choice.
const WRONG: [(&str, &[&str]); 38] = [
    ("describe", &["<ARCH>"]),
    ("describe lenett", &["<ARCH>", "lenett", "did you mean `lenet`"]),
    ("describe no/such.arch", &["no/such.arch", "neither a preset nor a file"]),
    ("describe .", &["<ARCH>", "."]),
    ("descrbe lenet", &["descrbe", "describe"]),
    ("describe lenet --chanels 3", &["--chanels", "--channels"]),
    ("describe lenet --channels 0", &["--channels", "1 to 4096"]),
    ("describe lenet --channels -1", &["--channels", "1 to 4096"]),
    ("describe lenet --outputs many", &["--outputs", "whole number"]),
    ("estimate lenet --networks 0", &["--networks", "from 1"]),
    ("estimate lenet --networks 1e3", &["--networks", "whole number"]),
    ("estimate lenet --networks 99999999999999999999", &["--networks", "4294967296"]),
    ("estimate lenet --until 1.5", &["--until", "between 0 and 1"]),
    ("estimate lenet --until 0.9 --networks 5", &["--until", "--networks"]),
    ("estimate lenet --until 0.9 --shard 0/2 -o s", &["--until", "--shard"]),
    ("estimate lenet --at-most 100", &["--until"]),
    ("estimate lenet --seed -3", &["--seed", "from 0"]),
    ("estimate lenet --estimator sekant", &["--estimator", "secant"]),
    ("estimate lenet --step 10", &["--step 10", "same at every size", "secant"]),
    ("estimate lenet --step 10 --estimator gradient", &["--step", "--estimator secant"]),
    (
        "estimate lenet --estimator gradient --backend lanes",
        &["--backend lanes", "the estimator gradient", "flex"],
    ),
    ("estimate lenet --step 0 --estimator secant", &["--step", "positive"]),
    ("estimate lenet --estimator gradient --backend lanes", &["--backend", "gradient", "flex"]),
    ("estimate lenet --backend wgpu", &["--backend", "feature `gpu`", "flex"]),
    ("estimate lenet --backend gpu", &["--backend", "wgpu"]),
    ("estimate lenet --threads 0", &["--threads", "1 to 1024"]),
    ("estimate lenet --shard 3/3 -o s", &["--shard", "2/3"]),
    ("estimate lenet --shard a -o s", &["--shard", "0/3"]),
    ("estimate lenet --shard 0/2", &["--shard", "--output"]),
    ("estimate toy.arch --networks 2 --shard 2/3 -o no/such/folder/s", &["--output", "no/such/folder"]),
    ("estimate lenet --channels 3", &["--channels", "1x32x32"]),
    ("estimate toy.arch -o .", &["--output", "folder"]),
    ("merge -o m", &["<FILE>"]),
    ("merge toy.arch -o m", &["<FILE>", "toy.arch"]),
    ("overlap toy.arch lenet", &["<SET>", "toy.arch"]),
    ("overlap nothere lenet", &["<SET>", "nothere"]),
    ("export nothere --format npz -o d", &["--format", "npy"]),
    ("figure explorer --network nothere -o f.gif", &["--output", ".svg or .png"]),
];

#[test]
fn wrong_arguments_are_named_with_what_was_expected() {
    let bench = Bench::new();
    for (args, words) in WRONG {
        let message = bench.fail(args, 2).to_lowercase();
        for word in words {
            assert!(message.contains(&word.to_lowercase()), "nads {args}: `{word}` is not in\n{message}");
        }
    }
    assert_eq!(bench.files(), ["toy.arch"], "nothing is written");
}

#[test]
fn a_malformed_description_is_named_by_file_line_and_column() {
    let bench = Bench::new();
    for (text, place) in [
        ("input 1x8x8\nflatten\nlinaer 3\nhead\n", "line 3, column 1"),
        ("input 1x8x8\n  conv 4 kk\nhead\n", "line 2, column 3"),
        ("input 1x8x8\nconv 4 k3 => 4x8x8\nflatten head\n", "line 2"),
        ("input 1x8x8\nflatten\n", "head"),
        ("", "line 1"),
    ] {
        bench.write("wrong.arch", text.as_bytes());
        let message = bench.fail("describe wrong.arch", 2);
        assert!(message.contains("wrong.arch") && message.contains(place), "{text:?}: {message}");
        let message = bench.fail_with_input("describe -", text.as_bytes(), 2);
        assert!(message.contains(place), "{text:?}: {message}");
        bench.fail("estimate wrong.arch", 2);
    }
}

#[test]
fn bytes_that_are_no_description() {
    let bench = Bench::new();
    bench.write("binary.arch", &[0x69, 0x0a, 0xff, 0xfe, 0x00]);
    assert!(bench.fail("describe binary.arch", 2).contains("line 2: not UTF-8"));
    bench.write("huge.arch", &vec![b'#'; (1 << 20) + 1]);
    assert!(bench.fail("describe huge.arch", 2).contains("longer than"));
    assert!(bench.fail_with_input("describe -", &vec![b' '; 3 << 20], 2).contains("longer than"));
}

#[test]
fn nothing_at_all_prints_help() {
    let output = Bench::new().run("");
    assert_eq!(output.status.code(), Some(2));
    assert!(crate::text(&output.stderr).contains("Usage: nads"));
    assert!(Bench::new().succeed("--help").contains("estimate"));
}
