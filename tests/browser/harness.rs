//! That these tests can see what they claim to see: on a page of our own that needs nothing of the site.

use anyhow::Result;
use nads_tests::{Chromium, Test, Visit, tests};
use static_host::Instead;

use crate::steps::adapter_in_a_worker;

const BODY: &str = r#"<div id=host></div>
<script>
  const root = document.getElementById('host').attachShadow({ mode: 'open' });
  root.innerHTML = `<label>Size <input type=range min=0 max=9 value=4></label>
    <label>Kind <select><option>first</option><option>second</option></select></label>
    <canvas role=img aria-label="a square" width=40 height=40></canvas><button>Go</button>`;
  const draw = (colour) => { const c = root.querySelector('canvas').getContext('2d'); c.fillStyle = colour; c.fillRect(0, 0, 40, 20); };
  root.querySelector('button').onclick = () => draw('red');
  root.querySelector('select').onchange = () => draw('blue');
  document.title = 'ready';
</script>"#;

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        sees_into_shadow_roots,
        sees_what_is_drawn,
        counts_workers,
        collects_errors,
        answers_with_damaged_files,
        is_dark_and_narrow,
        has_an_adapter_only_where_asked_for
    ]
}

async fn sees_into_shadow_roots(chromium: &Chromium) -> Result<()> {
    let page = chromium.visit(Visit::article(BODY)).await?;
    let slider = page.find("slider", "Size").await?;
    assert_eq!(slider.value, "4");
    page.focus(&slider).await?;
    page.press("ArrowRight").await?;
    assert_eq!(page.find("slider", "Size").await?.value, "5");
    page.press("End").await?;
    assert_eq!(page.find("slider", "Size").await?.value, "9");
    assert!(page.all("slider", "Other").await?.is_empty());
    Ok(())
}

async fn sees_what_is_drawn(chromium: &Chromium) -> Result<()> {
    let page = chromium.visit(Visit::article(BODY)).await?;
    let square = page.find("img", "a square").await?;
    let empty = page.picture(&square).await?;
    assert_eq!(empty.colours(), 1);
    page.click(&page.find("button", "Go").await?).await?;
    let red = page.picture(&square).await?;
    assert!((red.difference(&empty) - 0.5).abs() < 0.05, "half of it is red: {}", red.difference(&empty));
    page.choose(&page.find("combobox", "Kind").await?, "second").await?;
    let blue = page.picture(&square).await?;
    assert!(blue.difference(&red) > 0.4, "{}", blue.difference(&red));
    Ok(())
}

async fn counts_workers(chromium: &Chromium) -> Result<()> {
    let page = chromium.visit(Visit::article("<p>workers")).await?;
    assert_eq!(page.workers(), 0);
    page.run("window.w = [1, 2].map(() => new Worker(URL.createObjectURL(new Blob(['onmessage = close']))))")
        .await?;
    page.until_some("two workers", async || Ok((page.workers() == 2).then_some(()))).await?;
    page.run("w[0].terminate()").await?;
    page.until_some("one worker", async || Ok((page.workers() == 1).then_some(()))).await?;
    page.run("w[1].postMessage('')").await?;
    page.until_some("no worker", async || Ok((page.workers() == 0).then_some(()))).await?;
    assert_eq!(page.workers_started(), 2);
    Ok(())
}

async fn collects_errors(chromium: &Chromium) -> Result<()> {
    let page = chromium.visit(Visit::article("<p>errors").script("window.before = 1")).await?;
    assert_eq!(page.value::<i32>("before").await?, 1);
    assert!(page.errors().is_empty());
    page.run("setTimeout(() => { console.error('said'); throw new Error('thrown'); })").await?;
    page.until_some("two errors", async || Ok((page.errors().len() == 2).then_some(()))).await?;
    assert!(page.errors().iter().any(|line| line.contains("thrown")), "{:?}", page.errors());
    assert!(page.value::<i32>("nothing.there").await.is_err());
    Ok(())
}

async fn answers_with_damaged_files(chromium: &Chromium) -> Result<()> {
    let mut visit = Visit::article("<p>files")
        .instead("assets/a.bin", Instead::Bytes(vec![1, 2]))
        .instead("index.html", Instead::Missing);
    visit.prefix = "/deep/path".into();
    let page = chromium.visit(visit).await?;
    let length =
        "fetch('assets/a.bin').then((answer) => answer.arrayBuffer()).then((bytes) => bytes.byteLength)";
    assert_eq!(page.value::<usize>(length).await?, 2);
    page.host.answer_instead("assets/a.bin", None);
    assert_eq!(page.value::<u16>("fetch('assets/a.bin').then((answer) => answer.status)").await?, 404);
    assert_eq!(page.value::<u16>("fetch('index.html').then((answer) => answer.status)").await?, 404);
    assert_eq!(page.value::<u16>("fetch('/index.html').then((answer) => answer.status)").await?, 404);
    Ok(())
}

async fn is_dark_and_narrow(chromium: &Chromium) -> Result<()> {
    let visit = Visit { dark: true, width: 390, height: 700, ..Visit::article("<p>narrow") };
    let page = chromium.visit(visit).await?;
    assert!(page.value::<bool>("matchMedia('(prefers-color-scheme: dark)').matches").await?);
    assert_eq!(page.value::<u32>("innerWidth").await?, 390);
    assert_eq!(page.value::<String>("document.visibilityState").await?, "visible");
    Ok(())
}

async fn has_an_adapter_only_where_asked_for(chromium: &Chromium) -> Result<()> {
    let without = chromium.visit(Visit::article("<p>adapter")).await?;
    assert_eq!(adapter_in_a_worker(&without).await?, "no adapter");
    let with = chromium.with_software_gpu().await?.visit(Visit::article("<p>adapter")).await?;
    assert_eq!(adapter_in_a_worker(&with).await?, "swiftshader");
    Ok(())
}
