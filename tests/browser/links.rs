//! Links that carry a state.

use anyhow::Result;
use nads_tests::{Chromium, Test, Visit, tests};

use crate::steps::{FIGURE, LISTEN, done, drawn, explorer, rows, stored_picture, wake};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        a_link_opens_its_state,
        a_reload_keeps_the_state_of_the_link,
        a_link_brings_back_the_same_live_result,
        bad_fragments_are_survived
    ]
}

async fn a_link_opens_its_state(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::at("#network=logreg&index=3&view=explorer&future=kept")).await?;
    assert_eq!(page.find("slider", "NAD index").await?.value, "4");
    assert!(drawn(&page, "NAD u_4 of LogReg, spatial domain").await?.colours() > 10);
    // The figure's own link opens the same state again, unknown keys included.
    let link: String = page.value(&format!("{FIGURE}.shadowRoot.querySelector('a.link').hash")).await?;
    assert!(link.contains("future=kept"), "{link}");
    let again = explorer(chromium, Visit::at(&link)).await?;
    assert_eq!(again.find("slider", "NAD index").await?.value, "4");
    again.find("img", "NAD u_4 of LogReg, spatial domain").await?;
    Ok(())
}

async fn a_reload_keeps_the_state_of_the_link(chromium: &Chromium) -> Result<()> {
    let body = "<nad-figure id=own view=explorer network=lenet sync-url loading=eager></nad-figure>";
    let page = explorer(chromium, Visit::article(body)).await?;
    let slider = page.find("slider", "NAD index").await?;
    page.focus(&slider).await?;
    page.press("PageUp").await?;
    page.until("location.hash.includes('own.index=10')").await?;
    page.reload().await?;
    wake(&page).await?;
    stored_picture(&page).await?;
    assert_eq!(page.find("slider", "NAD index").await?.value, "11");
    page.find("img", "NAD u_11 of LeNet, spatial domain").await?;
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn a_link_brings_back_the_same_live_result(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::at("#network=lenet&seed=5&samples=30").script(LISTEN)).await?;
    let mut results = Vec::new();
    for _ in 0..2 {
        page.click(&page.find("button", "Sample networks").await?).await?;
        assert_eq!(done(&page).await?, 30);
        results.push(rows(&page, 3).await?);
        page.reload().await?;
        wake(&page).await?;
        stored_picture(&page).await?;
    }
    assert!(results[0] == results[1], "the same networks to the last bit");
    Ok(())
}

async fn bad_fragments_are_survived(chromium: &Chromium) -> Result<()> {
    let long = format!("#index={}", "9".repeat(50_000));
    let fragments = [
        "#network=no-such-network&index=0",
        "#index=1024",
        "#index=-1",
        "#index=three",
        "#index=1e3",
        "#index=%00",
        "#%E0%A4%A",
        "#network=%3Cimg%20src%3Dx%20onerror%3Dwindow.hacked%3D1%3E",
        "#view=no-such-view&index=2",
        "#samples=99999999999999999999&seed=-1",
        "#&&&===&=#",
        "#index=1&index=2&index=x",
        long.as_str(),
    ];
    for fragment in fragments {
        let shown = &fragment[..fragment.len().min(60)];
        let page = explorer(chromium, Visit::at(fragment)).await?;
        let k: u32 = page.find("slider", "NAD index").await?.value.parse()?;
        assert!((1..=1024).contains(&k), "{shown}: u_{k}");
        assert!(
            drawn(&page, &format!("NAD u_{k} of LeNet, spatial domain")).await?.colours() > 10,
            "{shown}"
        );
        assert!(!page.value::<bool>("'hacked' in window").await?, "{shown}");
        assert_eq!(page.errors(), Vec::<String>::new(), "{shown}");
        chromium.close_pages().await;
    }
    // What was wrong is said where a developer looks.
    let page = explorer(chromium, Visit::at("#network=lenet&index=1024")).await?;
    assert!(
        page.said().iter().any(|line| line.starts_with("warning") && line.contains("index")),
        "{:?}",
        page.said()
    );
    Ok(())
}
