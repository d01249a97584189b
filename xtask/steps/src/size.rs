//! Byte budgets of everything a reader downloads (brotli, as any good host sends it).

use std::{fs, path::Path};

use anyhow::{Result, bail};

use crate::{
    place::Place,
    web,
    web::{files_below, hash},
};

/// One line of the table.
struct Budget {
    what: &'static str,
    /// First part of the path in the site, last part of it.
    files: &'static [(&'static str, &'static str)],
    bytes: usize,
    /// Where the budget names a lower figure to aim at, that; above it the table says so.
    goal: Option<usize>,
    /// How the bytes are counted.
    count: Count,
}

#[derive(Clone, Copy, PartialEq)]
enum Count {
    /// As they lie there.
    Raw,
    /// After brotli at its best level.
    Brotli,
    /// As they lie there, for each network by itself; the largest is shown.
    RawEach,
}

/// Every budget of the site, in one place. A module that is not listed here fails the check.
const BUDGETS: [Budget; 16] = [
    Budget {
        what: "script before a figure nears the viewport",
        files: &[("nad-figure.js", "")],
        bytes: 10_000,
        goal: None,
        count: Count::Raw,
    },
    Budget {
        what: "page",
        files: &[("pkg/page-", ".wasm")],
        bytes: 250_000,
        goal: Some(200_000),
        count: Count::Brotli,
    },
    Budget {
        what: "page, views of several networks",
        files: &[("pkg/several-", ".wasm")],
        bytes: 250_000,
        goal: Some(200_000),
        count: Count::Brotli,
    },
    Budget {
        what: "page, predictions",
        files: &[("pkg/forecast-", ".wasm")],
        bytes: 250_000,
        goal: Some(200_000),
        count: Count::Brotli,
    },
    Budget {
        what: "page, accuracies by index",
        files: &[("pkg/curves-", ".wasm")],
        bytes: 250_000,
        goal: Some(200_000),
        count: Count::Brotli,
    },
    Budget {
        what: "page, heat maps",
        files: &[("pkg/training-", ".wasm")],
        bytes: 250_000,
        goal: Some(200_000),
        count: Count::Brotli,
    },
    Budget {
        what: "page, task and trainer",
        files: &[("pkg/lessons-", ".wasm")],
        bytes: 250_000,
        goal: Some(200_000),
        count: Count::Brotli,
    },
    Budget {
        what: "page, pooling",
        files: &[("pkg/pooling-", ".wasm")],
        bytes: 250_000,
        goal: Some(200_000),
        count: Count::Brotli,
    },
    Budget {
        what: "page, images",
        files: &[("pkg/images-", ".wasm")],
        bytes: 250_000,
        goal: Some(200_000),
        count: Count::Brotli,
    },
    Budget {
        what: "page, comparisons",
        files: &[("pkg/pairs-", ".wasm")],
        bytes: 250_000,
        goal: Some(200_000),
        count: Count::Brotli,
    },
    Budget {
        what: "CPU worker",
        files: &[("pkg/lanes-", ".wasm")],
        bytes: 200_000,
        goal: None,
        count: Count::Brotli,
    },
    Budget {
        what: "training worker",
        files: &[("pkg/learn-", ".wasm")],
        bytes: 200_000,
        goal: None,
        count: Count::Brotli,
    },
    Budget {
        what: "burn worker",
        files: &[("pkg/burn-", ".wasm")],
        bytes: 3_000_000,
        goal: None,
        count: Count::Brotli,
    },
    Budget {
        what: "accuracies of a network",
        files: &[("assets/maps/", ".safetensors"), ("assets/curves/", ".safetensors")],
        bytes: 100_000,
        goal: None,
        count: Count::RawEach,
    },
    Budget {
        what: "first view of a network",
        files: &[("assets/nads/", ".head.safetensors")],
        bytes: 100_000,
        goal: None,
        count: Count::RawEach,
    },
    Budget {
        what: "a whole network",
        files: &[("assets/nads/", ".head.safetensors"), ("assets/nads/", ".tail.safetensors")],
        bytes: 600_000,
        goal: None,
        count: Count::RawEach,
    },
];

/// One measured line.
pub struct Measured {
    pub what: String,
    pub bytes: usize,
    pub budget: usize,
    pub goal: Option<usize>,
}

impl Measured {
    pub fn fits(&self) -> bool {
        self.bytes <= self.budget
    }
}

/// Builds the site and prints the table.
///
/// # Errors
/// When a budget is exceeded.
pub fn print(place: &Place) -> Result<()> {
    web::build(place, &web::Options::default(), &place.site())?;
    let lines = measure(place, &place.site())?;
    let mut over = Vec::new();
    for line in &lines {
        let verdict = match line.goal {
            _ if !line.fits() => "   OVER".to_owned(),
            Some(goal) if line.bytes > goal => format!("   above the goal of {goal}"),
            _ => String::new(),
        };
        println!("{:>9}  of {:>9}  {}{verdict}", line.bytes, line.budget, line.what);
        if !line.fits() {
            over.push(line.what.clone());
        }
    }
    if over.is_empty() { Ok(()) } else { bail!("over budget: {}", over.join(", ")) }
}

/// Weighs a site.
///
/// # Errors
/// When a budget finds no file to weigh, or a module has no budget.
pub fn measure(place: &Place, site: &Path) -> Result<Vec<Measured>> {
    let mut names = Vec::new();
    for path in files_below(site)? {
        names.push(path.strip_prefix(site)?.to_string_lossy().replace('\\', "/"));
    }
    let mut lines = Vec::new();
    for budget in &BUDGETS {
        let mut groups: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
        for (first, last) in budget.files {
            for name in names.iter().filter(|name| name.starts_with(first) && name.ends_with(last)) {
                let bytes = fs::read(site.join(name))?;
                let size = if budget.count == Count::Brotli { packed(place, &bytes)? } else { bytes.len() };
                let group = if budget.count == Count::RawEach {
                    name[first.len()..name.len() - last.len()].to_owned()
                } else {
                    String::new()
                };
                *groups.entry(group).or_default() += size;
            }
        }
        let Some((group, bytes)) = groups.into_iter().max_by_key(|(_, bytes)| *bytes) else {
            bail!("nothing to weigh for the budget `{}`: {:?}", budget.what, budget.files);
        };
        let how = if budget.count == Count::Brotli { ", brotli" } else { "" };
        let group = if group.is_empty() { group } else { format!(" ({group})") };
        lines.push(Measured {
            what: format!("{}{group}{how}", budget.what),
            bytes,
            budget: budget.bytes,
            goal: budget.goal,
        });
    }
    let weighed = |name: &String| {
        BUDGETS.iter().any(|budget| budget.files.iter().any(|(first, _)| name.starts_with(first)))
    };
    if let Some(name) = names.iter().find(|name| name.ends_with(".wasm") && !weighed(name)) {
        bail!("{name} has no budget: add a line to xtask/steps/src/size.rs");
    }
    Ok(lines)
}

/// Bytes after brotli. Half a minute for the burn worker, so a number once found is kept.
fn packed(place: &Place, bytes: &[u8]) -> Result<usize> {
    let known = place.target.join("brotli").join(hash(bytes));
    if let Some(size) = fs::read_to_string(&known).ok().and_then(|text| text.parse().ok()) {
        return Ok(size);
    }
    let size = brotli(bytes);
    fs::create_dir_all(place.target.join("brotli")).and_then(|()| fs::write(&known, size.to_string()))?;
    Ok(size)
}

fn brotli(bytes: &[u8]) -> usize {
    let mut packed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    // Writing into memory does not fail.
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &parameters).expect("brotli into memory");
    packed.len()
}
