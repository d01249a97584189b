//! How long readers wait: the built site in a real Chromium, measured inside the page. Prints a table; asserts nothing.

mod article;
mod presses;

use anyhow::Result;
use nads_tests::{Chromium, Page, Visit, with};
use serde_json::Value;

const FIGURE: &str = "document.querySelector('nad-figure')";

/// Runs before the page: notes when the first picture is drawn, and every long task of the main thread.
const WATCH: &str = "
    window.measured = { long: [] };
    new PerformanceObserver((list) => measured.long.push(...list.getEntries().map((e) => e.duration)))
      .observe({ type: 'longtask', buffered: true });
    (function look() {
      const figure = document.querySelector('nad-figure');
      if (figure?.getData?.()) requestAnimationFrame(() => { measured.first = performance.now(); });
      else requestAnimationFrame(look);
    })();
";

/// Samples networks and waits for the end: milliseconds from the click to the first picture, to the final one (all networks)
/// and to the end (its standard errors too); and the longest task of the main thread.
const SAMPLE: &str = "
    (async (samples, seed) => {
        const figure = document.querySelector('nad-figure');
        figure.setState(`samples=${samples}&seed=${seed}`);
        const done = new Promise((resolve) => figure.addEventListener('nad-done', resolve, { once: true }));
        const button = [...figure.shadowRoot.querySelectorAll('button')].find((b) => b.textContent === 'Sample networks');
        measured.long.length = 0;
        const began = performance.now();
        let first, final;
        const before = figure.getData();
        (function look() {
            const data = figure.getData();
            if (data?.source === 'live' && (before.source !== 'live' || data.networks !== before.networks)) {
                first ??= performance.now() - began;
                if (data.networks === samples) final = performance.now() - began;
            }
            if (!final) requestAnimationFrame(look);
        })();
        button.click();
        await done;
        await new Promise(requestAnimationFrame);
        const all = performance.now() - began;
        // The observer of long tasks speaks a little later.
        await new Promise((resolve) => setTimeout(resolve, 200));
        return [first ?? all, final ?? all, all, Math.max(0, ...measured.long)];
    })";

/// Work of the main thread for one move of the slider, in milliseconds; 300 moves over the whole range.
const SLIDE: &str = "
    (async () => {
        const slider = document.querySelector('nad-figure').shadowRoot.querySelector('input[type=range]');
        const times = [];
        for (let i = 0; i < 300; i++) {
            slider.value = 1 + (i * 389) % 1024;
            const began = performance.now();
            slider.dispatchEvent(new Event('input', { bubbles: true }));
            // Effects run as microtasks: a message comes after all of them.
            await new Promise((resolve) => { const c = new MessageChannel(); c.port1.onmessage = resolve; c.port2.postMessage(0); });
            times.push(performance.now() - began);
            await new Promise(requestAnimationFrame);
        }
        times.sort((a, b) => a - b);
        return [times[150], times[285], times.at(-1)];
    })()";

/// Milliseconds from the cancel to the figure's word that it is done, in the middle of 1000 networks.
const CANCEL: &str = "
    (async () => {
        const figure = document.querySelector('nad-figure');
        figure.setState('samples=1000&seed=99');
        const started = new Promise((resolve) => figure.addEventListener('nad-progress', (e) => e.detail.networks > 20 && resolve()));
        figure.play();
        await started;
        const began = performance.now();
        figure.pause();
        while (!figure.shadowRoot.textContent.includes('cancelled after')) await new Promise(requestAnimationFrame);
        return performance.now() - began;
    })()";

/// Trains the two LeNets of a trainer, which have a worker each, and notes when the first has done 100 and 600 steps.
const STEPS: &str = "
    (() => {
        const figure = document.querySelector('nad-figure');
        figure.play();
        (function look() {
            const done = figure.getData()[0].loss.length;
            measured.early ??= done >= 100 ? [performance.now(), done] : undefined;
            measured.late ??= done >= 600 ? [performance.now(), done] : undefined;
            if (!measured.late) setTimeout(look, 20);
        })();
    })()";

/// Trains the chosen cell and notes how far it is after a tenth and after nine tenths, and when it is there.
const CELL: &str = "
    (() => {
        const root = document.querySelector('nad-figure').shadowRoot;
        const button = [...root.querySelectorAll('button')].find((b) => b.textContent === 'Train this cell');
        const began = performance.now();
        button.click();
        (function look() {
            const done = root.querySelector('progress')?.value ?? 0;
            measured.early ??= done >= 0.1 ? [performance.now(), done] : undefined;
            measured.late ??= done >= 0.9 ? [performance.now(), done] : undefined;
            if (document.querySelector('nad-figure').getData().states.includes('live')) measured.cell = performance.now() - began;
            else setTimeout(look, 20);
        })();
    })()";

/// Steps of a training by the full protocol: 20 epochs of 10,000 images in batches of 128.
const TRAINING_STEPS: f64 = 20.0 * 79.0;

/// Trains a whole map and notes when the first cell and when all are there.
const MAP: &str = "
    (() => {
        const figure = document.querySelector('nad-figure');
        const began = performance.now();
        measured.long.length = 0;
        figure.play();
        (function look() {
            const states = figure.getData().states, open = states.filter((state) => state !== 'live' && state !== 'no wave').length;
            const live = states.includes('live');
            if (live) measured.cell ??= performance.now() - began;
            if (live && open === 0) measured.map = performance.now() - began;
            else setTimeout(look, 50);
        })();
    })()";

/// Longest wait for a map, in seconds.
const MAP_SECS: u32 = 1200;

/// One network, one worker, nothing else at work.
async fn one_cell(chromium: &Chromium) -> Result<()> {
    let map = "<nad-figure view=heat-map network=lenet workers=1 loading=eager></nad-figure>";
    let page = watched(chromium, Visit::article(map), 1.0).await?;
    page.focus(&page.find("grid", "Accuracy map of LeNet").await?).await?;
    page.press("ArrowDown").await?;
    page.until("[...document.querySelector('nad-figure').shadowRoot.querySelectorAll('button')].some((b) => b.textContent === 'Train this cell' && !b.disabled)")
        .await?;
    page.run(CELL).await?;
    page.until("measured.cell !== undefined").await?;
    let [cell, share]: [f64; 2] = page
        .value("[measured.cell, (measured.late[0] - measured.early[0]) / (measured.late[1] - measured.early[1])]")
        .await?;
    println!(
        "| one LeNet by the full protocol, one worker alone: click to its cell | {:.1} s | 12 s |",
        cell / 1000.0
    );
    println!("| its step, batch of 128 | {:.2} ms | 8 ms |", share / TRAINING_STEPS);
    chromium.close_pages().await;
    Ok(())
}

async fn trainings(chromium: &Chromium) -> Result<()> {
    one_cell(chromium).await?;
    let trainer = "<nad-figure view=trainer network=lenet workers=1 loading=eager></nad-figure>";
    let page = watched(chromium, Visit::article(trainer), 1.0).await?;
    page.until("!document.querySelector('nad-figure').shadowRoot.querySelector('button.go').disabled")
        .await?;
    page.run(STEPS).await?;
    page.until("measured.late !== undefined").await?;
    let step: f64 =
        page.value("(measured.late[0] - measured.early[0]) / (measured.late[1] - measured.early[1])").await?;
    println!("| two LeNets of a trainer, a worker each: a step, batch of 128 | {step:.2} ms | 8 ms |");
    chromium.close_pages().await;
    // Centre phase: 45 distinct cells.
    let map = "<nad-figure view=heat-map network=lenet phase=centre workers=2 loading=eager></nad-figure>";
    let page = watched(chromium, Visit::article(map), 1.0).await?;
    page.until("!document.querySelector('nad-figure').shadowRoot.querySelector('button.go').disabled")
        .await?;
    page.run(MAP).await?;
    for _ in 0..MAP_SECS {
        if page.value::<bool>("measured.map !== undefined").await? {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    let [cell, all, long]: [Option<f64>; 3] = page
        .value("[measured.cell, measured.map, Math.max(0, ...measured.long)].map((x) => x ?? null)")
        .await?;
    let secs =
        |ms: Option<f64>| ms.map_or("not within 20 min".to_owned(), |ms| format!("{:.1} s", ms / 1000.0));
    println!("| LeNet map of 45 cells, two workers: click to first cell | {} | 12 s |", secs(cell));
    println!("| LeNet map of 45 cells, two workers: click to the whole map | {} | 300 s |", secs(all));
    println!("| longest task of the main thread while it trains | {:.0} ms | 50 ms |", long.unwrap_or(0.0));
    chromium.close_pages().await;
    Ok(())
}

fn main() {
    let result = with(|runtime, chromium| runtime.block_on(measure(chromium)));
    if let Err(error) = result.and_then(|result| result) {
        eprintln!("{error:#}");
        std::process::exit(1);
    }
}

async fn measure(chromium: &Chromium) -> Result<()> {
    println!("| page in Chromium | measured | budget |\n|---|---|---|");
    article::measure(chromium).await?;
    presses::measure(chromium).await?;
    if std::env::args().any(|argument| argument == "article") {
        return Ok(());
    }
    trainings(chromium).await?;
    for (slower, budget) in [(1.0, ""), (4.0, "1000 ms")] {
        let mut times = Vec::new();
        for _ in 0..5 {
            let page = open(chromium, slower).await?;
            times.push(page.value::<f64>("measured.first").await?);
            chromium.close_pages().await;
        }
        times.sort_by(f64::total_cmp);
        println!(
            "| first picture after navigation, processor {slower} times slower (median of 5) | {:.0} ms | {budget} |",
            times[2]
        );
    }
    let page = open(chromium, 1.0).await?;
    page.value::<Value>(&format!("{FIGURE}.setState('index=1023')")).await?;
    page.until(&format!("{FIGURE}.getData()?.index === 1023")).await?;
    let [median, p95, worst]: [f64; 3] = page.value(SLIDE).await?;
    println!("| slider to new picture, main thread (median) | {median:.1} ms | |");
    println!("| slider to new picture, main thread (95th percentile) | {p95:.1} ms | 8 ms |");
    println!("| slider to new picture, main thread (largest of 300) | {worst:.1} ms | |");
    let one = "<nad-figure view=explorer network=lenet workers=1 loading=eager></nad-figure>".to_owned();
    for (workers, visit) in [("one worker", Visit::article(&one)), ("default workers", Visit::default())] {
        let page = watched(chromium, visit, 1.0).await?;
        let [first, picture, all, long]: [f64; 4] = page.value(&format!("{SAMPLE}(50, 1)")).await?;
        println!("| 50 LeNets, {workers}, first start: click to first picture | {first:.0} ms | |");
        println!("| 50 LeNets, {workers}, first start: click to final picture | {picture:.0} ms | 1000 ms |");
        println!("| 50 LeNets, {workers}, first start: click to standard errors | {all:.0} ms | |");
        let mut warm = Vec::new();
        for seed in 2..7 {
            warm.push(page.value::<[f64; 4]>(&format!("{SAMPLE}({}, {seed})", 50 + seed)).await?);
        }
        let median = |i: usize| {
            let mut times: Vec<f64> = warm.iter().map(|run| run[i]).collect();
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        };
        println!(
            "| about 50 LeNets, {workers}, warm: click to first picture (median of 5) | {:.0} ms | 150 ms |",
            median(0)
        );
        println!(
            "| about 50 LeNets, {workers}, warm: click to final picture (median of 5) | {:.0} ms | 500 ms |",
            median(1)
        );
        println!(
            "| about 50 LeNets, {workers}, warm: click to standard errors (median of 5) | {:.0} ms | |",
            median(2)
        );
        let long = warm.iter().map(|run| run[3]).fold(long, f64::max);
        println!(
            "| longest task of the main thread while sampling, {workers} | {} | 50 ms |",
            if long > 0.0 { format!("{long:.0} ms") } else { "none over 50 ms".into() }
        );
        let cancel: f64 = page.value(CANCEL).await?;
        println!("| cancel to the figure's word, {workers} | {cancel:.0} ms | 200 ms |");
        chromium.close_pages().await;
    }
    Ok(())
}

async fn open(chromium: &Chromium, slower: f64) -> Result<Page> {
    watched(chromium, Visit::default(), slower).await
}

/// Opens a page and waits for its first picture.
async fn watched(chromium: &Chromium, visit: Visit, slower: f64) -> Result<Page> {
    let path = visit.path.clone();
    let page = chromium.visit(visit.script(WATCH)).await?;
    if slower > 1.0 {
        page.slow_down(slower).await?;
        page.goto(&path).await?;
    }
    page.until("measured.first !== undefined").await?;
    Ok(page)
}
