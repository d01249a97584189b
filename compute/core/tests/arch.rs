//! The `.arch` language: presets, printing, plans, symmetry, errors.

use nads_core::arch::{Arch, PRESETS, Plan, Shape, nearest_preset, preset};
use nads_core::grid::Symmetry;
use proptest::prelude::*;

fn plan(text: &str) -> Plan {
    Plan::parse(text, None, 1).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect()
}

/// Arch without positions, for comparison: what its canonical text parses to.
fn canonical(arch: &Arch) -> Arch {
    Arch::parse(&arch.to_string()).unwrap_or_else(|e| panic!("{e}\n{arch}"))
}

#[test]
fn presets_are_those_of_the_protocol() {
    // name, parameters (1 channel, 1 output), MACs (three digits of the protocol's table), features, group
    let table = [
        ("logreg", 1_025, "1.0e3", 1024, Symmetry::AllPermutations),
        ("lenet", 60_941, "4.16e5", 84, Symmetry::D4),
        ("vgg11", 9_750_657, "1.52e8", 512, Symmetry::D4),
        ("resnet18", 11_168_193, "5.54e8", 512, Symmetry::Transpose),
        ("densenet121", 6_945_921, "8.87e8", 1024, Symmetry::D4),
        ("lenet-nopool", 1_118_861, "2.62e6", 84, Symmetry::D4),
        ("resnet18-nopool", 11_691_969, "1.14e10", 524_288, Symmetry::D4),
    ];
    assert_eq!(PRESETS.len(), table.len());
    for (preset, (name, parameters, macs, features, symmetry)) in PRESETS.iter().zip(table) {
        let plan = plan(preset.text);
        assert_eq!(preset.name, name);
        assert_eq!(plan.parameter_count(), parameters, "{name}");
        let digits = macs.find('e').unwrap() - 2;
        assert_eq!(format!("{:.*e}", digits, plan.macs as f64), macs, "{name}: {}", plan.macs);
        assert_eq!((plan.features, plan.symmetry), (features, symmetry), "{name}");
        assert!(plan.homogeneous);
        assert_eq!(plan.macs, plan.nodes.iter().map(|n| n.macs).sum::<u64>());
    }
}

#[test]
fn presets_print_back_to_themselves() {
    for preset in PRESETS {
        let arch: Arch = preset.text.parse().unwrap();
        assert_eq!(arch.to_string(), without_comments(preset.text), "{}", preset.name);
        assert_eq!(canonical(&arch).to_string(), arch.to_string());
    }
}

#[test]
fn channels_and_outputs_come_from_the_job() {
    let plan = Plan::parse(preset("lenet").unwrap().text, Some(3), 10).unwrap();
    assert_eq!(plan.input, Shape { channels: 3, rows: 32, cols: 32 });
    assert_eq!(plan.parameter_count(), 60_941 + 2 * 25 * 6 + 9 * 85);
    let text = preset("lenet").unwrap().text;
    assert!(Plan::parse(text, Some(0), 1).is_err());
    assert!(Plan::parse(text, None, 0).is_err());
    assert!(Plan::parse(text, None, usize::MAX).is_err());
}

#[test]
fn lenet_parameters_in_order() {
    let plan = plan(preset("lenet").unwrap().text);
    let dims: Vec<Vec<usize>> = plan.parameters.iter().map(|p| p.dims.clone()).collect();
    let expected: [&[usize]; 10] =
        [&[6, 1, 5, 5], &[6], &[16, 6, 5, 5], &[16], &[120, 400], &[120], &[84, 120], &[84], &[1, 84], &[1]];
    assert_eq!(dims, expected);
    let fan_in: Vec<usize> = plan.parameters.iter().map(|p| p.fan_in).collect();
    assert_eq!(fan_in, [25, 25, 150, 150, 400, 400, 120, 120, 84, 84]);
    assert_eq!(plan.head().parameters, 8..10);
    // Every parameter belongs to exactly one layer, in order.
    let mut next = 0;
    for node in &plan.nodes {
        assert_eq!(node.parameters.start, next);
        next = node.parameters.end;
    }
    assert_eq!(next, plan.parameters.len());
}

#[test]
fn every_option_is_read_and_printed() {
    let text =
        "input 4x16x16 conv 8 groups 4 dilation 2 p2 s2 k3 nobias pad circular init he_fan_out => 8x8x8
        conv 8 k3 p1 pad reflect bn relu maxpool 3 s2 p1 => 8x4x4 avgpool 2
        residual { conv 8 k1 } shortcut { } concat { conv 2 k1 } { } => 10x2x2
        repeat 2 { relu dropout 0.25 } flatten=>40 linear 5 nobias init he_fan_out residual{linear 5} head";
    let printed = "input 4x16x16
conv 8 k3 s2 p2 groups 4 dilation 2 pad circular nobias init he_fan_out  => 8x8x8
conv 8 k3 p1 pad reflect  bn  relu  maxpool 3 s2 p1  => 8x4x4
avgpool 2
residual {
  conv 8 k1
}
concat {
  conv 2 k1
} { }  => 10x2x2
repeat 2 {
  relu  dropout 0.25
}
flatten  => 40
linear 5 nobias init he_fan_out
residual {
  linear 5
}
head
";
    let arch = Arch::parse(text).unwrap();
    assert_eq!(arch.to_string(), printed);
    assert_eq!(canonical(&arch).to_string(), printed);
    let plan = Plan::new(&arch, None, 3).unwrap();
    assert_eq!(plan.features, 5);
    assert_eq!(plan.parameters[0].dims, [8, 1, 3, 3]);
    assert_eq!(plan.parameters[0].fan_in, 9);
}

#[test]
fn symmetry_is_derived_from_the_layers() {
    use Symmetry::{AllPermutations, D4, None, Transpose};
    let table = [
        ("input 1x8x8 flatten linear 5 relu head", AllPermutations),
        ("input 1x8x8 conv 3 k1 bn relu flatten head", AllPermutations),
        ("input 1x8x8 conv 3 k1 p1 flatten head", D4),
        ("input 1x8x8 conv 3 k3 flatten head", D4),
        // Stride 2: 8 + 2p - k even keeps the flips, odd loses them.
        ("input 1x8x8 conv 3 k3 s2 p1 flatten head", Transpose),
        ("input 1x8x8 conv 3 k1 s2 flatten head", Transpose),
        ("input 1x8x8 conv 3 k4 s2 p1 flatten head", D4),
        ("input 1x8x8 conv 3 k2 s2 flatten head", D4),
        ("input 1x9x9 conv 3 k3 s2 p1 flatten head", D4),
        ("input 1x8x8 conv 3 k3 s2 p1 pad circular flatten head", Transpose),
        ("input 1x8x8 conv 3 k3 p1 pad reflect flatten head", D4),
        ("input 1x8x8 conv 3 k3 p2 dilation 2 s2 flatten head", Transpose),
        ("input 2x8x8 conv 4 k3 groups 2 flatten head", D4),
        ("input 1x8x8 maxpool 2 flatten head", D4),
        ("input 1x9x9 maxpool 2 flatten head", Transpose),
        ("input 1x8x8 avgpool 3 s2 p1 flatten head", Transpose),
        ("input 1x8x8 avgpool 1 flatten head", AllPermutations),
        // The stride may hide anywhere.
        ("input 1x8x8 residual { conv 1 k3 p1 } flatten head", D4),
        ("input 1x8x8 residual { conv 2 k4 s2 p1 } shortcut { conv 2 k1 s2 } flatten head", Transpose),
        ("input 1x8x8 concat { maxpool 3 s2 p1 } { conv 1 k2 s2 } flatten head", Transpose),
        ("input 1x8x8 concat { conv 1 k3 p1 } { } repeat 2 { relu } flatten head", D4),
        // Picture of one pixel: nothing spatial is left.
        ("input 1x8x8 avgpool 8 conv 4 k3 p1 flatten head", D4),
        // Not square.
        ("input 1x8x6 conv 3 k3 flatten head", None),
        ("input 1x8x6 flatten head", None),
        // Pixels have become channels: what tells channels apart breaks every symmetry.
        ("input 1x8x8 flatten conv 4 k1 head", AllPermutations),
        ("input 1x8x8 flatten conv 4 k1 groups 4 head", None),
        ("input 1x8x8 flatten linear 8 conv 4 k1 groups 4 head", AllPermutations),
        ("input 1x8x8 flatten residual { linear 64 } head", AllPermutations),
        ("input 1x8x8 flatten concat { } { linear 3 relu } head", AllPermutations),
        (
            "input 1x8x8 flatten residual { concat { } { linear 3 } } shortcut { concat { linear 3 } { } } head",
            None,
        ),
        ("input 4x2x2 residual { flatten } shortcut { maxpool 2 concat { } { } { } { } } head", None),
    ];
    for (text, symmetry) in table {
        assert_eq!(plan(text).symmetry, symmetry, "{text}");
    }
}

#[test]
fn macs_count_blocks() {
    let plan = plan("input 2x4x4 residual { conv 2 k3 p1 } concat { conv 1 k1 } { } flatten linear 7 head");
    let macs: Vec<u64> = plan.nodes.iter().map(|n| n.macs).collect();
    assert_eq!(macs, [16 * 2 * 18, 16 * 2, 0, 48 * 7, 7]);
}

#[test]
fn wrong_preset_names_have_a_nearest() {
    let nearest = |name| nearest_preset(name).map(|p| p.name);
    assert_eq!(nearest("lenett"), Some("lenet"));
    assert_eq!(nearest("ResNet-18"), Some("resnet18"));
    assert_eq!(nearest("resnet18_nopool"), Some("resnet18-nopool"));
    assert_eq!(nearest("densenet"), Some("densenet121"));
    assert_eq!(nearest("alexandria"), None);
    assert_eq!(preset("lenett"), None);
}

/// Text, line, column, a part of the message.
const MALFORMED: &[(&str, usize, usize, &str)] = &[
    ("", 1, 1, "found the end of the text, expected `input`"),
    ("# nothing\n", 1, 10, "found the end of the text, expected `input`"),
    ("conv 6 k5", 1, 1, "found `conv`, expected `input`"),
    ("input", 1, 6, "expected a shape"),
    ("input 32x32 flatten head", 1, 7, "with one channel write `1x32x32`"),
    ("input 1x32x32x2 flatten head", 1, 7, "expected a shape"),
    ("input 1x-3x32 flatten head", 1, 7, "found `1x-3x32`, expected a shape"),
    ("input 1x0x32 flatten head", 1, 9, "at least 1"),
    ("input 1x32x99999999999999999999999 flatten head", 1, 12, "at most 1000000"),
    ("input 1000x1000x1000 flatten head", 1, 1, "found an activation of 1000x1000x1000"),
    ("input 1x8x8 flatten", 1, 13, "expected `head`"),
    ("input 1x8x8", 1, 1, "expected `head`"),
    ("input 1x8x8\nhead", 2, 1, "write `flatten` before `head`"),
    ("input 1x8x8\nlinear 5 flatten head", 2, 1, "write `flatten` before `linear`"),
    ("input 1x8x8 flatten head relu", 1, 26, "behind `head`"),
    ("input 1x8x8 flatten head head", 1, 26, "behind `head`"),
    ("input 1x8x8 flatten repeat 2 { linear 3 head }", 1, 41, "`head` inside a block"),
    ("input 1x8x8\n  conv 6 k5  relu\n  maxpol 2", 3, 3, "did you mean `maxpool`?"),
    ("input 1x8x8 convv 6", 1, 13, "found `convv`, expected a layer (conv, bn,"),
    ("input 1x8x8 BatchNorm", 1, 13, "did you mean `bn`?"),
    ("input 1x8x8 fc 10", 1, 13, "did you mean `linear`?"),
    ("input 1x8x8 conv 6 k5 nobais", 1, 23, "did you mean `nobias`?"),
    ("input 1x8x8 conv 6 k5 q7", 1, 23, "or an option of `conv`"),
    ("input 1x8x8 conv", 1, 17, "expected the number of output channels"),
    ("input 1x8x8 conv k5", 1, 18, "found `k5`, expected the number of output channels"),
    ("input 1x8x8 conv 6 flatten head", 1, 13, "write `conv 6 k3`"),
    ("input 1x8x8 conv 6 k flatten head", 1, 20, "directly behind the letter"),
    ("input 1x8x8 conv 6 k-3", 1, 20, "found `-3`, expected a kernel size"),
    ("input 1x8x8 conv 6 k0", 1, 20, "at least 1"),
    ("input 1x8x8 conv 0 k3", 1, 18, "at least 1"),
    ("input 1x8x8 conv 6 k3 s0", 1, 23, "at least 1"),
    ("input 1x8x8 conv 6 k3 k5", 1, 23, "the second `k`"),
    ("input 1x8x8 conv 6 k3 nobias p1 nobias", 1, 33, "the second `nobias`"),
    ("input 1x8x8 conv 6 k3 pad circlar", 1, 27, "did you mean `circular`?"),
    ("input 1x8x8 conv 6 k3 init xavier", 1, 28, "expected a law of the weights (uniform, he_fan_out)"),
    ("input 1x8x8 conv 6 k3 groups", 1, 29, "expected a number of groups"),
    ("input 2x8x8 conv 6 k3 groups 4 flatten head", 1, 13, "4 groups do not divide 2 input and 6 output"),
    ("input 1x8x8 conv 6 k9 flatten head", 1, 13, "spans 9 pixels, more than its padded input 8x8"),
    ("input 1x8x8 conv 6 k3 dilation 1000000 flatten head", 1, 13, "spans 2000001 pixels"),
    ("input 1x4x4 conv 1 k3 p4 pad reflect flatten head", 1, 13, "needs a side of at least 5, found 4"),
    ("input 1x4x4 conv 1 k3 p5 pad circular flatten head", 1, 13, "needs a side of at least 5, found 4"),
    ("input 1x8x8 maxpool", 1, 20, "expected the size of the window"),
    ("input 1x8x8 maxpool 0", 1, 21, "at least 1"),
    ("input 1x8x8 maxpool 2 nobias", 1, 23, "`maxpool` has no `nobias`"),
    ("input 1x8x8 maxpool 2 p2 flatten head", 1, 13, "expected at most 1"),
    ("input 1x8x8 avgpool 9 flatten head", 1, 13, "spans 9 pixels"),
    ("input 1x8x8 dropout 1 flatten head", 1, 21, "a probability from 0 to below 1"),
    ("input 1x8x8 dropout nan flatten head", 1, 21, "found `nan`"),
    ("input 1x8x8 dropout -0.5 flatten head", 1, 21, "found `-0.5`"),
    ("input 1x8x8 relu 3", 1, 18, "found `3`, expected a layer"),
    ("input 1x8x8\nrepeat 2 {\n  relu", 2, 10, "expected `}` for this `{`"),
    ("input 1x8x8 relu }", 1, 18, "no block is open here"),
    ("input 1x8x8 { relu }", 1, 13, "a block belongs to"),
    ("input 1x8x8 repeat 0 { relu }", 1, 20, "at least 1"),
    ("input 1x8x8 repeat 1001 { relu }", 1, 20, "at most 1000"),
    ("input 1x8x8 repeat 2 relu", 1, 22, "found `relu`, expected `{`"),
    ("input 1x8x8 repeat 2 { }", 1, 22, "is empty"),
    ("input 1x8x8 repeat 999 { repeat 999 { relu } }", 1, 26, "more than 10000 layers"),
    ("input 1x8x8 residual { } flatten head", 1, 22, "is empty"),
    ("input 1x8x8 residual { conv 2 k3 s2 p1 } flatten head", 1, 13, "gives 2x4x4, its shortcut 1x8x8"),
    ("input 1x8x8 residual { conv 2 k3 s2 p1 } flatten head", 1, 13, "shortcut { conv 2 k1 s2 nobias  bn }"),
    ("input 1x8x8 relu shortcut { relu }", 1, 18, "directly behind the `}` of a residual"),
    ("input 1x8x8 concat { relu } flatten head", 1, 13, "one branch, expected at least two"),
    ("input 1x8x8 concat { conv 1 k3 } { } flatten head", 1, 13, "6x6 and 8x8 pixels"),
    (
        "input 1x8x8 conv 6 k5 => 6x5x5 flatten head",
        1,
        13,
        "this gives 6x4x4, but the text expects `=> 6x5x5`",
    ),
    ("input 1x8x8 flatten => 63 head", 1, 13, "this gives 64, but the text expects `=> 63`"),
    ("input 1x8x8 relu =>", 1, 20, "expected a shape"),
    ("input 1x8x8 relu => 1x8x8 => 1x8x8", 1, 27, "one shape check"),
    ("input 1x8x8 => 1x8x8", 1, 13, "found `=>`, expected a layer"),
    ("input 1x8x8 input 1x8x8", 1, 13, "`input` stands once"),
    ("input 1x8x8 flatten linear 1000000 linear 1000000 head", 1, 36, "parameters"),
    ("input 1x16x16 conv 1000000 k1 relu flatten head", 1, 15, "an activation of 1000000x16x16"),
    // Products that do not fit 32 or 64 bits.
    ("input 1x8000x8000 flatten conv 1 k1000000 p500000 head", 1, 27, "parameters"),
    ("input 1x8x8 conv 1000000 k1 p1000000 flatten head", 1, 13, "an activation of 1000000x2000008x2000008"),
    ("input 1x8x8 \u{1}\u{fc}\u{202e} head", 1, 13, "found `\\u{1}\u{fc}\\u{202e}`"),
];

#[test]
fn malformed_texts_are_refused_with_place_and_remedy() {
    for &(text, line, col, part) in MALFORMED {
        let error = Plan::parse(text, None, 1).expect_err(text);
        let shown = error.to_string();
        assert_eq!((error.at.line, error.at.col), (line, col), "{text:?}: {shown}");
        assert!(shown.contains(part), "{text:?}: {shown}");
        assert!(shown.starts_with(&format!("line {line}, column {col}: ")));
        assert!(shown.len() < 500, "{shown}");
    }
}

#[test]
fn long_texts_and_deep_nesting_are_refused() {
    let long = format!("input 1x8x8 {}", "relu ".repeat(20_000));
    assert!(Arch::parse(&long).unwrap_err().message.contains("more than 65536"));
    let deep = format!("input 1x8x8 {}", "repeat 1 { ".repeat(5_000));
    assert!(Arch::parse(&deep).unwrap_err().message.contains("at most 32 deep"));
    // The longest word there can be is shown in part.
    let word = format!("input 1x8x8 {}", "\u{1}".repeat(60_000));
    assert!(Arch::parse(&word).unwrap_err().to_string().len() < 600);
}

/// Parses, and where that succeeds checks the round trip. Never panics.
fn exercise(text: &str) {
    if let Ok(arch) = Arch::parse(text) {
        let printed = arch.to_string();
        let again = Arch::parse(&printed).unwrap_or_else(|e| panic!("{e}\n{printed}"));
        assert_eq!(again.to_string(), printed);
        let (plan, other) = (Plan::new(&arch, None, 2), Plan::new(&again, None, 2));
        assert_eq!(plan.is_ok(), other.is_ok());
        if let (Ok(plan), Ok(other)) = (plan, other) {
            assert_eq!(plan.parameters, other.parameters);
            assert_eq!((plan.macs, plan.symmetry), (other.macs, other.symmetry));
        }
    }
}

fn token_soup() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        8 => prop::sample::select(vec![
            "conv", "bn", "relu", "maxpool", "avgpool", "dropout", "flatten", "linear", "head", "repeat", "residual",
            "concat", "shortcut", "{", "}", "{ }", "=>", "nobias", "groups", "dilation", "pad", "circular", "reflect",
            "init", "he_fan_out", "k3", "k1", "s2", "p1", "0.5", "1x8x8", "8", "400", "1000000", "\n", "# x\n",
        ]).prop_map(str::to_owned),
        1 => (0_u64..2_000_000).prop_map(|n| n.to_string()),
        1 => "[a-z0-9=>{}#]{1,4}",
    ];
    prop::collection::vec(word, 0..60).prop_map(|words| format!("input 1x8x8 {}", words.join(" ")))
}

/// Networks of the grammar, mostly well formed.
fn network() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (1_usize..5, 1_usize..4, 1_usize..3, 0_usize..2, any::<bool>()).prop_map(
            |(n, k, s, p, bias)| format!("conv {n} k{k} s{s} p{p} {}", if bias { "" } else { "nobias" })
        ),
        Just("bn".to_owned()),
        Just("relu".to_owned()),
        (1_usize..4).prop_map(|k| format!("maxpool {k} s1")),
        (1_usize..3).prop_map(|k| format!("avgpool {k}")),
        (0_u32..100).prop_map(|p| format!("dropout 0.{p:02}")),
        Just("residual { relu } shortcut { bn }".to_owned()),
        Just("concat { } { relu }".to_owned()),
    ];
    let body = leaf.prop_recursive(3, 12, 4, |inner| {
        let words = prop::collection::vec(inner, 1..4).prop_map(|w| w.join(" "));
        prop_oneof![
            words.clone(),
            (1_usize..4, words.clone()).prop_map(|(n, b)| format!("repeat {n} {{ {b} }}")),
            words.clone().prop_map(|b| format!("residual {{ {b} }}")),
            (words.clone(), words).prop_map(|(a, b)| format!("concat {{ {a} }} {{ {b} }}")),
        ]
    });
    prop::collection::vec(body, 0..4)
        .prop_map(|b| format!("input 1x12x12 {} flatten linear 3 head", b.join(" ")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        exercise(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_text_behind_an_input(text in "\\PC{0,60}") {
        exercise(&format!("input 1x8x8 {text}"));
    }

    #[test]
    fn any_tokens(text in token_soup()) {
        exercise(&text);
    }

    #[test]
    fn any_network(text in network()) {
        prop_assert!(Arch::parse(&text).is_ok(), "{}", text);
        exercise(&text);
    }

    #[test]
    fn mutated_presets(
        which in 0..PRESETS.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4), 1..6),
    ) {
        let mut words: Vec<String> = PRESETS[which].text.split_inclusive(char::is_whitespace).map(str::to_owned).collect();
        for (at, other, kind) in edits {
            let (i, j) = (at.index(words.len()), other.index(words.len()));
            match kind {
                0 => words.swap(i, j),
                1 => { words.remove(i); }
                2 => { let word = words[j].clone(); words.insert(i, word); }
                _ => words[i] = words[i].chars().rev().collect(),
            }
            prop_assume!(!words.is_empty());
        }
        exercise(&words.concat());
    }
}

/// The examples of the manual are networks.
#[test]
fn manual() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/arch-language.md");
    let text = std::fs::read_to_string(path).unwrap();
    let networks: Vec<Plan> = text.split("```\n").skip(1).step_by(2).take(3).map(plan).collect();
    assert_eq!(networks.len(), 3);
    assert_eq!(networks[0].parameter_count(), 60_941);
}
