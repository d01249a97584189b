//! The task D(v), networks while they learn, and maps with and without pooling.

use anyhow::{Context, Result};
use nads_tests::{Chromium, Page, Test, Visit, tests};

use crate::steps::{FIGURE, LISTEN, text_of, wake};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        a_wave_is_chosen_in_the_frequencies,
        a_direction_is_drawn_with_pointer_and_keys,
        the_mean_of_all_samples_looks_like_v,
        two_networks_learn_side_by_side,
        a_training_goes_on_step_by_step,
        exploding_trainings_are_said_and_no_rate_refused,
        folding_waves_are_named_and_marked,
        a_cell_of_a_heat_map_opens_in_a_trainer,
        a_curve_gains_a_live_point,
        lessons_fit_phones_and_dark_windows,
    ]
}

const TASK: &str = "<style>:root { color-scheme: light dark }</style><nad-figure view=task></nad-figure>";
const TRAINER: &str = "<style>:root { color-scheme: light dark }</style><nad-figure view=trainer network=logreg workers=2></nad-figure>";

async fn open(chromium: &Chromium, body: &str) -> Result<Page> {
    let page = chromium.visit(Visit::article(body).script(LISTEN)).await?;
    wake(&page).await?;
    page.until(&format!("{FIGURE}.getData() !== null")).await?;
    Ok(page)
}

/// One key of the figure's state.
async fn key(page: &Page, name: &str) -> Result<String> {
    page.value(&format!("{FIGURE}.getState()['{name}']")).await
}

async fn a_wave_is_chosen_in_the_frequencies(chromium: &Chromium) -> Result<()> {
    let page = open(chromium, TASK).await?;
    page.find("img", "v, wave (2, 0), spatial domain").await?;
    let facts = text_of(&page, ".facts").await?;
    assert!(facts.contains("100.0 %"), "the sign along v is always right: {facts}");
    let right: f64 = page
        .value(&format!(
            "(({{ across, y }}) => across.filter((a, i) => (a > 0) === (y[i] > 0)).length / y.length)({FIGURE}.getData())"
        ))
        .await?;
    assert!((0.4..0.6).contains(&right), "the sign along another direction is a guess: {right}");
    // Cell (row 19, column 12) of 32 is k = (3, -4).
    let grid = page.find("grid", "Waves: press Enter").await?;
    let cell = 1.0 / 32.0;
    page.click_at(&grid, 12.5 * cell, 19.5 * cell).await?;
    page.find("img", "v, wave (3, −4), spatial domain").await?;
    assert_eq!(key(&page, "direction").await?, "fourier:3,-4");
    page.focus(&grid).await?;
    page.press("ArrowDown").await?;
    page.press("Enter").await?;
    assert_eq!(key(&page, "direction").await?, "fourier:4,-4");
    // The fields say the same, and can be typed into.
    let typed = format!(
        "(() => {{ const field = {FIGURE}.shadowRoot.querySelector('input[aria-label=k_row]'), was = field.value;
            field.value = 6; field.dispatchEvent(new Event('input', {{ bubbles: true }})); return was; }})()"
    );
    assert_eq!(page.value::<String>(&typed).await?, "4");
    assert_eq!(key(&page, "direction").await?, "fourier:6,-4");
    let plot = page.find("img", "400 samples projected onto v").await?;
    assert!(page.picture(&plot).await?.colours() > 10, "points of two classes");
    let fragment: String = page.value(&format!("{FIGURE}.getState().fragment")).await?;
    assert_eq!(fragment, "view=task&direction=fourier%3A6%2C-4");
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn a_direction_is_drawn_with_pointer_and_keys(chromium: &Chromium) -> Result<()> {
    let page = open(chromium, TASK).await?;
    let kind = page.find("combobox", "Kind of direction v").await?;
    page.choose(&kind, "drawn").await?;
    page.find("status", "").await?;
    let grid = page.find("grid", "Pixels to draw on").await?;
    let at = |row: f64, col: f64| ((col + 0.5) / 32.0, (row + 0.5) / 32.0);
    let (x, y) = at(3.0, 5.0);
    page.click_at(&grid, x, y).await?;
    page.until(&format!("{FIGURE}.getData()?.v[3 * 32 + 5] === 1")).await?;
    page.click(&page.find("button", "Draw −").await?).await?;
    page.focus(&grid).await?;
    page.press("ArrowRight").await?;
    page.press(" ").await?;
    page.until(&format!("{FIGURE}.getData().v.filter((x) => x !== 0).length === 2")).await?;
    let v: Vec<f32> = page.value(&format!("[...{FIGURE}.getData().v]")).await?;
    assert_eq!(v.iter().filter(|x| **x < 0.0).count(), 1, "one pixel is negative");
    page.find("img", "v, drawn direction, spatial domain").await?;
    // The link holds the drawing.
    let fragment: String = page.value(&format!("{FIGURE}.getState().fragment")).await?;
    page.run(&format!("{FIGURE}.setState('direction=fourier:1,0')")).await?;
    page.run(&format!("{FIGURE}.setState('{fragment}')")).await?;
    let again: Vec<f32> = page.value(&format!("[...{FIGURE}.getData().v]")).await?;
    assert_eq!(again, v);
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn the_mean_of_all_samples_looks_like_v(chromium: &Chromium) -> Result<()> {
    let page = open(chromium, TASK).await?;
    page.choose(&page.find("combobox", "Samples in the mean").await?, "all 10,000").await?;
    let words = page
        .until_some("the mean", async || {
            let words = text_of(&page, ".mean .note").await?;
            Ok(words.contains("10,000 samples").then_some(words))
        })
        .await?;
    // |v| = 1 and a noise of 3 sqrt(1023 / 10,000) = 0.96: a cosine of 0.72.
    let cosine: f64 = words.rsplit(' ').next().context("a number")?.trim_end_matches('.').parse()?;
    assert!((0.69..0.75).contains(&cosine), "{words}");
    let picture = page.picture(&page.find("img", "Mean of y x over 10,000 samples").await?).await?;
    assert!(picture.colours() > 20);
    Ok(())
}

async fn two_networks_learn_side_by_side(chromium: &Chromium) -> Result<()> {
    let page = open(chromium, TRAINER).await?;
    assert_eq!(page.workers_started(), 0, "not before it is asked for");
    page.click(&page.find("button", "Train").await?).await?;
    page.until("heard.done.length === 1").await?;
    assert_eq!(page.workers_started(), 2);
    assert!(text_of(&page, ".progress .status").await?.contains("both are trained"));
    let steps: Vec<usize> = page.value(&format!("{FIGURE}.getData().map((run) => run.loss.length)")).await?;
    assert_eq!(steps, [1580, 1580], "every step of both is heard of once");
    let losses: Vec<f64> =
        page.value(&format!("{FIGURE}.getData().flatMap(({{ loss }}) => [loss[0], loss.at(-1)])")).await?;
    assert!(losses[1] < 0.5 * losses[0] && losses[3] < 0.5 * losses[2], "{losses:?}");
    let facts: Vec<String> = page
        .value(&format!("[...{FIGURE}.shadowRoot.querySelectorAll('.run .facts')].map((f) => f.textContent)"))
        .await?;
    for facts in &facts {
        assert!(facts.contains("1,580 of 1,580") && facts.contains("100.0 % of 10,000"), "{facts}");
    }
    for name in [
        "Accuracy, loss and norm of the gradient against the step, wave (2, 0), after step 1580",
        "v, wave (8, 0)",
    ] {
        let picture = page.picture(&page.find("img", name).await?).await?;
        assert!(picture.colours() > 3, "{name}");
    }
    // Another direction is another run.
    page.run(&format!("{FIGURE}.setState('direction=random:1')")).await?;
    page.until(&format!("{FIGURE}.getData().every((run) => run.loss.length === 0)")).await?;
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn a_training_goes_on_step_by_step(chromium: &Chromium) -> Result<()> {
    let body = "<nad-figure view=trainer network=lenet workers=1></nad-figure>";
    let page = open(chromium, body).await?;
    let step = page.find("button", "Step").await?;
    let lengths = format!("{FIGURE}.getData().map((run) => run.loss.length).join()");
    page.click(&step).await?;
    page.until(&format!("{lengths} === '1,1'")).await?;
    page.click(&step).await?;
    page.until(&format!("{lengths} === '2,2'")).await?;
    assert!(text_of(&page, ".progress .status").await?.contains("paused"));
    let filters = page.find("img", "Filters of the first layer").await?;
    assert!(page.picture(&filters).await?.colours() > 20, "six kernels of 25 weights");
    page.click(&page.find("button", "Go on").await?).await?;
    page.until(&format!("{FIGURE}.getData().every((run) => run.loss.length > 5)")).await?;
    page.click(&page.find("button", "Pause").await?).await?;
    page.find("button", "Go on").await?;
    page.click(&page.find("button", "Reset").await?).await?;
    page.until(&format!("{lengths} === '0,0'")).await?;
    page.find("button", "Train").await?;
    page.run(&format!("{FIGURE}.step()")).await?;
    page.until(&format!("{lengths} === '1,1'")).await?;
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn exploding_trainings_are_said_and_no_rate_refused(chromium: &Chromium) -> Result<()> {
    let body = "<nad-figure view=trainer network=lenet-stride rate=1000 workers=2></nad-figure>";
    let page = open(chromium, body).await?;
    page.click(&page.find("button", "Train").await?).await?;
    page.until("heard.done.length === 1").await?;
    let facts = text_of(&page, ".run .facts").await?;
    assert!(facts.contains("diverged") && !facts.contains("NaN"), "{facts}");
    // No learning rate at all is refused, and the field says what it takes.
    let field = format!("{FIGURE}.shadowRoot.querySelector('input[aria-label=\"Learning rate\"]')");
    page.run(&format!(
        "(() => {{ const field = {field}; field.value = 0;
            field.dispatchEvent(new Event('change', {{ bubbles: true }})); }})()"
    ))
    .await?;
    page.until(&format!("{field}.getAttribute('aria-invalid') === 'true'")).await?;
    assert_eq!(page.value::<f64>(&format!("{FIGURE}.getState().rate")).await?, 1000.0);
    Ok(())
}

async fn folding_waves_are_named_and_marked(chromium: &Chromium) -> Result<()> {
    let page = open(chromium, "<nad-figure view=pooling></nad-figure>").await?;
    let grid = page.find("grid", "Accuracy map of LeNet:").await?;
    page.find("grid", "Accuracy map of LeNet without pooling").await?;
    page.focus(&grid).await?;
    page.press("ArrowDown").await?;
    let table = page
        .until_some("the folding waves", async || {
            let found: Option<String> = page
                .value(&format!("{FIGURE}.shadowRoot.querySelector('.folding')?.textContent ?? null"))
                .await?;
            Ok(found)
        })
        .await?;
    for part in [
        "fold onto (2, 0)",
        "max pooling, stride 2",
        "(−14, 0)",
        "57.6 %",
        "max pooling, stride 4",
        "(−6, 8)",
        "53.4 %",
    ] {
        assert!(table.contains(part), "{part}: {table}");
    }
    // Three waves of each sign at the first pooling, and twelve at the second, on the map with pooling only.
    let marks: Vec<usize> = page
        .value(&format!(
            "[...{FIGURE}.shadowRoot.querySelectorAll('.marks')].map((m) => m.querySelectorAll('.alias').length)"
        ))
        .await?;
    assert_eq!(marks, [30, 0]);
    let svg: String = page.value(&format!("{FIGURE}.toBlob('svg').then((blob) => blob.text())")).await?;
    assert!(svg.contains("with and without pooling") && svg.matches("class=\"alias\"").count() == 30);
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn a_cell_of_a_heat_map_opens_in_a_trainer(chromium: &Chromium) -> Result<()> {
    let body = "<nad-figure view=heat-map network=logreg></nad-figure><nad-figure view=trainer></nad-figure>";
    let page = open(chromium, body).await?;
    page.focus(&page.find("grid", "Accuracy map of LogReg").await?).await?;
    page.press("ArrowDown").await?;
    page.click(&page.find("link", "Watch this cell train").await?).await?;
    page.until("document.querySelector('nad-figure[view=trainer]').getState()?.direction === 'fourier:2,0'")
        .await?;
    let network: String =
        page.value("document.querySelector('nad-figure[view=trainer]').getState().network").await?;
    assert_eq!(network, "logreg");
    Ok(())
}

async fn a_curve_gains_a_live_point(chromium: &Chromium) -> Result<()> {
    let body = "<nad-figure view=index-curve network=logreg index=7 workers=1></nad-figure>";
    let page = open(chromium, body).await?;
    page.until(&format!("!{FIGURE}.shadowRoot.querySelector('.sampling button:last-child').disabled"))
        .await?;
    page.click(&page.find("button", "Train along this NAD").await?).await?;
    let live = format!("{FIGURE}.getData()['LogReg, live']");
    page.until(&format!("{live}?.index.length === 1")).await?;
    let (index, accuracy): (usize, f64) =
        page.value(&format!("(({{ index, accuracy }}) => [index[0], accuracy[0]])({live})")).await?;
    assert_eq!(index, 7);
    assert!(accuracy > 0.999, "a linear network learns every direction: {accuracy}");
    let legend = text_of(&page, ".legend").await?;
    assert!(legend.contains("LogReg, live"), "{legend}");
    // A move of the slider is no other experiment.
    page.click(&page.find("button", "Train").await?).await?;
    page.until(&format!("{live}.index.length > 2")).await?;
    page.run(&format!("{FIGURE}.setState('index=500')")).await?;
    page.until(&format!("{FIGURE}.getState().index === 500")).await?;
    let status = text_of(&page, ".progress .status").await?;
    assert!(status.contains(" of 21 trainings"), "it goes on: {status}");
    page.click(&page.find("button", "Cancel").await?).await?;
    // What is finished outlives a reload.
    page.reload().await?;
    wake(&page).await?;
    page.until(&format!("{live}?.index.includes(7)")).await?;
    Ok(())
}

async fn lessons_fit_phones_and_dark_windows(chromium: &Chromium) -> Result<()> {
    for body in [
        TASK,
        TRAINER,
        "<style>:root { color-scheme: light dark }</style><nad-figure view=pooling></nad-figure>",
    ] {
        let page =
            chromium.visit(Visit { width: 320, height: 700, dark: true, ..Visit::article(body) }).await?;
        wake(&page).await?;
        page.until(&format!("{FIGURE}.getData() !== null")).await?;
        let over: f64 = page.value("document.documentElement.scrollWidth - innerWidth").await?;
        assert!(over <= 0.0, "{body}: {over} pixels too wide");
        assert!(page.screenshot().await?.brightness() < 0.45, "{body}: dark");
        assert_eq!(page.errors(), Vec::<String>::new(), "{body}");
    }
    Ok(())
}
