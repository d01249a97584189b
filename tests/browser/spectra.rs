//! The view `spectra`: singular values of several networks.

use anyhow::Result;
use nads_tests::{Chromium, Page, Test, Visit, tests};

use crate::steps::{FIGURE, drawn, text_of, wake};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        spectra_draw_a_curve_and_a_band_for_each_network,
        spectra_say_their_values_at_the_index,
        spectra_follow_their_axes,
        spectra_fit_phones_and_dark_windows,
        spectra_give_away_what_they_show,
    ]
}

async fn spectra(chromium: &Chromium, visit: Visit, attributes: &str) -> Result<Page> {
    let body = format!(
        "<style>:root {{ color-scheme: light dark }}</style><nad-figure view=spectra networks=lenet,logreg {attributes}></nad-figure>"
    );
    let page = chromium.visit(Visit { article: Some(body), ..visit }).await?;
    wake(&page).await?;
    page.find("img", "Spectra of LeNet, LogReg, ").await?;
    Ok(page)
}

/// How many elements of the figure match.
async fn count(page: &Page, selector: &str) -> Result<u32> {
    page.value(&format!("{FIGURE}.shadowRoot.querySelectorAll({selector:?}).length")).await
}

async fn spectra_draw_a_curve_and_a_band_for_each_network(chromium: &Chromium) -> Result<()> {
    let page = spectra(chromium, Visit::default(), "").await?;
    assert_eq!(count(&page, ".series.network").await?, 2);
    assert_eq!(count(&page, ".series.network polygon").await?, 2);
    // LogReg is stored as the plain estimator left it: sampling noise, and what theory says of it.
    assert_eq!(count(&page, ".series.isotropic").await?, 1);
    let picture = drawn(&page, "Spectra of LeNet, LogReg, ").await?;
    assert!(picture.colours() > 6, "{picture:?}");
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn spectra_say_their_values_at_the_index(chromium: &Chromium) -> Result<()> {
    let page = spectra(chromium, Visit::default(), "index=10").await?;
    // The table of published spectra: .578 for LeNet at i = 11, and .987 for LogReg.
    let legend = text_of(&page, ".legend").await?;
    let value = |name: &str| -> f64 {
        let after = legend.split(name).nth(1).unwrap_or_default();
        after.trim().split(' ').next().unwrap_or_default().parse().unwrap_or(f64::NAN)
    };
    assert!((value("LeNet") - 0.578).abs() < 0.03, "{legend}");
    assert!((value("LogReg") - 0.987).abs() < 0.01, "{legend}");
    let slider = page.find("slider", "NAD index").await?;
    page.focus(&slider).await?;
    page.press("Home").await?;
    let said = page.value_text(&page.find("slider", "NAD index").await?).await?;
    assert!(said.starts_with("k = 1, LeNet 1"), "{said}");
    Ok(())
}

async fn spectra_follow_their_axes(chromium: &Chromium) -> Result<()> {
    let page = spectra(chromium, Visit::default(), "").await?;
    let first = drawn(&page, "Spectra of LeNet, LogReg, ").await?;
    page.choose(&page.find("combobox", "Values").await?, "absolute").await?;
    page.find("img", "Spectra of LeNet, LogReg, sampling noise alone: s for k").await?;
    let absolute = drawn(&page, "Spectra of LeNet, LogReg, ").await?;
    assert!(absolute.difference(&first) > 0.005, "{}", absolute.difference(&first));
    page.click(&page.find("checkbox", "log values").await?).await?;
    page.until(&format!("{FIGURE}.getState().scale === 'linear'")).await?;
    assert_eq!(
        page.value::<String>(&format!("{FIGURE}.getState().fragment")).await?,
        "view=spectra&networks=lenet%2Clogreg&scale=linear&relative-to=none"
    );
    Ok(())
}

async fn spectra_fit_phones_and_dark_windows(chromium: &Chromium) -> Result<()> {
    for (width, dark) in [(320, false), (390, true)] {
        let page = spectra(chromium, Visit { width, height: 800, dark, ..Visit::default() }, "").await?;
        let widest: f64 = page.value("document.documentElement.scrollWidth").await?;
        assert!(widest <= f64::from(width), "{widest} px in a window of {width}");
        assert_eq!(page.screenshot().await?.brightness() < 0.4, dark);
        chromium.close_pages().await;
    }
    Ok(())
}

async fn spectra_give_away_what_they_show(chromium: &Chromium) -> Result<()> {
    let page = spectra(chromium, Visit::default(), "relative-to=second").await?;
    let svg: String = page.value(&format!("{FIGURE}.toBlob('svg').then((blob) => blob.text())")).await?;
    assert_eq!(svg.matches("class=\"series network\"").count(), 2);
    assert!(svg.contains("LeNet: nads estimate lenet"));
    let (length, second): (usize, f64) =
        page.value(&format!("(({{ LeNet }}) => [LeNet.length, LeNet[1]])({FIGURE}.getData())")).await?;
    assert_eq!((length, second), (1024, 1.0));
    Ok(())
}
