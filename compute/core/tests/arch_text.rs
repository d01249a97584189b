//! Any text given as `.arch`: an error with place and remedy, or a network that prints back to itself.

use nads_core::arch::{Arch, PRESETS, Plan};
use proptest::prelude::*;

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
    ("input 1x8x8 blurpool", 1, 21, "expected the size of the filter"),
    ("input 1x8x8 blurpool 32 flatten head", 1, 22, "at most 31"),
    ("input 1x8x8 blurpool 9 flatten head", 1, 13, "the window of `blurpool` spans 9 pixels"),
    ("input 1x8x8 blurpool 3 k3", 1, 24, "options of `blurpool`: s, p, pad"),
    ("input 1x8x8 blurpool 3 p8 pad reflect flatten head", 1, 13, "needs a side of at least 9, found 8"),
    ("input 1x8x8 leaky flatten head", 1, 19, "found `flatten`, expected a slope from 0 to 1"),
    ("input 1x8x8 leaky 2", 1, 19, "a slope from 0 to 1"),
    ("input 1x8x8 leaky -0.1", 1, 19, "found `-0.1`"),
    ("input 1x8x8 layerscale inf", 1, 24, "where the scales begin"),
    ("input 1x8x8 layerscale 1e39", 1, 24, "0 to 1000"),
    ("input 1x8x8 layernorm flatten head", 1, 13, "a norm of single numbers is zero"),
    ("input 1x8x8 flatten groupnorm 64 head", 1, 21, "a norm of single numbers is zero"),
    ("input 1x8x8 flatten instancenorm head", 1, 21, "more channels or pixels"),
    ("input 1x8x8 conv 6 k3 groupnorm 4 flatten head", 1, 23, "4 groups do not divide 6 channels"),
    ("input 1x8x8 groupnorm 0", 1, 23, "at least 1"),
    ("input 1x8x8 geluu flatten head", 1, 13, "did you mean `gelu`?"),
    ("input 1x8x8 swish flatten head", 1, 13, "did you mean `silu`?"),
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
            "init", "he_fan_out", "gelu", "tanh", "silu", "leaky", "blurpool", "globalavgpool", "layernorm", "groupnorm",
            "instancenorm", "layerscale", "1e-6", "k3", "k1", "s2", "p1", "0.5", "1x8x8", "8", "400", "1000000", "\n", "# x\n",
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
        prop::sample::select(vec![
            "relu",
            "gelu",
            "tanh",
            "silu",
            "layernorm",
            "instancenorm",
            "globalavgpool"
        ])
        .prop_map(str::to_owned),
        (0_u32..=100).prop_map(|p| format!("leaky {} layerscale 0.{p:03}", f64::from(p) / 100.0)),
        (1_usize..6, 1_usize..3, prop::sample::select(vec!["", "pad circular", "pad reflect"]))
            .prop_map(|(k, s, pad)| format!("blurpool {k} s{s} p1 {pad} groupnorm {s}")),
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
