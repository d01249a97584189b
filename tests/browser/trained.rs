//! Accuracies of trained networks: the heat map, cell by cell, and curves over NAD indices.

use anyhow::{Context, Result};
use nads_core::{
    protocol::{
        manifest::Manifest,
        trials::{decode_trials, encode_trials},
    },
    trials::{Origin, Trial, Trials, cells},
};
use nads_tests::{Chromium, Page, Test, Visit, tests};
use static_host::Instead;

use crate::steps::{FIGURE, badge, text_of, wake};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        heat_map_shows_the_stored_accuracies,
        a_network_that_was_not_trained_shows_its_prediction,
        states_of_cells_are_named_and_marked,
        one_tab_stop_and_a_reading_of_each_cell,
        a_missing_heat_map_is_said_and_can_be_tried_again,
        heat_map_is_taken_away,
        heat_map_fits_phones_and_dark_windows,
        index_curve_shows_the_stored_accuracies,
        index_curve_fits_phones_and_dark_windows,
    ]
}

const MAP: &str = "assets/maps/logreg.safetensors";
const CURVE: &str = "assets/curves/logreg.safetensors";
const HEAT_MAP: &str = "<style>:root { color-scheme: light dark }</style><button>before</button><nad-figure view=heat-map network=logreg></nad-figure><button>after</button>";
const INDEX_CURVE: &str = "<style>:root { color-scheme: light dark }</style><nad-figure view=index-curve networks=logreg index=100></nad-figure>";

/// Opens a heat map and waits for accuracies and predictions.
async fn heat_map(chromium: &Chromium, visit: Visit) -> Result<Page> {
    let page = chromium.visit(visit).await?;
    wake(&page).await?;
    page.until(&format!(
        "{FIGURE}.getData()?.predicted.some(isFinite) && {FIGURE}.getData().accuracy.some(isFinite)"
    ))
    .await?;
    Ok(page)
}

/// A map of the stored one's directions with a result of each kind: 80.4 % at (2, 0), 77.0 and 79.0 % at (4, 0), none at
/// (6, 0), where training diverged, and nothing elsewhere.
fn some_of_each(stored: &Trials) -> Trials {
    let mut trials = Trials::new(stored.provenance.clone(), stored.places.clone(), 2);
    let place = |k_row: u32| 32 * k_row;
    let done = |correct| Trial::Done { correct, train_correct: 0, loss: 0.5 };
    trials.put(place(2), 0, done(8040));
    trials.put(place(4), 0, done(7700));
    trials.put(place(4), 1, done(7900));
    trials.put(place(6), 0, Trial::Diverged);
    trials
}

async fn heat_map_shows_the_stored_accuracies(chromium: &Chromium) -> Result<()> {
    let page = heat_map(chromium, Visit::article(HEAT_MAP)).await?;
    let trials: Trials = decode_trials(&chromium.file(MAP)?)?;
    let shown: Vec<Option<f64>> = page.value(&format!("[...{FIGURE}.getData().accuracy]")).await?;
    let of = &trials.provenance;
    let nads_core::trials::Along::Frequencies { phase, every } = of.along else { panic!("a map") };
    let plan = nads_core::arch::Plan::parse(&of.arch, None, 2).map_err(|e| anyhow::anyhow!("{e}"))?;
    let cells = cells(of.grid, every, phase, plan.symmetry);
    assert_eq!((shown.len(), cells.len()), (256, 256));
    for (cell, shown) in cells.iter().zip(&shown) {
        let stored = trials.summary(cell.place).accuracy.context("a whole map")?;
        let shown = shown.context("a whole map")?;
        assert!((shown - stored).abs() < 1e-6, "{:?}: {shown} {stored}", cell.frequency);
    }
    let measured = cells.iter().filter(|cell| cell.origin == Origin::Measured).count();
    let named = page.all("gridcell", "k_row ").await?;
    assert_eq!(named.iter().filter(|cell| cell.name.ends_with(" %, measured")).count(), measured);
    assert_eq!(named.iter().filter(|cell| cell.name.ends_with(" %, mirrored")).count(), 256 - measured);
    assert!(page.find("gridcell", "k_row 2, k_col 0: ").await?.name.ends_with(" %, measured"));
    let picture = page.picture(&page.find("grid", "Accuracy map of LogReg").await?).await?;
    assert!(picture.colours() > 1, "marks of the measured cells");
    assert!(badge(&page).await?.0.starts_with("CPU x "), "it can be trained here too");
    let drawer = text_of(&page, ".drawer").await?;
    for part in ["nads map logreg", "sigma 3", "219 of 73 directions", "lanes"] {
        assert!(drawer.contains(part), "{part}: {drawer}");
    }
    page.click(&page.find("button", "Data table").await?).await?;
    let lines: usize =
        page.value(&format!("{FIGURE}.shadowRoot.querySelectorAll('.sheet tbody tr').length")).await?;
    assert_eq!(lines, 256);
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn a_network_that_was_not_trained_shows_its_prediction(chromium: &Chromium) -> Result<()> {
    let manifest: Manifest = serde_json::from_slice(&chromium.file("assets/manifest.json")?)?;
    let is_trained = |name: &str| manifest.maps.iter().any(|map| map.network == name);
    let network = manifest.networks.iter().find(|one| !is_trained(&one.name)).context("one without a map")?;
    let body = format!("<nad-figure view=heat-map network={}></nad-figure>", network.name);
    let page = chromium.visit(Visit::article(&body)).await?;
    wake(&page).await?;
    page.until(&format!("{FIGURE}.getData()?.predicted.some(isFinite)")).await?;
    assert!(page.find("gridcell", "k_row 2, k_col 0: ").await?.name.ends_with(", predicted"));
    let known: usize =
        page.value(&format!("{FIGURE}.getData().accuracy.filter((a) => Number.isFinite(a)).length")).await?;
    assert_eq!(known, 0, "a prediction is no accuracy");
    let note = text_of(&page, ".map .note").await?;
    assert!(note.contains(&network.title) && note.contains("predict"), "{note}");
    let scatter: bool =
        page.value(&format!("{FIGURE}.shadowRoot.querySelector('[data-part=scatter]').hidden")).await?;
    assert!(scatter, "nothing to compare");
    Ok(())
}

async fn states_of_cells_are_named_and_marked(chromium: &Chromium) -> Result<()> {
    let some = some_of_each(&decode_trials(&chromium.file(MAP)?)?);
    let visit = Visit::article(HEAT_MAP).instead(MAP, Instead::Bytes(encode_trials(&some)));
    let page = heat_map(chromium, visit).await?;
    for name in [
        "k_row 2, k_col 0: 80.4 %, measured",
        "k_row −2, k_col 0: 80.4 %, mirrored",
        "k_row 0, k_col 2: 80.4 %, mirrored",
        "k_row 4, k_col 0: 78.0 %, measured",
        "k_row 6, k_col 0: diverged",
    ] {
        assert_eq!(page.find("gridcell", name).await?.name, name);
    }
    assert!(page.find("gridcell", "k_row 8, k_col 8: ").await?.name.ends_with(", predicted"));
    let marks: Vec<usize> = page
        .value(&format!(
            "['measured', 'mirrored', 'diverged', 'predicted'].map((state) => {FIGURE}.shadowRoot.querySelectorAll(`.marks .${{state}}`).length)"
        ))
        .await?;
    assert_eq!(marks, [2, 0, 4, 256 - 12], "mirrored cells are plain");
    let legend = text_of(&page, ".states").await?;
    for part in ["2 measured", "6 mirrored", "4 diverged", "244 predicted"] {
        assert!(legend.contains(part), "{part}: {legend}");
    }
    let scatter = page.find("img", "Accuracy against prediction: ").await?;
    assert!(scatter.name.contains("2 trained directions: too few"), "{}", scatter.name);
    assert!(text_of(&page, ".map .note").await?.contains("Of 8 cells"));
    let picture = page.picture(&page.find("grid", "Accuracy map").await?).await?;
    assert!(picture.colours() > 4, "{picture:?}");
    Ok(())
}

async fn one_tab_stop_and_a_reading_of_each_cell(chromium: &Chromium) -> Result<()> {
    let some = some_of_each(&decode_trials(&chromium.file(MAP)?)?);
    let visit = Visit::article(HEAT_MAP).instead(MAP, Instead::Bytes(encode_trials(&some)));
    let page = heat_map(chromium, visit).await?;
    let grid = page.find("grid", "Accuracy map of LogReg").await?;
    page.focus(&grid).await?;
    let reading = async || text_of(&page, ".map .reading").await;
    assert!(reading().await?.starts_with("k_row 0, k_col 0: "));
    page.press("ArrowDown").await?;
    let text = reading().await?;
    assert!(text.starts_with("k_row 2, k_col 0: 80.4 %, measured; 1 seed; predicted "), "{text}");
    page.press("ArrowDown").await?;
    let text = reading().await?;
    assert!(
        text.starts_with("k_row 4, k_col 0: 78.0 %, measured; ± 1.4 % over 2 seeds; predicted "),
        "{text}"
    );
    let facts = text_of(&page, ".facts").await?;
    assert!(facts.contains("(4, 0)") && facts.contains("78.0 % ± 1.4 %"), "{facts}");
    page.press("Tab").await?;
    let inside: bool =
        page.value(&format!("{FIGURE}.shadowRoot.activeElement?.closest('[role=grid]') != null")).await?;
    assert!(!inside, "one stop for all cells");
    page.click_at(&grid, 0.53, 0.66).await?;
    let text = reading().await?;
    assert!(text.starts_with("k_row 4, k_col 0: "), "{text}");
    Ok(())
}

async fn a_missing_heat_map_is_said_and_can_be_tried_again(chromium: &Chromium) -> Result<()> {
    let mut flipped = chromium.file(MAP)?;
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    for damage in [Instead::Missing, Instead::Bytes(flipped)] {
        let page = chromium.visit(Visit::article(HEAT_MAP).instead(MAP, damage)).await?;
        wake(&page).await?;
        let alert = format!(
            "[...{FIGURE}.shadowRoot.querySelectorAll('[role=alert]')].find((e) => e.checkVisibility())?.textContent ?? ''"
        );
        page.until(&format!("({alert}).includes('maps/logreg')")).await?;
        // What its NADs predict is shown all the same.
        page.until(&format!("{FIGURE}.getData()?.predicted.some(isFinite)")).await?;
        assert!(page.find("gridcell", "k_row 2, k_col 0: ").await?.name.ends_with(", predicted"));
        page.host.answer_instead(MAP, None);
        page.click(&page.find("button", "Try again").await?).await?;
        page.until(&format!("{FIGURE}.getData().accuracy.every(isFinite)")).await?;
        assert_eq!(page.value::<String>(&alert).await?, "");
        chromium.close_pages().await;
    }
    Ok(())
}

async fn heat_map_is_taken_away(chromium: &Chromium) -> Result<()> {
    let page = heat_map(chromium, Visit::article(HEAT_MAP)).await?;
    let svg: String = page.value(&format!("{FIGURE}.toBlob('svg').then((blob) => blob.text())")).await?;
    assert!(
        svg.contains("Accuracy map of LogReg")
            && svg.contains("73 measured")
            && svg.contains("nads map logreg")
    );
    // The picture of pixels says how it was made too, and is whole: it can be decoded.
    let (bytes, says, width): (usize, bool, u32) = page
        .value(&format!(
            "(async () => {{
                const blob = await {FIGURE}.toBlob('png');
                const text = new TextDecoder().decode(await blob.slice(0, 20000).arrayBuffer());
                return [blob.size, text.includes('iTXt') && text.includes('nads map logreg'), (await createImageBitmap(blob)).width];
            }})()"
        ))
        .await?;
    assert!(bytes > 10_000 && says && width == 1920, "{bytes} bytes, {width} px, provenance {says}");
    page.choose(&page.find("combobox", "Phase").await?, "sine, corner").await?;
    page.find("gridcell", "k_row 0, k_col 0: no sine wave").await?;
    let link: String = page
        .value(&format!("{FIGURE}.shadowRoot.querySelector('.tools .link').getAttribute('href')"))
        .await?;
    assert_eq!(link, "#view=heat-map&network=logreg&phase=sine");
    Ok(())
}

async fn heat_map_fits_phones_and_dark_windows(chromium: &Chromium) -> Result<()> {
    let mut brightness = Vec::new();
    for (width, dark) in [(320, true), (390, false), (1280, true), (1280, false)] {
        let page = heat_map(chromium, Visit { width, height: 900, dark, ..Visit::article(HEAT_MAP) }).await?;
        fits(&page, width).await?;
        let (left, _, size, high) = page.place(&page.find("grid", "Accuracy map").await?).await?;
        assert!(left >= 0.0 && left + size <= f64::from(width) && size >= 240.0, "{left} {size}");
        assert!((size - high).abs() < 2.0, "square: {size} {high}");
        let scatter = page.find("img", "Accuracy against prediction").await?;
        let (left, _, wide, _) = page.place(&scatter).await?;
        assert!(left >= 0.0 && left + wide <= f64::from(width), "{left} {wide}");
        page.show(&scatter).await?;
        brightness.push(page.screenshot().await?.brightness());
        chromium.close_pages().await;
    }
    assert!(brightness[2] < 0.4 && brightness[3] > 0.6, "{brightness:?}");
    Ok(())
}

async fn fits(page: &Page, width: u32) -> Result<()> {
    let widest: f64 = page.value("document.documentElement.scrollWidth").await?;
    assert!(widest <= f64::from(width), "{widest} px in a window of {width}");
    // A chart is drawn after the frame that gives it its width.
    page.until(&format!("!!{FIGURE}.shadowRoot.querySelector('.scatter svg text')")).await?;
    let smallest: f64 = page
        .value(&format!(
            "Math.min(...[...{FIGURE}.shadowRoot.querySelectorAll('.scatter svg text')].map((t) => parseFloat(t.getAttribute('font-size'))))"
        ))
        .await?;
    assert!(smallest >= 12.0, "{smallest}");
    Ok(())
}

async fn index_curve(chromium: &Chromium, visit: Visit) -> Result<Page> {
    let page = chromium.visit(visit).await?;
    wake(&page).await?;
    page.until(&format!("{FIGURE}.getData()?.LogReg?.accuracy.length > 0")).await?;
    Ok(page)
}

async fn index_curve_shows_the_stored_accuracies(chromium: &Chromium) -> Result<()> {
    let page = index_curve(chromium, Visit::article(INDEX_CURVE)).await?;
    let trials: Trials = decode_trials(&chromium.file(CURVE)?)?;
    let indices: Vec<u32> = page.value(&format!("[...{FIGURE}.getData().LogReg.index]")).await?;
    let accuracies: Vec<f64> = page.value(&format!("[...{FIGURE}.getData().LogReg.accuracy]")).await?;
    assert_eq!(indices, trials.places);
    for (&place, shown) in trials.places.iter().zip(accuracies) {
        let stored = trials.summary(place).accuracy.context("a whole curve")?;
        assert!((shown - stored).abs() < 1e-6, "{place}: {shown} {stored}");
    }
    page.find("img", "Accuracy of LogReg against NAD index, k = 1 to 1024").await?;
    let slider = page.find("slider", "NAD index").await?;
    assert_eq!(slider.value, "101");
    let said = page.value_text(&slider).await?;
    assert!(said.starts_with("k = 101, LogReg 100.0 % ± 0.0 %, 2 seeds"), "{said}");
    page.focus(&slider).await?;
    page.press("ArrowRight").await?;
    let legend = text_of(&page, ".legend").await?;
    assert!(legend.contains("at k = 101"), "between two indices the nearest is named: {legend}");
    let drawn = page.picture(&page.find("img", "Accuracy of LogReg").await?).await?;
    assert!(drawn.colours() > 4, "{drawn:?}");
    page.click(&page.find("checkbox", "log index").await?).await?;
    page.until(&format!("{FIGURE}.getState()['index-scale'] === 'log'")).await?;
    let log = page.picture(&page.find("img", "Accuracy of LogReg").await?).await?;
    assert!(log != drawn);
    assert!(text_of(&page, ".drawer").await?.contains("nads curve logreg"));
    let svg: String = page.value(&format!("{FIGURE}.toBlob('svg').then((blob) => blob.text())")).await?;
    assert!(svg.contains("Accuracy by NAD index"), "{svg}");
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn index_curve_fits_phones_and_dark_windows(chromium: &Chromium) -> Result<()> {
    for (width, dark) in [(320, true), (390, false), (1280, true)] {
        let page =
            index_curve(chromium, Visit { width, height: 900, dark, ..Visit::article(INDEX_CURVE) }).await?;
        fits(&page, width).await?;
        chromium.close_pages().await;
    }
    Ok(())
}
