use crate::{Bench, stored_assets, text};

fn svg(bench: &Bench, command: &str) -> String {
    bench.succeed(&format!("figure {command} -o f.svg"));
    text(&bench.read("f.svg"))
}

#[test]
fn several_sets_are_drawn_side_by_side() {
    let bench = Bench::new();
    bench.succeed("estimate toy.arch --networks 20 -o a.st");
    bench.succeed("estimate toy.arch --networks 20 --seed 1 --no-symmetry -o b.st");
    let gallery = svg(&bench, "gallery --network a.st,b.st --count 5 --domain fourier");
    assert_eq!(gallery.matches("data:image/png;base64,").count(), 10);
    assert!(gallery.contains("First NADs, Fourier domain") && gallery.contains("seed 1; computed by nads"));
    let own = svg(&bench, "gallery --network a.st,b.st --colours own --theme dark");
    assert_eq!(own.matches("<linearGradient ").count(), 2);
    let spectra = svg(&bench, "spectra --network a.st,b.st --relative-to none --y linear");
    assert_eq!(spectra.matches("class=\"series network\"").count(), 2);
    let estimators = svg(&bench, "estimators --network a.st,b.st --count 3");
    assert_eq!(estimators.matches("data:image/png;base64,").count(), 6);
    assert!(
        estimators.contains("Overlap of the first k NADs, odd impulse responses of the bias-free network, ")
    );
    bench.succeed("figure spectra --network a.st -o f.png");
    assert!(bench.read("f.png").starts_with(b"\x89PNG"));
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let bench = Bench::new();
    bench.succeed("estimate toy.arch --networks 20 -o a.st");
    assert!(bench.fail("figure gallery --network a.st,none.st -o f.svg", 2).contains("none.st"));
    assert!(bench.fail("figure gallery --network a.st --count 17 -o f.svg", 2).contains("count"));
    assert!(bench.fail("figure spectra --network a.st -o f.jpg", 2).contains(".svg or .png"));
}

#[test]
fn posters_of_figures_are_made_from_recipes() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("assets")).unwrap();
    bench.write(
        "assets/recipes.json",
        br#"[{"name": "toy", "title": "A toy", "command": "nads estimate toy.arch --networks 16"},
             {"name": "toys", "command": "nads figure gallery --network toy --count 2"}]"#,
    );
    bench.succeed("assets make");
    for theme in ["light", "dark"] {
        assert!(text(&bench.read(&format!("assets/posters/toys-{theme}.svg"))).contains("First NADs"));
    }
    assert!(bench.succeed("assets check").contains("4 files"));
    let manifest = text(&bench.read("assets/manifest.json"));
    let networks = manifest.split("\"assets\"").next().unwrap();
    assert!(networks.contains("\"A toy\"") && !networks.contains("toys"), "{networks}");
}

#[test]
fn images_are_drawn() {
    let bench = Bench::new();
    let assets = stored_assets();
    let draw = |args: &str| {
        bench.succeed(&format!("figure {args} -o f.svg --assets {}", assets.display()));
        text(&bench.read("f.svg"))
    };
    for (width, theme) in [(320, "dark"), (960, "light")] {
        let svg = draw(&format!("poison --index 3 --image 0 --width {width} --theme {theme}"));
        // Clean, poisoned, difference, NAD; two lines where all coefficients of a class are.
        assert_eq!((svg.matches("<image ").count(), svg.matches("class=\"after\"").count()), (4, 2));
        assert!(svg.contains("airplane, drawn") && svg.contains("re-encoded as JPEG"), "{width}");
        let svg = draw(&format!("flip --width {width} --theme {theme}"));
        assert_eq!((svg.matches("<image ").count(), svg.matches("class=\"published\"").count()), (2, 8));
        assert!(svg.contains(">LeNet<") && svg.contains(">DenseNet121<"));
        let svg = draw(&format!("alignment --width {width} --theme {theme}"));
        assert_eq!(svg.matches("class=\"energy\"").count(), 8, "four networks in two charts");
        assert!(!svg.contains("NaN"));
    }
    for (args, word) in [
        ("figure poison --index 1023 -o f.svg", "--index"),
        ("figure poison --eps 0 -o f.svg", "--eps 0"),
        ("figure poison --network nothere -o f.svg", "nothere"),
        ("figure alignment --assets . -o f.svg", "nads cifar align"),
    ] {
        let message = bench.fail(args, 2);
        assert!(message.contains(word), "{args}: {message}");
    }
}

#[test]
fn two_networks_are_trained_and_drawn() {
    let bench = Bench::new();
    let few = "--samples 64 --epochs 2";
    let one =
        svg(&bench, &format!("trainer --network logreg {few} --direction random:1 --against fourier:3,0"));
    assert!(one.contains("random:1") && one.contains("fourier:3,0") && one.contains("reduced: 2 epochs"));
    assert_eq!(one.matches("<polyline").count(), 6, "accuracy, loss and norm of both");
    assert_eq!(
        one,
        svg(&bench, &format!("trainer --network logreg {few} --direction random:1 --against fourier:3,0"))
    );
    let message = bench.fail("figure trainer --network logreg --against fourier:40,0 -o f.svg", 2);
    assert!(message.contains("--against"), "{message}");
    let message = bench.fail("figure trainer --network logreg --learning-rate 0 -o f.svg", 2);
    assert!(message.contains("--learning-rate"), "{message}");
}
