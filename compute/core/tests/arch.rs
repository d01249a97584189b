//! The `.arch` language: presets, printing, plans, symmetry. Wrong texts: `arch_text.rs`.

use nads_core::arch::{Arch, Blur, PRESETS, PadMode, Plan, Shape, nearest_preset, preset};
use nads_core::grid::Symmetry;

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
fn presets_have_their_sizes_and_groups() {
    // name, parameters (1 channel, 1 output), MACs (three digits), features, group: of the protocol's table, then
    // parameters by tests/golden/make.py and MACs counted by hand
    let table = [
        ("logreg", 1_025, "1.0e3", 1024, Symmetry::AllPermutations),
        ("lenet", 60_941, "4.16e5", 84, Symmetry::D4),
        ("vgg11", 9_750_657, "1.52e8", 512, Symmetry::D4),
        ("resnet18", 11_168_193, "5.54e8", 512, Symmetry::Transpose),
        ("densenet121", 6_945_921, "8.87e8", 1024, Symmetry::D4),
        ("lenet-nopool", 1_118_861, "2.62e6", 84, Symmetry::D4),
        ("resnet18-nopool", 11_691_969, "1.14e10", 524_288, Symmetry::D4),
        ("lenet-avgpool", 60_941, "4.16e5", 84, Symmetry::D4),
        ("lenet-stride", 60_941, "1.48e5", 84, Symmetry::Transpose),
        ("lenet-gelu", 60_941, "4.16e5", 84, Symmetry::D4),
        ("lenet-circular", 135_821, "9.01e5", 84, Symmetry::D4),
        ("resnet20", 271_601, "4.05e7", 64, Symmetry::Transpose),
        ("resnet20-noskip", 268_849, "4.03e7", 64, Symmetry::Transpose),
        ("mobilenet", 675_585, "3.10e7", 512, Symmetry::Transpose),
        ("convnext", 906_769, "3.28e7", 192, Symmetry::D4),
    ];
    assert_eq!(PRESETS.len(), table.len());
    for (preset, (name, parameters, macs, features, symmetry)) in PRESETS.iter().zip(table) {
        let plan = plan(preset.text);
        assert_eq!(preset.name, name);
        assert_eq!(plan.parameter_count(), parameters, "{name}");
        let digits = macs.find('e').unwrap() - 2;
        assert_eq!(format!("{:.*e}", digits, plan.macs as f64), macs, "{name}: {}", plan.macs);
        assert_eq!((plan.features, plan.symmetry), (features, symmetry), "{name}");
        assert_eq!(plan.homogeneous, !["lenet-gelu", "convnext"].contains(&name), "{name}");
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
        blurpool 3 p1 pad reflect s1 blurpool 2 s2 p1 layernorm groupnorm 2 gelu leaky 0.010 => 10x2x2
        repeat 2 { relu dropout 0.25 } instancenorm layerscale 1e-6 tanh silu flatten=>40 linear 5 nobias init he_fan_out residual{linear 5} head";
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
blurpool 3 s1 p1 pad reflect  blurpool 2 p1  layernorm  groupnorm 2  gelu  leaky 0.01  => 10x2x2
repeat 2 {
  relu  dropout 0.25
}
instancenorm  layerscale 0.000001  tanh  silu
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
        // Filters of an even and of an odd side, on sides that they halve evenly or not.
        ("input 1x8x8 blurpool 2 flatten head", D4),
        ("input 1x8x8 blurpool 3 p1 flatten head", Transpose),
        ("input 1x9x9 blurpool 3 p1 pad reflect flatten head", D4),
        ("input 1x8x8 blurpool 3 s1 flatten head", D4),
        ("input 1x8x8 blurpool 1 s1 flatten head", AllPermutations),
        // Pixel by pixel, or over all pixels.
        (
            "input 1x8x8 conv 4 k1 gelu layernorm tanh groupnorm 2 silu instancenorm leaky 0.1 layerscale 0.1 flatten head",
            AllPermutations,
        ),
        ("input 1x8x8 conv 4 k1 relu globalavgpool flatten head", AllPermutations),
        ("input 1x8x8 conv 4 k3 relu globalavgpool flatten head", D4),
        ("input 1x8x8 conv 4 k3 s2 relu globalavgpool flatten head", Transpose),
        // The stride may hide anywhere.
        ("input 1x8x8 residual { conv 1 k3 p1 } flatten head", D4),
        ("input 1x8x8 residual { conv 2 k4 s2 p1 } shortcut { conv 2 k1 s2 } flatten head", Transpose),
        ("input 1x8x8 concat { maxpool 3 s2 p1 } { conv 1 k2 s2 } flatten head", Transpose),
        ("input 1x8x8 concat { conv 1 k3 p1 } { } repeat 2 { relu } flatten head", D4),
        // Picture of one pixel: nothing spatial is left.
        ("input 1x8x8 avgpool 8 conv 4 k3 p1 flatten head", D4),
        // Unless a border makes several of it, in the middle or not.
        ("input 1x8x8 conv 4 k1 globalavgpool conv 4 k2 s2 p1 flatten head", AllPermutations),
        ("input 1x8x8 conv 4 k1 globalavgpool conv 4 k3 p3 flatten head", D4),
        (
            "input 1x8x8 residual { avgpool 8 conv 1 k2 s2 p2 } shortcut { avgpool 4 } relu flatten head",
            Transpose,
        ),
        // Not square.
        ("input 1x8x6 conv 3 k3 flatten head", None),
        ("input 1x8x6 flatten head", None),
        // Pixels have become channels: what tells channels apart breaks every symmetry.
        ("input 1x8x8 flatten conv 4 k1 head", AllPermutations),
        ("input 1x8x8 flatten conv 4 k1 groups 4 head", None),
        ("input 1x8x8 flatten linear 8 conv 4 k1 groups 4 head", AllPermutations),
        ("input 1x8x8 flatten groupnorm 4 head", None),
        ("input 1x8x8 flatten groupnorm 1 layernorm layerscale 0.1 gelu head", AllPermutations),
        ("input 1x8x8 flatten linear 8 groupnorm 4 head", AllPermutations),
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
fn homogeneity_is_derived_from_the_layers() {
    let table = [
        ("relu", true),
        ("leaky 0.2", true),
        ("bn dropout 0.5 maxpool 2", true),
        ("blurpool 3 layerscale 0.1 globalavgpool", true),
        ("residual { relu } concat { leaky 0.1 } { }", true),
        ("gelu", false),
        ("tanh", false),
        ("silu", false),
        ("layernorm", false),
        ("groupnorm 2", false),
        ("instancenorm", false),
        // However deep.
        ("residual { conv 4 k1 } shortcut { concat { conv 2 k1 } { conv 2 k1 repeat 2 { gelu } } }", false),
    ];
    for (layers, homogeneous) in table {
        let text = format!("input 1x8x8 conv 4 k3 p1 {layers} flatten head");
        assert_eq!(plan(&text).homogeneous, homogeneous, "{text}");
    }
}

#[test]
fn blur_filters_are_binomial() {
    let blur = |kernel| Blur { kernel, stride: 2, pad: 0, pad_mode: PadMode::Zeros };
    assert_eq!(blur(1).weights(), [1.0]);
    assert_eq!(blur(2).weights(), [0.25; 4]);
    let expected = [1.0, 2.0, 1.0, 2.0, 4.0, 2.0, 1.0, 2.0, 1.0].map(|w| w / 16.0);
    assert_eq!(blur(3).weights(), expected);
    let row: Vec<f32> = blur(5).weights().chunks(5).map(|row| row.iter().sum()).collect();
    assert_eq!(row, [1.0, 4.0, 6.0, 4.0, 1.0].map(|w| w / 16.0));
    assert!((blur(31).weights().iter().sum::<f32>() - 1.0).abs() < 1e-6);
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

/// The examples of the manual are networks.
#[test]
fn manual() {
    let text = std::fs::read_to_string("../../docs/arch-language.md").unwrap();
    let networks: Vec<Plan> = text.split("```\n").skip(1).step_by(2).take(4).map(plan).collect();
    assert_eq!(networks.len(), 4);
    assert_eq!(networks[0].parameter_count(), 60_941);
}
