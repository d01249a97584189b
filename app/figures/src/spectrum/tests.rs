use super::*;

fn ratios_1024() -> Vec<f64> {
    (0..1024).map(|k| 1.0 / (1.0 + 0.05 * f64::from(k))).collect()
}

fn spec<'a>(series: &'a [Series<'a>], log_x: bool, log_y: bool) -> Spectrum<'a> {
    let measure = Measure::OverFirst;
    Spectrum {
        series,
        width: 640.0,
        height: 200.0,
        log_x,
        log_y,
        measure,
        legend: true,
        theme: &Theme::LIGHT,
    }
}

#[test]
fn every_index_comes_back_from_its_pixel() {
    let ratios = ratios_1024();
    let series = [Series { label: "stored", role: Role::Stored, ratios: &ratios, errors: None }];
    for (width, log_x) in [(640.0, false), (3000.0, false), (20_000.0, true)] {
        let axes = draw(&Spectrum { width, ..spec(&series, log_x, false) }).axes;
        for nad_idx in 0..1024 {
            assert_eq!(axes.nad_idx(axes.x(nad_idx)), nad_idx);
        }
        assert_eq!([axes.nad_idx(-1e9), axes.nad_idx(1e9)], [0, 1023]);
    }
}

#[test]
fn a_narrow_legend_names_every_curve() {
    let ratios = ratios_1024();
    let named = |label| Series { label, role: Role::Stored, ratios: &ratios, errors: None };
    let series = [named("LeNet, stored, 20,000 networks"), named("ResNet18, stored, 64 networks")];
    let texts = |width: f64| {
        let svg = draw(&Spectrum { width, ..spec(&series, false, true) }).svg;
        ["LeNet, stored, 20,000 networks</text>", "LeNet</text>", "ResNet18</text>"]
            .map(|text| svg.contains(text))
    };
    assert_eq!(texts(1000.0), [true, false, false]);
    assert_eq!(texts(288.0), [false, true, true]);
    // Where a row is full the next one takes the rest, above a plot that begins lower.
    let three = [named("LeNet"), named("ResNet18"), named("sampling noise alone")];
    let narrow = draw(&Spectrum { width: 288.0, ..spec(&three, false, true) });
    for name in ["LeNet</text>", "ResNet18</text>", "sampling noise alone</text>"] {
        assert!(narrow.svg.contains(name), "{name}");
    }
    assert!(narrow.axes.top > draw(&spec(&three, false, true)).axes.top);
}

#[test]
fn every_ratio_comes_back_from_its_pixel() {
    let ratios = ratios_1024();
    let series = [Series { label: "stored", role: Role::Stored, ratios: &ratios, errors: None }];
    for log_y in [false, true] {
        let axes = draw(&spec(&series, false, log_y)).axes;
        for ratio in [0.02, 0.3, 0.77, 1.0] {
            assert!((axes.ratio(axes.y(ratio)) - ratio).abs() < 1e-9);
        }
        assert!(axes.y(f64::NAN).is_finite() && axes.y(0.0).is_finite());
    }
}

/// The curve passes through the pixels that `Axes` names.
#[test]
fn curve_and_axes_agree() {
    let ratios = ratios_1024();
    let series = [Series { label: "stored", role: Role::Stored, ratios: &ratios, errors: None }];
    for (log_x, log_y) in [(false, false), (true, true)] {
        let drawing = draw(&spec(&series, log_x, log_y));
        let curve = drawing.svg.split("series stored").nth(1).unwrap();
        let points = curve.split("points=\"").nth(1).unwrap().split('"').next().unwrap();
        let points: Vec<(f64, f64)> = points
            .split_whitespace()
            .map(|p| p.split_once(',').unwrap())
            .map(|(x, y)| (x.parse::<f64>().unwrap(), y.parse::<f64>().unwrap()))
            .collect();
        assert!(points.len() <= 640 && points.len() > 100);
        for (x, y) in points {
            let nad_idx = drawing.axes.nad_idx(x);
            let expected = drawing.axes.y(ratios[nad_idx]);
            // Neighbouring indices share a pixel column.
            let slack = drawing.axes.y(ratios[(nad_idx + 3).min(1023)]) - expected + 0.3;
            assert!((y - expected).abs() <= slack, "{x} {y} {expected}");
        }
    }
}

#[test]
fn labels_have_twelve_pixels_and_do_not_touch() {
    let ratios = ratios_1024();
    let series = [Series { label: "stored", role: Role::Stored, ratios: &ratios, errors: None }];
    for width in [280.0, 340.0, 640.0, 1600.0] {
        for log_x in [false, true] {
            let drawing = draw(&Spectrum { width, ..spec(&series, log_x, true) });
            for size in drawing.svg.split("<text ").skip(1) {
                let size = size.split("font-size=\"").nth(1).unwrap().split('"').next().unwrap();
                assert!(size.parse::<f64>().unwrap() >= 12.0);
            }
            let ticks = x_ticks(&drawing.axes);
            assert!(ticks.len() >= 3, "{width} {ticks:?}");
            for pair in ticks.windows(2) {
                let gap = drawing.axes.x(pair[1] - 1) - drawing.axes.x(pair[0] - 1);
                assert!(gap > 24.0, "{width} {log_x} {ticks:?}");
            }
        }
    }
    let axes = draw(&spec(&series, false, false)).axes;
    assert_eq!(x_ticks(&axes)[..3], [1, 200, 400]);
}

#[test]
fn degenerate_data_is_drawn() {
    for ratios in [vec![], vec![1.0], vec![0.0; 5], vec![f64::NAN; 5], vec![1.0, 0.0, 0.0]] {
        let errors = vec![0.1; ratios.len()];
        let series = [Series { label: "<&>", role: Role::Live, ratios: &ratios, errors: Some(&errors) }];
        for log in [false, true] {
            let svg = draw(&spec(&series, log, log)).svg;
            assert!(!svg.contains("NaN") && svg.ends_with("</svg>\n"));
        }
    }
}

#[test]
fn errors_become_a_band() {
    let ratios = ratios_1024();
    let errors = vec![0.01; 1024];
    let series = [Series { label: "live", role: Role::Live, ratios: &ratios, errors: Some(&errors) }];
    assert!(draw(&spec(&series, false, false)).svg.contains("<polygon"));
}

/// Whatever is drawn, the largest value is inside the plot and has its own pixel.
#[test]
fn every_measure_fits_its_axis() {
    let ratios: Vec<f64> = ratios_1024().iter().map(|r| 2.5e-5 * r).collect();
    let errors = vec![1e-7; 1024];
    let series = [Series { label: "a", role: Role::Network(0), ratios: &ratios, errors: Some(&errors) }];
    for log_y in [false, true] {
        let spec = Spectrum { measure: Measure::Absolute, ..spec(&series, false, log_y) };
        let axes = draw(&spec).axes;
        assert!(axes.high > 2.5e-5 && axes.high < 3e-5 && axes.low < 5e-7);
        assert!(axes.y(2.5e-5) < axes.y(2.0e-5) && axes.y(2.5e-5) > axes.top);
    }
}

#[test]
fn networks_are_told_apart() {
    let looks: Vec<(String, &str)> = (0..2 * Theme::LIGHT.series.len())
        .map(|n| (Role::Network(n).color(&Theme::LIGHT).css(), Role::Network(n).dash()))
        .collect();
    for (i, look) in looks.iter().enumerate() {
        assert!(!looks[..i].contains(look), "{i}: {look:?}");
    }
}
