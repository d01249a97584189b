use npyz::NpyFile;

use crate::Bench;

fn matrix(bytes: &[u8]) -> (Vec<u64>, Vec<f32>) {
    let file = NpyFile::new(bytes).unwrap();
    (file.shape().to_vec(), file.into_vec().unwrap())
}

#[test]
fn a_set_overlaps_itself_completely() {
    let bench = Bench::new();
    bench.succeed("estimate toy.arch --networks 30 -o a.st");
    bench.succeed("estimate toy.arch --networks 30 --seed 1 -o b.st");
    let with_itself = bench.json("overlap a.st a.st --k 1,3,10,64 --json");
    assert_eq!(with_itself["k"], serde_json::json!([1, 3, 10, 64]));
    for value in with_itself["overlap"].as_array().unwrap() {
        assert!((value.as_f64().unwrap() - 1.0).abs() < 1e-5, "{value}");
    }
    let with_other = bench.json("overlap a.st b.st --k 1,64 --json");
    let values: Vec<f64> =
        with_other["overlap"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    assert!(values[0] < 0.999_99 && (values[1] - 1.0).abs() < 1e-5, "{values:?}");
    assert!(bench.fail("overlap a.st b.st --k 65", 2).contains("--k 65"));
    assert!(bench.succeed("overlap a.st b.st --k 3").contains("top 3"));
}

#[test]
fn exports_have_one_direction_a_row_by_falling_eigenvalue() {
    let bench = Bench::new();
    bench.succeed("estimate toy.arch --networks 30 -o a.st");
    bench.succeed("export a.st --format npy -o npy");
    let (shape, vectors) = matrix(&bench.read("npy/vectors.npy"));
    assert_eq!(shape, [64, 64]);
    for row in vectors.chunks_exact(64) {
        let norm: f32 = row.iter().map(|x| x * x).sum();
        assert!((norm - 1.0).abs() < 1e-4, "{norm}");
    }
    let bytes = bench.read("npy/values.npy");
    let file = NpyFile::new(&bytes[..]).unwrap();
    assert_eq!(file.shape(), [64]);
    let values: Vec<f64> = file.into_vec().unwrap();
    assert!(values.windows(2).all(|w| w[0] >= w[1]) && values[0] > 0.0);

    bench.succeed("export a.st --format csv -o csv");
    let table = crate::text(&bench.read("csv/values.csv"));
    assert_eq!(table.lines().count(), 65);
    let second: f64 = table.lines().nth(2).unwrap().split(',').nth(1).unwrap().parse().unwrap();
    assert_eq!(second, values[1]);
    assert_eq!(crate::text(&bench.read("csv/vectors.csv")).lines().count(), 65);

    bench.succeed("export a.st --format json -o json");
    let json: serde_json::Value = serde_json::from_slice(&bench.read("json/nads.json")).unwrap();
    assert_eq!(json["vectors"].as_array().unwrap().len(), 64);
    assert_eq!(json["provenance"]["networks"], 30);
}

#[test]
fn a_matrix_of_vectors_is_a_set() {
    let bench = Bench::new();
    bench.succeed("estimate toy.arch --networks 30 -o a.st");
    bench.succeed("export a.st --format npy -o npy");
    let overlap = bench.json("overlap a.st npy/vectors.npy --k 1,5 --json");
    for value in overlap["overlap"].as_array().unwrap() {
        assert!((value.as_f64().unwrap() - 1.0).abs() < 1e-5, "{value}");
    }
    assert!(bench.fail("overlap lenet npy/values.npy", 2).contains("<SET> lenet"));
    assert!(bench.fail("overlap a.st npy/values.npy --k 2", 2).contains("--k 2"));
    bench.succeed("export npy/vectors.npy --format csv -o again");
    let bytes = bench.read("npy/vectors.npy");
    bench.write("cut.npy", &bytes[..bytes.len() - 1]);
    assert!(bench.fail("overlap a.st cut.npy", 2).contains("cut short"));
    assert!(bench.fail("figure explorer --network npy/vectors.npy -o f.svg", 2).contains("no spectrum"));
}

#[test]
fn damaged_files_are_refused() {
    let bench = Bench::new();
    bench.succeed("estimate toy.arch --networks 20 -o whole.st");
    bench.succeed("estimate toy.arch --networks 20 --shard 0/2 -o shard");
    for name in ["whole.st", "shard"] {
        let bytes = bench.read(name);
        let mut damaged: Vec<Vec<u8>> =
            [0, 1, 7, 8, 100, bytes.len() / 2, bytes.len() - 1].map(|n| bytes[..n].to_vec()).into();
        for at in (0..bytes.len()).step_by(bytes.len() / 23) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            damaged.push(flipped);
        }
        for bytes in damaged {
            bench.write("damaged", &bytes);
            let args = if name == "shard" { "merge damaged -o m" } else { "overlap damaged damaged --k 1" };
            assert!(bench.fail(args, 2).contains("damaged"));
        }
    }
}
