//! Files that readers take away: each says inside itself how it was made.

use anyhow::{Context, Result, ensure};
use nads_tests::{Chromium, Test, Visit, tests};

use crate::{
    steps::FIGURE,
    views::{VIEWS, View},
};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![every_file_says_how_it_was_made]
}

/// Keeps what is saved, instead of the browser's folder for downloads.
const KEEP: &str = "window.saved = []; HTMLAnchorElement.prototype.click = () => {};
    const make = URL.createObjectURL;
    URL.createObjectURL = (blob) => { saved.push(blob); return make(blob); };";

/// Presses each button for a file; what it is called, its type, and its bytes as text, one letter a byte.
const PRESS: &str = "(async (root) => {
    const found = [];
    for (const button of root.querySelectorAll('.tools [role=group] button')) {
        const [, format] = /(SVG|PNG|CSV|npy):/.exec(button.ariaLabel) ?? [];
        if (!format) continue;
        const type = { SVG: 'image/svg+xml', PNG: 'image/png', CSV: 'text/csv', npy: 'application/octet-stream' }[format];
        saved.length = 0;
        button.click();
        const said = root.querySelector('.tools [role=status]');
        let blob;
        while (!(blob = saved.find((one) => one.type === type)) && !said.textContent) await new Promise((r) => setTimeout(r, 20));
        if (!blob) return said.textContent;
        const bytes = new Uint8Array(await blob.slice(0, 12000).arrayBuffer());
        found.push([button.ariaLabel, format, String.fromCharCode(...bytes)]);
    }
    return JSON.stringify(found);
})";

async fn every_file_says_how_it_was_made(chromium: &Chromium) -> Result<()> {
    for view in VIEWS.into_iter().filter(|view| view.name != "diagnostics") {
        files_of(view, chromium).await.with_context(|| view.name)?;
    }
    Ok(())
}

async fn files_of(view: View, chromium: &Chromium) -> Result<()> {
    let page = view.open(chromium, Visit::default().script(KEEP)).await?;
    // Results of images may arrive after the image itself.
    page.until(&format!("{FIGURE}.shadowRoot.querySelector('.drawer').textContent.includes('nads ')"))
        .await?;
    if view.name == "trainer" {
        page.run(&format!("{FIGURE}.step()")).await?;
        page.until(&format!("{FIGURE}.getData().every(({{ loss }}) => loss.length > 0)")).await?;
    }
    let found: String = page.value(&format!("{PRESS}({FIGURE}.shadowRoot)")).await?;
    let found: Vec<(String, String, String)> = serde_json::from_str(&found).with_context(|| found.clone())?;
    ensure!(found.len() >= 3, "{found:?}");
    for (name, format, text) in found {
        let made = match format.as_str() {
            "SVG" => text.split_once("<metadata>").and_then(|(_, rest)| rest.split_once("</metadata>")),
            "PNG" => text.split_once("iTXtComment").and_then(|(_, rest)| rest.split_once("IDAT")),
            "CSV" => text.strip_prefix("# ").and_then(|rest| rest.split_once('\n')),
            _ => text.split_once(", } # ").and_then(|(_, rest)| rest.split_once('\n')),
        };
        let (made, rest) = made.with_context(|| format!("{name}: {}", &text[..text.len().min(300)]))?;
        ensure!(made.contains("nads "), "{name} is made by {made:?}: {}", &text[..text.len().min(900)]);
        if format == "CSV" {
            let columns = rest.lines().next().unwrap_or_default();
            ensure!(columns.contains(',') && !columns.contains('"'), "{name}: {columns}");
        }
    }
    Ok(())
}
