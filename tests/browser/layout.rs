//! Windows, themes and hosts of every kind.

use anyhow::Result;
use nads_tests::{Chromium, Test, Visit, tests};

use crate::steps::{LISTEN, STRICT_POLICY, done, drawn, explorer, native, overlap_with, sample};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        no_sideways_scroll_on_a_phone,
        dark_windows_get_a_dark_figure,
        works_on_a_strict_host_at_a_sub_path,
        script_is_all_a_reader_above_the_figure_loads
    ]
}

async fn no_sideways_scroll_on_a_phone(chromium: &Chromium) -> Result<()> {
    for width in [320, 390, 1280] {
        let page =
            explorer(chromium, Visit { width, height: 800, ..Visit::default().script(LISTEN) }).await?;
        let widest: f64 = page.value("document.documentElement.scrollWidth").await?;
        assert!(widest <= f64::from(width), "{widest} px in a window of {width}");
        // Nor with a live result beside the stored one.
        sample(&page, 20, 1).await?;
        done(&page).await?;
        let widest: f64 = page.value("document.documentElement.scrollWidth").await?;
        assert!(widest <= f64::from(width), "{widest} px in a window of {width}, live");
        for name in ["NAD u_1 of LeNet, spatial domain, stored", "NAD u_1 of LeNet, Fourier domain, live"] {
            let (left, _, size, _) = page.place(&page.find("img", name).await?).await?;
            assert!(left >= 0.0 && left + size <= f64::from(width), "{name} lies inside the window");
            assert!(size >= 96.0, "{name} is {size} px wide");
        }
        let slider = page.place(&page.find("slider", "NAD index").await?).await?;
        assert!(slider.2 >= 120.0 && slider.3 >= 24.0, "the slider can be touched: {slider:?}");
        chromium.close_pages().await;
    }
    Ok(())
}

async fn dark_windows_get_a_dark_figure(chromium: &Chromium) -> Result<()> {
    let mut brightness = Vec::new();
    for dark in [false, true] {
        let page = explorer(chromium, Visit { dark, ..Visit::default() }).await?;
        page.run("document.querySelector('nad-figure').scrollIntoView()").await?;
        brightness.push(page.screenshot().await?.brightness());
        assert!(drawn(&page, "NAD u_1 of LeNet, spatial domain").await?.colours() > 10);
    }
    assert!(brightness[0] > 0.7 && brightness[1] < 0.4, "light and dark: {brightness:?}");
    Ok(())
}

async fn works_on_a_strict_host_at_a_sub_path(chromium: &Chromium) -> Result<()> {
    let mut visit = Visit::default().script(LISTEN);
    visit.prefix = "/articles/2020/nads".into();
    visit.headers = vec![
        ("Content-Security-Policy".into(), STRICT_POLICY.into()),
        ("X-Content-Type-Options".into(), "nosniff".into()),
        ("Referrer-Policy".into(), "no-referrer".into()),
    ];
    let page = explorer(chromium, visit).await?;
    sample(&page, 20, 1).await?;
    done(&page).await?;
    assert!(overlap_with(&page, &native("lenet", 20, 1)?).await? > 0.9999);
    let outside: Vec<String> = page
        .value("performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => name.startsWith('http') && !name.startsWith(location.origin + '/articles/2020/nads/'))")
        .await?;
    assert_eq!(outside, Vec::<String>::new(), "nothing is loaded from elsewhere");
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn script_is_all_a_reader_above_the_figure_loads(chromium: &Chromium) -> Result<()> {
    // The figure is far below: nothing of it is loaded but the element's script.
    let body = "<p style='height: 20000px'>text</p><nad-figure view=explorer network=lenet></nad-figure>";
    let page = chromium.visit(Visit::article(body)).await?;
    page.until("customElements.get('nad-figure') !== undefined").await?;
    let early = page.host.answered();
    assert!(
        early.iter().all(|one| !one.path.contains("/pkg/") && !one.path.contains("/assets/")),
        "{early:?}"
    );
    crate::steps::wake(&page).await?;
    crate::steps::stored_picture(&page).await?;
    let paths: Vec<String> = page.host.answered().into_iter().map(|one| one.path).collect();
    assert_eq!(
        paths.iter().filter(|path| path.contains("/assets/")).count(),
        1,
        "first view: one request: {paths:?}"
    );
    assert!(
        !paths.iter().any(|path| path.contains("/pkg/lanes-")),
        "no engine before it is asked for: {paths:?}"
    );
    Ok(())
}
