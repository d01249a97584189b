//! The explorer from stored results: what every reader gets at once.

use anyhow::Result;
use nads_tests::{Chromium, Test, Visit, tests};
use static_host::Instead;

use crate::steps::{FIGURE, LISTEN, done, drawn, explorer, sample, stored_picture};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        shows_the_first_nad_with_workers,
        shows_the_first_nad_without_workers,
        slider_reaches_every_nad_by_keyboard,
        slider_follows_the_pointer,
        number_field_takes_an_index,
        network_choice_shows_another_network,
        energy_of_the_nad_that_is_shown,
        paper_colours_are_a_choice,
        facts_of_stored_and_live_nads_are_not_mixed,
        data_table_waits_until_the_slider_rests,
        live_logreg_says_why_it_is_flat,
    ]
}

async fn first_nad(chromium: &Chromium, visit: Visit, badge: &str) -> Result<()> {
    let page = explorer(chromium, visit).await?;
    for domain in ["spatial", "Fourier"] {
        let name = format!("NAD u_1 of LeNet, {domain} domain");
        let picture = drawn(&page, &name).await?;
        assert!(picture.colours() > 10, "{name} is drawn: {picture:?}");
    }
    let slider = page.find("slider", "NAD index").await?;
    assert_eq!(slider.value, "1");
    let said = page.value_text(&slider).await?;
    assert!(said.starts_with("u_1 of 1024, strongest frequency (0, 0)"), "{said}");
    assert_eq!(page.find("spinbutton", "NAD index").await?.value, "1");
    let said: Vec<String> = page.texts("status").await?;
    assert!(said.iter().any(|text| text.starts_with(badge)), "the badge says {badge}: {said:?}");
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn shows_the_first_nad_with_workers(chromium: &Chromium) -> Result<()> {
    first_nad(chromium, Visit::default(), "CPU x ").await
}

async fn shows_the_first_nad_without_workers(chromium: &Chromium) -> Result<()> {
    let visit = Visit::default().script("delete window.Worker");
    first_nad(chromium, visit.clone(), "assets").await?;
    // And says why, and offers nothing that cannot work.
    let page = explorer(chromium, visit).await?;
    assert!(page.find("button", "Sample networks").await?.disabled);
    let text: String = page.value("document.querySelector('nad-figure').shadowRoot.textContent").await?;
    assert!(text.contains("no Web Workers"), "{text}");
    Ok(())
}

async fn slider_reaches_every_nad_by_keyboard(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::default()).await?;
    let slider = page.find("slider", "NAD index").await?;
    page.focus(&slider).await?;
    let mut before = drawn(&page, "NAD u_1 of LeNet, spatial domain").await?;
    for (key, k) in
        [("ArrowRight", 2), ("PageUp", 12), ("ArrowLeft", 11), ("End", 1024), ("PageDown", 1014), ("Home", 1)]
    {
        page.press(key).await?;
        // Vectors beyond the first ones come with a second file.
        page.until_some(&format!("the vector of u_{k}"), async || {
            let slider = page.find("slider", "NAD index").await?;
            let here =
                page.value_text(&slider).await?.starts_with(&format!("u_{k} of 1024, strongest frequency"));
            Ok(here.then_some(()))
        })
        .await?;
        for domain in ["spatial", "Fourier"] {
            let picture = drawn(&page, &format!("NAD u_{k} of LeNet, {domain} domain")).await?;
            assert!(picture.colours() > 10, "u_{k}, {domain}: {picture:?}");
        }
        let after = drawn(&page, &format!("NAD u_{k} of LeNet, spatial domain")).await?;
        assert!(
            after.difference(&before) > 0.05,
            "{key} changes what is drawn: {}",
            after.difference(&before)
        );
        before = after;
        assert_eq!(page.find("spinbutton", "NAD index").await?.value, k.to_string());
    }
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn slider_follows_the_pointer(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::default()).await?;
    let slider = page.find("slider", "NAD index").await?;
    page.click_at(&slider, 0.5, 0.5).await?;
    let k: u32 = page.find("slider", "NAD index").await?.value.parse()?;
    assert!((412..612).contains(&k), "the middle of the slider is u_{k}");
    page.find("img", &format!("NAD u_{k} of LeNet, spatial domain")).await?;
    Ok(())
}

async fn number_field_takes_an_index(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::default()).await?;
    let field = page.find("spinbutton", "NAD index").await?;
    page.focus(&field).await?;
    page.press("Backspace").await?;
    for key in ["4", "2"] {
        page.press(key).await?;
    }
    page.find("img", "NAD u_42 of LeNet, spatial domain").await?;
    assert_eq!(page.find("slider", "NAD index").await?.value, "42");
    // What is no index is not taken, and nothing breaks.
    for key in ["9", "9", "9", "9", "Tab"] {
        page.press(key).await?;
    }
    let k: u32 = page.find("slider", "NAD index").await?.value.parse()?;
    assert!((1..=1024).contains(&k), "u_{k}");
    stored_picture(&page).await?;
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn network_choice_shows_another_network(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::default()).await?;
    let lenet = drawn(&page, "NAD u_1 of LeNet, spatial domain").await?;
    let choice = page.find("combobox", "Network").await?;
    page.choose(&choice, "LogReg").await?;
    page.until_some("LogReg's first NAD", async || {
        let slider = page.find("slider", "NAD index").await?;
        let pictures = page.all("img", "NAD u_1 of LogReg, spatial domain, stored").await?;
        Ok((!pictures.is_empty() && page.value_text(&slider).await?.contains("strongest")).then_some(()))
    })
    .await?;
    let logreg = drawn(&page, "NAD u_1 of LogReg, spatial domain").await?;
    assert!(logreg.colours() > 10 && logreg.difference(&lenet) > 0.2, "{}", logreg.difference(&lenet));
    assert!(page.all("img", "NAD u_1 of LeNet").await?.is_empty(), "no picture of the other network stays");
    // Titles of one word and of several.
    for (network, title) in [("lenet", "LeNet"), ("lenet-stride", "LeNet with strides")] {
        page.run(&format!("{FIGURE}.setState('network={network}')")).await?;
        let offered = format!("draws 50 random networks ({title}) in your browser");
        page.until(&format!("{FIGURE}.shadowRoot.textContent.includes('{offered}')")).await?;
    }
    Ok(())
}

async fn energy_of_the_nad_that_is_shown(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::at("#index=1")).await?;
    let profile = page.find("img", "Energy of u_2 by radial frequency: mean ").await?;
    assert!(page.picture(&profile).await?.colours() > 3);
    let words = crate::steps::text_of(&page, ".energy dl").await?;
    assert!(words.contains("(1, 0) ") && words.contains("rotation pair (E): odd along one axis"), "{words}");
    page.focus(&page.find("slider", "NAD index").await?).await?;
    page.press("Home").await?;
    page.find("img", "Energy of u_1 by radial frequency: mean 0.").await?;
    let words = crate::steps::text_of(&page, ".energy dl").await?;
    assert!(words.contains("(0, 0) ") && words.contains("even (A1)"), "{words}");
    Ok(())
}

async fn data_table_waits_until_the_slider_rests(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::default()).await?;
    let data = format!("{FIGURE}.shadowRoot.querySelector('.data')");
    page.click(&page.find("button", "Data table").await?).await?;
    page.find("region", "Values, spatial domain").await?;
    assert_eq!(page.value::<u32>(&format!("{data}.querySelectorAll('td').length")).await?, 2048);
    // Twenty steps of the slider in one task: no timer can end between them.
    let (made, busy): (u32, String) = page
        .value(&format!(
            "(async () => {{
                let made = 0;
                const observer = new MutationObserver(() => made++);
                observer.observe({data}, {{ childList: true }});
                for (let k = 1; k <= 20; k++) {{
                    {FIGURE}.setState(`index=${{k}}`);
                    for (let turn = 0; turn < 20; turn++) await null;
                }}
                return [made, {data}.getAttribute('aria-busy')];
            }})()"
        ))
        .await?;
    assert_eq!((made, busy.as_str()), (0, "true"), "no cells at each step");
    page.until(&format!("{data}.getAttribute('aria-busy') === 'false'")).await?;
    let caption: String = page.value(&format!("{data}.querySelector('caption').textContent")).await?;
    assert!(caption.starts_with("NAD u_21 of LeNet, stored"), "{caption}");
    // The largest value: it is written without a power of ten.
    let (cell, shown): (String, f64) = page
        .value(&format!(
            "(() => {{
                const field = [...{FIGURE}.getData().field], sizes = field.map(Math.abs);
                const at = sizes.indexOf(Math.max(...sizes));
                return [{data}.querySelectorAll('td')[at].textContent, field[at]];
            }})()"
        ))
        .await?;
    let cell: f64 = cell.replace('\u{2212}', "-").parse()?;
    assert!((cell - shown).abs() < 0.01 * shown.abs(), "{cell} in the table, {shown} shown");
    Ok(())
}

async fn live_logreg_says_why_it_is_flat(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::at("#network=logreg").script(LISTEN)).await?;
    let note = format!("{FIGURE}.shadowRoot.querySelector('.note').textContent");
    assert_eq!(page.value::<String>(&note).await?, "");
    sample(&page, 20, 1).await?;
    done(&page).await?;
    let said: String = page.value(&note).await?;
    assert!(said.contains("averaged exactly") && said.contains("Stored: the plain estimate"), "{said}");
    // LeNet's stored and live results are made alike.
    let page = explorer(chromium, Visit::default().script(LISTEN)).await?;
    sample(&page, 20, 1).await?;
    done(&page).await?;
    assert_eq!(page.value::<String>(&note).await?, "");
    Ok(())
}

/// Signed pictures in blue and red: by the box, in the link, in the colour bar and in what is taken away.
async fn paper_colours_are_a_choice(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::default()).await?;
    let names = ["spatial", "Fourier"].map(|domain| format!("NAD u_1 of LeNet, {domain} domain"));
    page.run(&format!("{FIGURE}.setState('index=2')")).await?;
    let names = names.map(|name| name.replace("u_1", "u_3"));
    let before = [drawn(&page, &names[0]).await?, drawn(&page, &names[1]).await?];
    page.click(&page.find("checkbox", "paper colours").await?).await?;
    let changed = async || {
        let now = drawn(&page, &names[0]).await?;
        Ok((now.difference(&before[0]) > 0.02).then_some(()))
    };
    page.until_some("other colours", changed).await?;
    assert_eq!(drawn(&page, &names[1]).await?.difference(&before[1]), 0.0, "magnitudes have no sign");
    // One half of u_3 is blue, the other red.
    let [blue, red, green]: [usize; 3] = page
        .value(&format!(
            "(() => {{
                const canvas = {FIGURE}.shadowRoot.querySelector('canvas');
                const {{ data }} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
                const count = (is) => Array.from({{ length: data.length / 4 }}, (_, i) => data.subarray(4 * i, 4 * i + 3)).filter(is).length;
                return [count(([r, , b]) => b > r + 60), count(([r, , b]) => r > b + 60), count(([r, g, b]) => g > r + 10 && g > b + 10)];
            }})()"
        ))
        .await?;
    assert!(blue > 50 && red > 50 && green == 0, "{blue} blue, {red} red, {green} green pixels");
    let state: [String; 2] = page.value(&format!("[{FIGURE}.palette, {FIGURE}.getState().fragment]")).await?;
    assert!(state[0] == "paper" && state[1].contains("palette=paper"), "{state:?}");
    let is_in_bar = "getComputedStyle(document.querySelector('nad-figure').shadowRoot.querySelector('.scale i')).backgroundImage";
    let bar: String = page.value(is_in_bar).await?;
    page.run(&format!("{FIGURE}.palette = 'earth'")).await?;
    page.until(&format!("{is_in_bar} !== {bar:?}")).await?;
    assert_eq!(drawn(&page, &names[0]).await?.difference(&before[0]), 0.0);
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

/// Where a stored vector is not there yet, nothing is said of it, although a live one is.
async fn facts_of_stored_and_live_nads_are_not_mixed(chromium: &Chromium) -> Result<()> {
    let visit =
        Visit::default().script(LISTEN).instead("assets/nads/lenet.tail.safetensors", Instead::Missing);
    let page = explorer(chromium, visit).await?;
    sample(&page, 20, 1).await?;
    assert_eq!(done(&page).await?, 20);
    page.run(&format!("{FIGURE}.setState('index=500')")).await?;
    assert!(drawn(&page, "NAD u_501 of LeNet, spatial domain, live").await?.colours() > 10);
    let facts: String =
        page.value(&format!("{FIGURE}.shadowRoot.querySelector('.facts').textContent")).await?;
    assert!(facts.contains("strongest frequency–") && facts.contains("constant part–"), "{facts}");
    Ok(())
}
