//! Secants at one noise image, with biases: `tests/golden/estimators.py`.

use nads_core::{
    arch::{Plan, preset},
    config::Estimator,
};
use nads_engine::draw::{Drawer, Experiment, LanesNetworks};

use super::{assert_near, golden, index, numbers};

#[test]
fn on_lanes() {
    check(|experiment| Box::new(LanesNetworks::new(experiment).unwrap()));
}

#[cfg(feature = "burn")]
#[test]
fn on_flex() {
    use nads_engine::burn::{BurnNetworks, Opened};

    check(|experiment| Box::new(BurnNetworks::new(experiment, &Opened::flex()).unwrap()));
}

/// Rows of H, and differences of the output: the head's weights too.
fn check(drawer: fn(Experiment) -> Box<dyn Drawer>) {
    let file = golden("estimators");
    for (name, arch) in
        [("lenet", preset("lenet").unwrap().text), ("layers", file["layers"]["arch"].as_str().unwrap())]
    {
        let (case, plan) = (&file[name], Plan::parse(arch, None, 1).unwrap());
        let (seed, step) = (case["seed"].as_u64().unwrap(), case["step"].as_f64().unwrap() as f32);
        let estimator = Estimator::Secant { step };
        let mut secants = drawer(Experiment { plan: plan.clone(), seed, estimator, integrate_head: false });
        for network in case["networks"].as_array().unwrap() {
            let (h, head) = secants.respond(network["network"].as_u64().unwrap()).unwrap();
            let rows = h.chunks_exact(plan.features).step_by(index(&case["every"]));
            let mut differences = Vec::new();
            for (ours, theirs) in rows.zip(network["rows"].as_array().unwrap()) {
                assert_near(ours, &numbers(theirs), 1e-4, &format!("{name}, a row"));
                differences.push(ours.iter().zip(head).map(|(h, w)| h * w).sum::<f32>());
            }
            assert_near(&differences, &numbers(&network["differences"]), 1e-4, name);
        }
    }
}
