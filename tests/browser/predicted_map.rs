//! The predicted heat map: cells with names, phases, keyboard.

use anyhow::Result;
use nads_core::{
    direction::Phase,
    frequency::Frequency,
    prediction::{Prediction, WavePhase},
    protocol::asset,
};
use nads_tests::{Chromium, Page, Test, Visit, tests};

use crate::steps::{FIGURE, wake};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        cells_have_names_and_the_values_of_the_command_line,
        one_tab_stop_and_arrows,
        phases_and_scales_are_drawn,
        the_pointer_reads_a_cell,
        map_fits_phones_and_dark_windows,
    ]
}

const ARTICLE: &str =
    "<button>before</button><nad-figure view=predicted-map network=lenet></nad-figure><button>after</button>";

/// Opens the view and waits until all NADs are summed.
async fn map(chromium: &Chromium, visit: Visit) -> Result<Page> {
    let page = chromium.visit(visit).await?;
    wake(&page).await?;
    page.until(&format!("{FIGURE}.getData()?.values.length > 0 && {FIGURE}.shadowRoot.querySelector('.note').textContent === ''")).await?;
    Ok(page)
}

async fn picture(page: &Page) -> Result<nads_tests::Picture> {
    let grid = page.find("grid", "Predicted map of LeNet").await?;
    page.picture(&grid).await
}

/// The value of each cell; none where the wave vanishes.
async fn shown(page: &Page) -> Result<Vec<Option<f64>>> {
    page.value(&format!("[...{FIGURE}.getData().values]")).await
}

async fn cells_have_names_and_the_values_of_the_command_line(chromium: &Chromium) -> Result<()> {
    let page = map(chromium, Visit::article(ARTICLE)).await?;
    let mut set = asset::decode_nads(&chromium.file("assets/nads/lenet.head.safetensors")?)?;
    asset::attach_tail(&mut set, &chromium.file("assets/nads/lenet.tail.safetensors")?)?;
    let prediction = Prediction::of(&set);
    let values: Vec<f64> = page.value(&format!("[...{FIGURE}.getData().values]")).await?;
    assert_eq!(values.len(), 256);
    let (k_row, k_col) = (2, -4);
    let k = Frequency { k_row, k_col };
    let expected = prediction.at(k, WavePhase::One(Phase::Corner)).unwrap_or(f64::NAN)
        / prediction.of_a_random_direction();
    let shown = values[(k_row / 2 + 8) as usize * 16 + (k_col / 2 + 8) as usize];
    assert!((shown / expected - 1.0).abs() < 1e-4, "{shown} {expected}");
    let cells = page.all("gridcell", "k_row ").await?;
    assert_eq!(cells.len(), 256);
    let cell = page.find("gridcell", "k_row 2, k_col −4: ").await?;
    assert!(cell.name.ends_with(", predicted"), "{}", cell.name);
    assert!(values[8 * 16 + 8] > 20.0, "LeNet prefers the constant image: {}", values[8 * 16 + 8]);
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn one_tab_stop_and_arrows(chromium: &Chromium) -> Result<()> {
    let page = map(chromium, Visit::article(ARTICLE)).await?;
    let grid = page.find("grid", "Predicted map of LeNet").await?;
    page.focus(&grid).await?;
    let active = format!(
        "(() => {{ const root = {FIGURE}.shadowRoot, grid = root.querySelector('[role=grid]');
           return root.getElementById(grid.getAttribute('aria-activedescendant'))?.getAttribute('aria-label') ?? ''; }})()"
    );
    let at = async |start: &str| -> Result<()> {
        let name: String = page.value(&active).await?;
        assert!(name.starts_with(start), "{name} is not {start}");
        let text: String =
            page.value(&format!("{FIGURE}.shadowRoot.querySelector('.map .reading').textContent")).await?;
        assert_eq!(text, name, "what is read out is shown");
        Ok(())
    };
    at("k_row 0, k_col 0: ").await?;
    for (key, name) in [
        ("ArrowRight", "k_row 0, k_col 2: "),
        ("ArrowDown", "k_row 2, k_col 2: "),
        ("Home", "k_row 2, k_col −16: "),
        ("ArrowLeft", "k_row 2, k_col −16: "),
        ("End", "k_row 2, k_col 14: "),
        ("PageUp", "k_row −16, k_col 14: "),
        ("PageDown", "k_row 14, k_col 14: "),
    ] {
        page.press(key).await?;
        at(name).await?;
    }
    // One stop for all cells: the next Tab leaves the grid.
    page.press("Tab").await?;
    let inside: bool =
        page.value(&format!("{FIGURE}.shadowRoot.activeElement?.closest('[role=grid]') != null")).await?;
    assert!(!inside);
    Ok(())
}

async fn phases_and_scales_are_drawn(chromium: &Chromium) -> Result<()> {
    let page = map(chromium, Visit::article(ARTICLE)).await?;
    let corner = picture(&page).await?;
    assert!(corner.colours() > 20, "{corner:?}");
    let mut values = vec![shown(&page).await?];
    for phase in ["sine", "average", "centre"] {
        page.run(&format!("{FIGURE}.setState('phase={phase}')")).await?;
        let other = picture(&page).await?;
        // LeNet hardly sees the border, so its mean over phases is 2 % of the colours away from the corner's cosine at most.
        let visible = other.difference(&corner);
        assert!(other != corner && (phase == "average" || visible > 0.02), "{phase}: {visible}");
        values.push(shown(&page).await?);
    }
    let mut waves = 0;
    for ((cosine, sine), mean) in values[0].iter().zip(&values[1]).zip(&values[2]) {
        // No sine wave at (0, 0) and at the Nyquist corners.
        let (Some(cosine), Some(sine), Some(mean)) = (cosine, sine, mean) else { continue };
        assert!((0.5 * (cosine + sine) / mean - 1.0).abs() < 1e-5, "{cosine} {sine} {mean}");
        waves += 1;
    }
    assert_eq!(waves, 252);
    page.run(&format!("{FIGURE}.setState('phase=sine')")).await?;
    page.find("gridcell", "k_row 0, k_col 0: no sine wave").await?;
    page.run(&format!("{FIGURE}.setState('phase=corner&scale=linear')")).await?;
    assert!(picture(&page).await?.difference(&corner) > 0.2, "linear colours");
    page.choose(&page.find("combobox", "Frequencies").await?, "all").await?;
    page.until(&format!("{FIGURE}.getData().values.length === 1024")).await?;
    page.choose(&page.find("combobox", "Network").await?, "LogReg").await?;
    page.find("grid", "Predicted map of LogReg").await?;
    // Isotropic up to the sampling noise of ten thousand rows.
    page.until(&format!("[...{FIGURE}.getData().values].every((v) => Math.abs(v - 1) < 0.1)")).await?;
    Ok(())
}

async fn the_pointer_reads_a_cell(chromium: &Chromium) -> Result<()> {
    let page = map(chromium, Visit::article(ARTICLE)).await?;
    let grid = page.find("grid", "Predicted map of LeNet").await?;
    page.click_at(&grid, 0.53, 0.53).await?;
    let text: String =
        page.value(&format!("{FIGURE}.shadowRoot.querySelector('.map .reading').textContent")).await?;
    assert!(text.starts_with("k_row 0, k_col 0: "), "{text}");
    let facts: String =
        page.value(&format!("{FIGURE}.shadowRoot.querySelector('.facts').textContent")).await?;
    assert!(facts.contains("(0, 0)") && facts.contains("1 of 256"), "{facts}");
    Ok(())
}

async fn map_fits_phones_and_dark_windows(chromium: &Chromium) -> Result<()> {
    for (width, dark) in [(320, true), (390, false), (1280, true)] {
        let page = map(chromium, Visit { width, height: 900, dark, ..Visit::article(ARTICLE) }).await?;
        let widest: f64 = page.value("document.documentElement.scrollWidth").await?;
        assert!(widest <= f64::from(width), "{widest} px in a window of {width}");
        let (left, _, size, high) = page.place(&page.find("grid", "Predicted map").await?).await?;
        assert!(left >= 0.0 && left + size <= f64::from(width) && size >= 240.0, "{left} {size}");
        assert!((size - high).abs() < 2.0, "square: {size} {high}");
        chromium.close_pages().await;
    }
    Ok(())
}
