//! Several figures, quick changes, and what is left when a figure goes.

use anyhow::Result;
use nads_tests::{Chromium, Test, Visit, tests};

use crate::steps::{FIGURE, LISTEN, done, drawn, explorer, sample, source, wake};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        two_figures_are_independent,
        quick_switches_leave_no_stale_picture,
        switching_drops_the_running_job,
        removing_the_element_ends_its_workers,
        moving_the_element_keeps_it_alive,
        adds_nothing_to_the_window,
    ]
}

const TWO: &str = "<style>button { color: rgb(1, 2, 3) } p { margin: 7px }</style><p id=outside>text</p>\
    <nad-figure id=a view=explorer network=lenet loading=eager></nad-figure>\
    <nad-figure id=b view=explorer network=logreg index=4 loading=eager></nad-figure>";

async fn two_figures_are_independent(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::article(TWO).script(LISTEN)).await?;
    page.until("b.ready.then(() => b.getData() !== null)").await?;
    let b_before = drawn(&page, "NAD u_5 of LogReg, spatial domain").await?;
    sample(&page, 30, 1).await?;
    done(&page).await?;
    assert_eq!(source(&page).await?.0, "live");
    page.run("a.setState('index=9')").await?;
    page.find("img", "NAD u_10 of LeNet, spatial domain, live").await?;
    assert_eq!(
        page.value::<(String, usize, String)>(
            "[b.getState().network, b.getState().index, b.getData().source]"
        )
        .await?,
        ("logreg".into(), 4, "stored".into())
    );
    assert!(drawn(&page, "NAD u_5 of LogReg, spatial domain").await?.difference(&b_before) < 0.001);
    // Styles stay on their side of the shadow root, both ways.
    assert_eq!(page.value::<String>("getComputedStyle(outside).margin").await?, "7px");
    let colour: String = page.value("getComputedStyle(a.shadowRoot.querySelector('button')).color").await?;
    assert_ne!(colour, "rgb(1, 2, 3)");
    Ok(())
}

async fn quick_switches_leave_no_stale_picture(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::default()).await?;
    let fresh = drawn(&page, "NAD u_1 of LeNet, spatial domain").await?;
    let choice = page.find("combobox", "Network").await?;
    page.focus(&choice).await?;
    // Ten times there and back, each before the other has loaded.
    for _ in 0..10 {
        page.press("ArrowDown").await?;
        page.press("ArrowUp").await?;
    }
    page.until(&format!(
        "{FIGURE}.getState().network === 'lenet' && {FIGURE}.getData()?.network === 'lenet'"
    ))
    .await?;
    let after = drawn(&page, "NAD u_1 of LeNet, spatial domain").await?;
    assert!(after.difference(&fresh) < 0.001, "the picture is LeNet's: {}", after.difference(&fresh));
    assert!(page.all("img", "NAD u_1 of LogReg").await?.is_empty());
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn switching_drops_the_running_job(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::default().script(LISTEN)).await?;
    sample(&page, 1000, 1).await?;
    page.until("heard.progress.length > 0").await?;
    page.choose(&page.find("combobox", "Network").await?, "LogReg").await?;
    page.until(&format!("{FIGURE}.getData()?.network === 'logreg'")).await?;
    assert_eq!(source(&page).await?.0, "stored");
    sample(&page, 30, 1).await?;
    assert_eq!(done(&page).await?, 30);
    assert_eq!(page.value::<String>(&format!("{FIGURE}.getData().network")).await?, "logreg");
    assert_eq!(page.value::<u32>("heard.done.length").await?, 1, "the first job says nothing more");
    Ok(())
}

async fn removing_the_element_ends_its_workers(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::article(TWO).script(LISTEN)).await?;
    sample(&page, 20, 1).await?;
    done(&page).await?;
    assert!(page.workers() > 0);
    // In mid-job, too.
    sample(&page, 1000, 2).await?;
    page.until("heard.progress.at(-1).of === 1000").await?;
    page.run("window.kept = a, a.remove(), b.remove()").await?;
    page.until_some("no worker", async || Ok((page.workers() == 0).then_some(()))).await?;
    // Put back, it works again.
    page.run("document.body.append(kept)").await?;
    wake(&page).await?;
    page.run("heard.done.length = 0").await?;
    sample(&page, 20, 3).await?;
    assert_eq!(done(&page).await?, 20);
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn moving_the_element_keeps_it_alive(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::article(TWO).script(LISTEN)).await?;
    sample(&page, 20, 1).await?;
    done(&page).await?;
    page.run("b.after(a)").await?;
    assert_eq!(page.value::<String>("a.getData().source").await?, "live");
    page.run("a.setState('index=3')").await?;
    page.find("img", "NAD u_4 of LeNet, spatial domain, live").await?;
    Ok(())
}

async fn adds_nothing_to_the_window(chromium: &Chromium) -> Result<()> {
    let names = "Object.getOwnPropertyNames(window)";
    let page =
        explorer(chromium, Visit::default().script(&format!("window.before = 0; window.before = {names}")))
            .await?;
    // Elements with an id are names of the window by the browser's own rule.
    let added: Vec<String> = page
        .value(&format!("{names}.filter((name) => !before.includes(name) && !document.getElementById(name))"))
        .await?;
    assert_eq!(added, Vec::<String>::new());
    Ok(())
}
