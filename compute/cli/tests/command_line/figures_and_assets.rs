use crate::{Bench, stored_assets};

#[test]
fn the_explorer_is_drawn_as_svg_and_png() {
    let bench = Bench::new();
    bench.succeed("estimate toy.arch --networks 20 -o toy.st");
    bench.succeed("figure explorer --network toy.st --index 2 --theme dark -o f.svg");
    let svg = crate::text(&bench.read("f.svg"));
    assert!(svg.contains("<title>NAD u_3 of toy</title>") && svg.contains("20 random networks"));
    assert_eq!(svg.matches("data:image/png;base64,").count(), 2);
    bench.succeed("figure explorer --network toy.st -o f.png");
    let png = bench.read("f.png");
    assert!(png.starts_with(b"\x89PNG"));
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    // How it was made is inside.
    let kept = reader.info().utf8_text.first().expect("a text chunk").get_text().unwrap();
    assert!(kept.contains("nads estimate toy.arch --networks 20"), "{kept}");
    let width = reader.next_frame(&mut pixels).unwrap().width as usize;
    assert_eq!(width, 1440);
    // The pictures are there: a signed field has many colours on a line through its middle.
    let line = &pixels[4 * width * 400..4 * width * 401];
    let colors: std::collections::HashSet<&[u8]> = line.chunks_exact(4).collect();
    assert!(colors.len() > 6, "{}", colors.len());
    assert!(bench.fail("figure explorer --network toy.st --index 64 -o g.svg", 2).contains("0 to 63"));
}

#[test]
fn two_sets_are_compared_stored_ones_and_given_ones() {
    let bench = Bench::new();
    bench.succeed("estimate toy.arch --networks 20 -o a.st");
    bench.succeed("estimate toy.arch --networks 20 --seed 1 -o b.st");
    bench.succeed("figure compare a.st b.st --index 3 -o f.svg");
    let svg = crate::text(&bench.read("f.svg"));
    assert!(svg.contains("toy and toy, NAD u_4") && svg.contains("s_k") | svg.contains(">s<tspan"));
    assert_eq!(svg.matches("data:image/png;base64,").count(), 5);
    // The number in the picture is the command's own.
    let overlap = bench.json("overlap a.st b.st --k 4 --json")["overlap"][0].as_f64().unwrap();
    assert!(svg.contains(&format!("Overlap {overlap:.4} at k = 4")), "{overlap}");
    bench.succeed("export b.st --format npy -o out");
    bench.succeed("figure compare a.st out/vectors.npy --index 3 --theme dark -o g.svg");
    let given = crate::text(&bench.read("g.svg"));
    assert!(
        given.contains(&format!("Overlap {overlap:.4} at k = 4")) && given.contains("directions from a file")
    );
    assert!(bench.fail("figure compare a.st b.st --index 64 -o h.svg", 2).contains("0 to 63"));
    assert!(bench.fail("figure compare a.st lenett -o h.svg", 2).contains("lenett"));
}

#[test]
fn a_predicted_map_is_drawn() {
    let bench = Bench::new();
    bench.succeed("estimate toy.arch --networks 20 -o a.st");
    for phase in ["corner", "sine", "centre", "average"] {
        bench.succeed(&format!(
            "figure predicted-map --network a.st --grid full --phase {phase} -o {phase}.svg"
        ));
        let svg = crate::text(&bench.read(&format!("{phase}.svg")));
        assert!(svg.contains("Predicted map of toy") && svg.contains("20 random networks"));
    }
    bench.succeed("figure predicted-map --network a.st --scale linear -o f.png");
    assert!(bench.read("f.png").starts_with(b"\x89PNG"));
    bench.succeed("export a.st --format npy -o out");
    let message = bench.fail("figure predicted-map --network out/vectors.npy -o g.svg", 2);
    assert!(message.contains("no spectrum"), "{message}");
    assert!(
        bench
            .fail("figure predicted-map --network a.st --grid every -o g.svg", 2)
            .contains("published, full")
    );
}

#[test]
fn stored_results_are_as_recorded() {
    let bench = Bench::new();
    let assets = stored_assets();
    let checked = bench.succeed(&format!("assets check --assets {}", assets.display()));
    assert!(checked.contains("nads/lenet.head.safetensors") && checked.contains("1024 NADs"), "{checked}");
    let listed = bench.json(&format!("assets list --json --assets {}", assets.display()));
    let files = listed["assets"].as_array().unwrap();
    for name in ["lenet", "logreg"] {
        let of = |part: &str| {
            let path = format!("nads/{name}.{part}.safetensors");
            files.iter().find(|f| f["path"] == path.as_str()).unwrap_or_else(|| panic!("{path}"))
        };
        let (head, tail) = (of("head")["bytes"].as_u64().unwrap(), of("tail")["bytes"].as_u64().unwrap());
        assert!(head <= 100_000 && head + tail <= 600_000, "{name}: {head} + {tail}");
        assert!(of("head")["command"].as_str().unwrap().contains(name));
    }
    assert_eq!(
        files.iter().find(|f| f["path"] == "nads/lenet.head.safetensors").unwrap()["provenance"]["networks"],
        20_000
    );
}

#[test]
fn a_changed_stored_result_is_found() {
    let bench = Bench::new();
    for folder in ["", "nads", "maps", "curves", "cifar", "posters"] {
        std::fs::create_dir_all(bench.path("assets").join(folder)).unwrap();
        // A folder of trained networks is there when something has been trained.
        for entry in std::fs::read_dir(stored_assets().join(folder)).into_iter().flatten().map(Result::unwrap)
        {
            if entry.file_type().unwrap().is_file() {
                std::fs::copy(entry.path(), bench.path("assets").join(folder).join(entry.file_name()))
                    .unwrap();
            }
        }
    }
    bench.succeed("assets check");
    bench.succeed("overlap lenet lenet --k 1024");
    let mut bytes = bench.read("assets/nads/lenet.tail.safetensors");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    bench.write("assets/nads/lenet.tail.safetensors", &bytes);
    let output = bench.run("assets check");
    assert_eq!(output.status.code(), Some(1));
    assert!(crate::text(&output.stderr).contains("nads/lenet.tail.safetensors"));
    assert!(bench.fail("overlap lenet lenet", 2).contains("lenet.tail.safetensors"));
    bench.write("assets/nads/extra.head.safetensors", b"x");
    assert!(crate::text(&bench.run("assets check").stderr).contains("extra"));
    assert!(bench.fail("assets make lenett", 2).contains("lenet"));
}

#[test]
fn results_are_made_from_recipes() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("assets")).unwrap();
    bench.write(
        "assets/recipes.json",
        br#"[{"name": "toy", "command": "nads estimate toy.arch --networks 16", "tail": "reflectors8", "posters": [0]}]"#,
    );
    bench.succeed("assets make");
    let first = bench.read("assets/nads/toy.head.safetensors");
    assert!(bench.succeed("assets check").contains("4 files"));
    bench.succeed("assets make toy");
    assert_eq!(bench.read("assets/nads/toy.head.safetensors"), first);
    // 8-bit vectors are close to the computed ones.
    bench.succeed("estimate toy.arch --networks 16 -o toy.st");
    let overlap = bench.json("overlap toy toy.st --k 1,10 --json");
    for value in overlap["overlap"].as_array().unwrap() {
        assert!(value.as_f64().unwrap() > 0.999, "{value}");
    }
    bench.write("assets/recipes.json", br#"[{"name": "toy", "command": "rm -rf x", "tail": "f16"}]"#);
    assert!(bench.fail("assets make", 2).contains("recipes.json"));
    bench.write("assets/recipes.json", b"[\n{]");
    assert!(bench.fail("assets make", 2).contains("line 2, column 2"));
}
