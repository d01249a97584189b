use super::*;

const BURN: &str = "https://example.org/pkg/burn-worker-1.js";

fn wish(backend: Backend, networks: u64) -> Wish {
    Wish { backend, networks, workers: 2, has_webgpu: true }
}

fn run(executor: Executor, because: &str) -> Step {
    Step::Run(Choice { executor, because: because.into() })
}

/// Follows the steps; what each engine takes for a network is given, `None`: it fails.
fn follow(wish: &Wish, known: &mut Known, secs: [Option<f64>; 3]) -> Vec<Step> {
    let mut steps = Vec::new();
    loop {
        let step = next(wish, known);
        steps.push(step.clone());
        assert!(steps.len() < 10, "goes round in circles: {steps:?}");
        match step {
            Step::FindBurn => known.burn = Some(Ok(BURN.into())),
            Step::Measure(executor) => match secs[executor as usize] {
                Some(secs) => known.engine(executor).secs_per_network = Some(secs),
                None if executor == Executor::WebGpu => known.lose_gpu("no adapter", false),
                None => assert!(known.refuses_lanes("the lanes executor cannot run a residual block")),
            },
            Step::Run(_) | Step::GiveUp(_) => return steps,
        }
    }
}

#[test]
fn a_short_job_never_asks_for_the_burn_worker() {
    let mut known = Known::default();
    let steps = follow(&wish(Backend::Auto, 50), &mut known, [Some(0.004), None, None]);
    let because = "lanes needs 0.1 s for 50 networks";
    assert_eq!(steps, [Step::Measure(Executor::Lanes), run(Executor::Lanes, because)]);
    // The measurement is remembered.
    let again = follow(&wish(Backend::Auto, 50), &mut known, [None; 3]);
    assert_eq!(again, [run(Executor::Lanes, because)]);
}

#[test]
fn nothing_is_measured_where_there_is_no_choice() {
    for wish in [wish(Backend::Cpu, 5000), Wish { has_webgpu: false, ..wish(Backend::Auto, 5000) }] {
        let steps = follow(&wish, &mut Known::default(), [None; 3]);
        assert_eq!(steps, [run(Executor::Lanes, "it is the only one here")]);
    }
}

#[test]
fn a_long_job_goes_to_the_faster_engine() {
    let path = [Step::Measure(Executor::Lanes), Step::FindBurn, Step::Measure(Executor::WebGpu)];
    for (gpu, executor, because) in [
        (0.01, Executor::WebGpu, "time of 1000 networks as measured: WebGPU 10 s, lanes 50 s"),
        (1.0, Executor::Lanes, "time of 1000 networks as measured: lanes 50 s, WebGPU 1000 s"),
    ] {
        let steps = follow(&wish(Backend::Auto, 1000), &mut Known::default(), [Some(0.1), None, Some(gpu)]);
        assert_eq!(steps[..3], path);
        assert_eq!(steps[3..], [run(executor, because)]);
    }
}

#[test]
fn a_gpu_that_cannot_be_had_leaves_the_job_to_the_cpu() {
    let mut known = Known::default();
    let wish = wish(Backend::Auto, 1000);
    let steps = follow(&wish, &mut known, [Some(0.1), None, None]);
    assert_eq!(steps.last(), Some(&run(Executor::Lanes, "it is the only one here; no WebGPU: no adapter")));
    known.begin();
    assert_eq!(next(&wish, &known), *steps.last().unwrap(), "not asked again: an adapter does not grow");
}

#[test]
fn webgpu_by_name_is_not_measured() {
    let steps = follow(&wish(Backend::WebGpu, 5), &mut Known::default(), [None; 3]);
    assert_eq!(steps, [Step::FindBurn, run(Executor::WebGpu, "it was asked for by name")]);
}

#[test]
fn webgpu_by_name_falls_back_with_the_reason() {
    let mut known = Known { burn: Some(Err("not built".into())), ..Known::default() };
    let wish = wish(Backend::WebGpu, 5);
    assert_eq!(next(&wish, &known), run(Executor::Lanes, "it is the only one here; no WebGPU: not built"));
    known.begin();
    assert_eq!(next(&wish, &known), Step::FindBurn, "it may have been built meanwhile");
    let without = Wish { has_webgpu: false, ..wish };
    let because = "it is the only one here; no WebGPU: this browser has none";
    assert_eq!(next(&without, &Known::default()), run(Executor::Lanes, because));
}

#[test]
fn a_lost_gpu_is_tried_once_more() {
    let mut known = Known { burn: Some(Ok(BURN.into())), checked: Some(1e-6), ..Known::default() };
    let wish = wish(Backend::WebGpu, 5);
    for again in [true, false] {
        known.begin();
        assert!(matches!(next(&wish, &known), Step::Run(Choice { executor: Executor::WebGpu, .. })));
        known.lose_gpu("the device was lost", true);
        assert_eq!(known.checked, None);
        let because = "it is the only one here; no WebGPU: the device was lost";
        assert_eq!(next(&wish, &known), run(Executor::Lanes, because));
        known.begin();
        assert_eq!(known.gpu.refusal.is_none(), again);
    }
}

#[test]
fn what_lanes_cannot_run_goes_to_burn() {
    let because = "lanes cannot run a residual block";
    let mut known = Known::default();
    assert!(!known.refuses_lanes("line 3: no layer `cnov`") && known.lanes.refusal.is_none());
    let steps = follow(&wish(Backend::Auto, 4), &mut known, [None, Some(0.1), None]);
    assert_eq!(
        steps,
        [
            Step::Measure(Executor::Lanes),
            Step::FindBurn,
            Step::Measure(Executor::Flex),
            run(Executor::Flex, &format!("{because}; flex needs 0.2 s for 4 networks")),
        ]
    );
    // On the CPU only.
    let cpu = wish(Backend::Cpu, 4000);
    assert_eq!(next(&cpu, &known), run(Executor::Flex, because));
    known.burn = Some(Err("not built".into()));
    assert_eq!(next(&cpu, &known), Step::GiveUp("not built".into()));
}

#[test]
fn a_large_plan_takes_the_gpu_if_that_is_faster() {
    let steps = follow(&wish(Backend::Auto, 100), &mut Known::default(), [None, Some(1.0), Some(0.1)]);
    let because =
        "lanes cannot run a residual block; time of 100 networks as measured: WebGPU 10 s, flex 50 s";
    assert_eq!(steps.last(), Some(&run(Executor::WebGpu, because)));
}
