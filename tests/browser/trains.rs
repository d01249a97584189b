//! Networks trained in the browser: one cell of a heat map, kept over a reload; a whole map, cancelled half way.

use anyhow::Result;
use nads_tests::{Chromium, Page, Test, Visit, tests};

use static_host::Instead;

use crate::{
    crash::{MORTAL, REACH},
    steps::{FIGURE, LISTEN, text_of, wake},
};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        a_cell_is_trained_here_and_outlives_a_reload,
        a_map_is_cancelled_half_way,
        a_hidden_tab_waits,
        without_a_training_worker_it_is_said,
    ]
}

/// Those that wait most of the time.
pub fn waiting() -> Vec<(&'static str, Test)> {
    tests![workers_that_die_cost_no_finished_cell]
}

const LOGREG: &str = "<nad-figure view=heat-map network=logreg workers=1></nad-figure>";

async fn open(chromium: &Chromium, visit: Visit) -> Result<Page> {
    let page = chromium.visit(visit).await?;
    ready(&page).await?;
    Ok(page)
}

async fn ready(page: &Page) -> Result<()> {
    wake(page).await?;
    page.until(&format!("{FIGURE}.getData()?.predicted.some(isFinite)")).await
}

fn asked_for(page: &Page, part: &str) -> usize {
    page.host.answered().iter().filter(|one| one.path.contains(part)).count()
}

/// What is written beside the progress bar.
async fn status(page: &Page) -> Result<String> {
    text_of(page, ".progress .status").await
}

async fn a_cell_is_trained_here_and_outlives_a_reload(chromium: &Chromium) -> Result<()> {
    let page = open(chromium, Visit::article(LOGREG).script(LISTEN)).await?;
    assert!(page.find("button", "Train this cell").await?.disabled, "no cell is chosen");
    page.focus(&page.find("grid", "Accuracy map of LogReg").await?).await?;
    page.press("ArrowDown").await?;
    assert_eq!(
        (page.workers_started(), asked_for(&page, "/pkg/learn-")),
        (0, 0),
        "not before it is asked for"
    );
    page.click(&page.find("button", "Train this cell").await?).await?;
    let live = "k_row 2, k_col 0: 100.0 %, live";
    page.find("gridcell", live).await?;
    assert!(status(&page).await?.starts_with("1 of 1 trainings in "), "{}", status(&page).await?);
    assert_eq!(page.workers_started(), 1);
    // Its copies by symmetry are as good as trained; nothing else has changed.
    let lived: usize =
        page.value(&format!("{FIGURE}.getData().states.filter((s) => s === 'live').length")).await?;
    assert!((1..=8).contains(&lived), "{lived}");
    // Files and drawer name what trained it, beside the stored map.
    let command = "nads map logreg --grid published --seeds 1 --seed 0";
    let svg: String = page.value(&format!("{FIGURE}.toBlob('svg').then((blob) => blob.text())")).await?;
    let (_, made) = svg.split_once("<metadata>").expect("a provenance");
    let drawer = text_of(&page, ".drawer").await?;
    for (place, text) in [("picture", made), ("drawer", &drawer)] {
        assert!(text.contains(command), "{place}: {text}");
    }
    assert!(made.contains("nads map logreg") && made.contains("nads estimate logreg"), "{made}");
    assert!(drawer.contains("LogReg, trained here"), "{drawer}");
    // A second time the worker is there already.
    page.click(&page.find("button", "Train this cell").await?).await?;
    page.until_some("the end", async || {
        Ok(status(&page).await?.starts_with("1 of 1 trainings in ").then_some(()))
    })
    .await?;
    assert_eq!(page.workers_started(), 1);
    assert_eq!(page.errors(), Vec::<String>::new());
    page.reload().await?;
    ready(&page).await?;
    page.find("gridcell", live).await?;
    Ok(())
}

async fn a_map_is_cancelled_half_way(chromium: &Chromium) -> Result<()> {
    // A network whose map would take minutes, in noise for which none is stored.
    let body = "<nad-figure view=heat-map network=lenet-gelu sigma=2 workers=2></nad-figure>";
    let page = open(chromium, Visit::article(body).script(LISTEN)).await?;
    page.click(&page.find("button", "Train").await?).await?;
    page.until(&format!("{FIGURE}.shadowRoot.querySelector('progress').value > 0.002")).await?;
    assert_eq!(page.workers(), 2);
    page.click(&page.find("button", "Pause").await?).await?;
    assert!(status(&page).await?.ends_with("paused"), "{}", status(&page).await?);
    page.click(&page.find("button", "Go on").await?).await?;
    page.click(&page.find("button", "Cancel").await?).await?;
    assert!(status(&page).await?.starts_with("cancelled after "), "{}", status(&page).await?);
    // The button is back, and what was not finished is no result.
    page.find("button", "Train").await?;
    let known: usize =
        page.value(&format!("{FIGURE}.getData().accuracy.filter((a) => Number.isFinite(a)).length")).await?;
    assert!(known < 30, "{known}");
    assert_eq!(page.errors(), Vec::<String>::new());
    // With the figure its workers go.
    page.run("document.querySelector('nad-figure').remove()").await?;
    page.until_some("the workers' end", async || Ok((page.workers() == 0).then_some(()))).await?;
    Ok(())
}

/// Cells that were trained here, row by row.
async fn live_cells(page: &Page) -> Result<Vec<usize>> {
    page.value(&format!("{FIGURE}.getData().states.flatMap((s, i) => s === 'live' ? [i] : [])")).await
}

async fn workers_that_die_cost_no_finished_cell(chromium: &Chromium) -> Result<()> {
    let script = chromium.named("pkg", "learn-worker-", ".js")?;
    let mortal = [MORTAL.as_bytes().to_vec(), chromium.file(&script)?].concat();
    let body = "<nad-figure view=heat-map network=logreg phase=centre workers=1></nad-figure>";
    let visit = || Visit::article(body).script(REACH).script(LISTEN);
    let page = open(chromium, visit().instead(&script, Instead::Bytes(mortal))).await?;
    page.click(&page.find("button", "Train").await?).await?;
    page.until(&format!("{FIGURE}.getData().states.includes('live')")).await?;
    // One dies aloud, the next goes without a word: another takes its place.
    for way in ["throw", "vanish"] {
        let (known, started) = (live_cells(&page).await?, page.workers_started());
        page.run(&format!("made.at(-1).postMessage('{way}')")).await?;
        let another = async || Ok((page.workers_started() > started).then_some(()));
        page.until_some(&format!("another worker after {way}"), another).await?;
        let kept = live_cells(&page).await?;
        assert!(known.iter().all(|cell| kept.contains(cell)), "finished cells stay: {kept:?} of {known:?}");
        let more = async || Ok((live_cells(&page).await?.len() > kept.len()).then_some(()));
        page.until_some("another cell", more).await?;
    }
    let trained = live_cells(&page).await?;
    let least: f64 = page
        .value(&format!(
            "(({{ accuracy }}) => Math.min(...{trained:?}.map((i) => accuracy[i])))({FIGURE}.getData())"
        ))
        .await?;
    assert!(least > 0.999, "a linear network learns them all: {least}");
    assert_eq!(page.value::<usize>("heard.error.length").await?, 0);
    chromium.close_pages().await;
    // The cells that were in hand were not passed over: where nobody dies the same ones come first.
    let page = open(chromium, visit()).await?;
    page.click(&page.find("button", "Train").await?).await?;
    let as_many = async || {
        let cells = live_cells(&page).await?;
        Ok((cells.len() >= trained.len()).then_some(cells))
    };
    let undisturbed = page.until_some("as many cells", as_many).await?;
    assert!(
        trained.iter().all(|cell| undisturbed.contains(cell)),
        "{trained:?}, undisturbed {undisturbed:?}"
    );
    Ok(())
}

async fn a_hidden_tab_waits(chromium: &Chromium) -> Result<()> {
    let hide = "
        window.away = false;
        Object.defineProperty(document, 'hidden', { get: () => away });
        window.turn = (to) => { away = to; document.dispatchEvent(new Event('visibilitychange')); };
    ";
    let body = "<nad-figure view=heat-map network=lenet-gelu workers=1></nad-figure>";
    let page = open(chromium, Visit::article(body).script(LISTEN).script(hide)).await?;
    page.click(&page.find("button", "Train").await?).await?;
    page.until(&format!("{FIGURE}.shadowRoot.querySelector('progress').value > 0.002")).await?;
    page.run("turn(true)").await?;
    assert!(status(&page).await?.ends_with("paused"), "{}", status(&page).await?);
    page.run("turn(false)").await?;
    assert!(!status(&page).await?.ends_with("paused"), "{}", status(&page).await?);
    // A reader's own pause outlives the absence.
    page.click(&page.find("button", "Pause").await?).await?;
    page.run("turn(true), turn(false)").await?;
    assert!(status(&page).await?.ends_with("paused"), "{}", status(&page).await?);
    Ok(())
}

async fn without_a_training_worker_it_is_said(chromium: &Chromium) -> Result<()> {
    let visit = Visit::article(LOGREG).script(LISTEN).instead("engines.json", Instead::Bytes(b"{}".to_vec()));
    let page = open(chromium, visit).await?;
    page.click(&page.find("button", "Train").await?).await?;
    page.until_some("the reason", async || {
        Ok(status(&page).await?.contains("the training worker is not part of this site").then_some(()))
    })
    .await?;
    page.find("button", "Train").await?;
    // The stored map stays.
    assert!(page.find("gridcell", "k_row 2, k_col 0: ").await?.name.ends_with(" %, measured"));
    Ok(())
}
