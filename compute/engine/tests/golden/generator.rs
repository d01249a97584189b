//! The generator, its laws, and the addresses of parameters.

use nads_core::arch::{Plan, preset};
use nads_core::seed::Stream;
use nads_engine::weights::Weights;

use super::{assert_near, golden, index, numbers};

#[test]
fn words_of_the_generator() {
    for case in golden("weights")["words"].as_array().unwrap() {
        let word = |key: &str| case[key].as_u64().unwrap();
        let words =
            Stream::new(word("seed"), word("ordinal") as u32, word("network")).block(word("block") as u32);
        let expected: Vec<u64> =
            case["words"].as_array().unwrap().iter().map(|w| w.as_u64().unwrap()).collect();
        assert_eq!(words.map(u64::from).to_vec(), expected, "{case}");
    }
}

#[test]
fn draws_of_each_law() {
    for case in golden("weights")["draws"].as_array().unwrap() {
        let word = |key: &str| case[key].as_u64().unwrap();
        let stream = Stream::new(word("seed"), word("ordinal") as u32, word("network"));
        let mut x = vec![0.0_f32; index(&case["elements"])];
        let fan = word("fan") as f64;
        match case["law"].as_str().unwrap() {
            "uniform" => stream.fill_uniform((1.0 / fan.sqrt()) as f32, &mut x),
            _ => stream.fill_normal((2.0 / fan).sqrt(), &mut x),
        }
        let what = format!("{} of seed {}", case["law"], case["seed"]);
        // Nine digits are kept in the file; normals may differ by the last bit of a logarithm.
        assert_near(&x[..x.len().min(8)], &numbers(&case["first"]), 1e-7, &what);
        assert_near(&x[x.len() - 3..], &numbers(&case["last"]), 1e-7, &what);
        let sum: f64 = x.iter().map(|&x| f64::from(x)).sum();
        let squares: f64 = x.iter().map(|&x| f64::from(x).powi(2)).sum();
        assert!(
            (sum - case["sum"].as_f64().unwrap()).abs() < 1e-6 * squares.sqrt().max(1.0),
            "{what}: {sum}"
        );
        assert!((squares / case["sum_of_squares"].as_f64().unwrap() - 1.0).abs() < 1e-7, "{what}: {squares}");
    }
}

/// The file addresses parameters by ordinal, fan-in and size; the plan must lead to the same numbers.
#[test]
fn plans_lead_to_the_same_addresses() {
    let file = golden("weights");
    let draws = file["draws"].as_array().unwrap();
    for (name, cases) in [("lenet", &draws[..4]), ("vgg11", &draws[4..])] {
        let plan = Plan::parse(preset(name).unwrap().text, None, 1).unwrap();
        for case in cases {
            let (seed, network) = (case["seed"].as_u64().unwrap(), case["network"].as_u64().unwrap());
            let tensor = &Weights::draw(&plan, seed, network).tensors[index(&case["ordinal"])];
            assert_eq!(tensor.len(), index(&case["elements"]), "{name} {case}");
            assert_near(&tensor[tensor.len() - 3..], &numbers(&case["last"]), 1e-7, name);
        }
    }
}
