//! Figures in pages of others: Distill's layout, strict policies, frames, scripts of another origin, foreign style sheets.

use anyhow::{Result, ensure};
use nads_tests::{Chromium, Held, Page, Test, Visit, tests};
use static_host::Instead;

use crate::{
    readers::faults,
    steps::{
        FIGURE, LISTEN, STRICT_POLICY, done, drawn, explorer, native, overlap_with, sample, stored_picture,
        wake,
    },
};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        a_figure_fits_the_columns_of_distill,
        without_webassembly_the_policy_is_named,
        without_workers_the_policy_is_named,
        a_frame_of_another_origin_shows_and_samples,
        a_script_of_another_origin_shows_and_samples,
        a_hostile_style_sheet_breaks_nothing,
        a_style_sheet_can_restyle,
        two_copies_of_the_script_share_one_definition,
        fifty_figures_come_and_go_and_leave_nothing,
    ]
}

/// What Distill's template does with its elements, as far as a figure notices: a grid of named columns for the children of
/// `d-article`, and figures with layout contained.
const DISTILL: &str = "<style>
    html { font-size: 14px; line-height: 1.6em; color-scheme: light dark; }
    body { margin: 0; font-family: -apple-system, sans-serif; }
    d-article, d-title {
      display: grid; justify-items: stretch; contain: layout style; overflow-x: hidden;
      grid-template-columns: [screen-start] 8px [page-start kicker-start text-start middle-start] 1fr 1fr 1fr 1fr 1fr 1fr 1fr 1fr
        [text-end page-end kicker-end middle-end] 8px [screen-end];
    }
    @media (min-width: 1000px) {
      d-article { grid-template-columns: [screen-start] 1fr [page-start] 60px [kicker-start middle-start] 60px [text-start kicker-end] 60px 60px 60px 60px 60px 60px 60px 60px
        [text-end] 60px [middle-end] 60px [page-end] 1fr [screen-end]; grid-column-gap: 16px; }
    }
    d-article > * { grid-column: text; }
    d-figure, figure { position: relative; margin: 1.5em 0 2.5em; contain: layout style; display: block; }
    d-article figure img, d-figure img { width: 100%; }
    d-article > .l-body { grid-column: text; } d-article > .l-page { grid-column: page; } d-article > .l-screen { grid-column: screen; }
    d-article p { margin: 0 0 24px; }
  </style>
  <script>
    for (const name of ['d-article', 'd-title', 'd-byline']) customElements.define(name, class extends HTMLElement {});
    // Fires `onscreen` as soon as somebody listens, whether it is on screen or not.
    customElements.define('d-figure', class extends HTMLElement {
      addEventListener(type, ...rest) {
        super.addEventListener(type, ...rest);
        if (type === 'onscreen') this.dispatchEvent(new CustomEvent('onscreen'));
      }
    });
  </script>";

async fn a_figure_fits_the_columns_of_distill(chromium: &Chromium) -> Result<()> {
    let figures: String = ["l-body", "l-page", "l-screen"]
        .iter()
        .map(|class| {
            format!(
                "<p>Text</p><d-figure class={class}><nad-figure id={class} view=explorer network=lenet>\
                 <img slot=poster src=assets/posters/lenet-0-light.svg width=960 height=837 alt=poster></nad-figure>\
                 <figcaption>Caption</figcaption></d-figure>"
            )
        })
        .collect();
    let body = format!("{DISTILL}<d-title><h1>Title</h1></d-title><d-article>{figures}</d-article>");
    for width in [1280, 390] {
        let page = chromium.visit(Visit { width, ..Visit::article(&body) }).await?;
        let mut widths: Vec<f64> = Vec::new();
        for class in ["l-body", "l-page", "l-screen"] {
            let figure = format!("document.getElementById('{class}')");
            page.run(&format!("{figure}.scrollIntoView()")).await?;
            page.until(&format!("{figure}.ready.then((figure) => figure.getData() !== null)")).await?;
            let (own, column, inner): (f64, f64, f64) = page
                .value(&format!(
                    "[{figure}, {figure}.parentElement, {figure}.shadowRoot.querySelector('.figure')].map((one) => one.getBoundingClientRect().width)"
                ))
                .await?;
            ensure!(own == column && inner == own, "{class} at {width}: {inner}, {own} and {column} px");
            widths.push(own);
        }
        ensure!(widths[0] <= widths[1] && widths[1] <= widths[2], "{widths:?}");
        ensure!(widths[2] == page.value::<f64>("document.documentElement.clientWidth").await?, "{widths:?}");
        ensure!(width < 1000 || widths[0] < widths[1] && widths[1] < widths[2], "three columns: {widths:?}");
        let sideways: bool = page.value(
            "document.documentElement.scrollWidth > innerWidth || document.querySelector('d-article').scrollWidth > document.querySelector('d-article').clientWidth",
        ).await?;
        ensure!(!sideways, "no sideways scroll at {width}");
        ensure!(page.errors().is_empty(), "{:?}", page.errors());
        chromium.close_pages().await;
    }
    Ok(())
}

const WITH_POSTER: &str = "<nad-figure view=explorer network=lenet><img slot=poster src=assets/posters/lenet-0-light.svg width=960 height=837 alt='first NAD of LeNet'></nad-figure>";

fn under(policy: &str) -> Visit {
    let headers = vec![("Content-Security-Policy".into(), policy.into())];
    Visit { headers, ..Visit::article(WITH_POSTER).script(LISTEN) }
}

async fn without_webassembly_the_policy_is_named(chromium: &Chromium) -> Result<()> {
    let policy = STRICT_POLICY.replace(" 'wasm-unsafe-eval'", "");
    ensure!(policy != STRICT_POLICY);
    let page = chromium.visit(under(&policy)).await?;
    page.run(&format!("{FIGURE}.scrollIntoView()")).await?;
    page.until("heard.error.length > 0").await?;
    let said: String =
        page.value(&format!("{FIGURE}.shadowRoot.querySelector('[role=alert]').innerText")).await?;
    ensure!(
        said.contains("must allow script-src 'wasm-unsafe-eval'")
            && said.to_lowercase().contains("content security policy"),
        "{said}"
    );
    let poster = page.find("img", "first NAD of LeNet").await?;
    ensure!(page.picture(&poster).await?.colours() > 10, "the poster is seen");
    // The same host, once it allows what was named.
    chromium.close_pages().await;
    let page = chromium.visit(under(STRICT_POLICY)).await?;
    wake(&page).await?;
    stored_picture(&page).await?;
    ensure!(page.errors().is_empty(), "{:?}", page.errors());
    Ok(())
}

async fn without_workers_the_policy_is_named(chromium: &Chromium) -> Result<()> {
    let policy = STRICT_POLICY.replace("worker-src 'self' blob:", "worker-src 'none'");
    ensure!(policy != STRICT_POLICY);
    let page = chromium.visit(under(&policy)).await?;
    wake(&page).await?;
    stored_picture(&page).await?;
    sample(&page, 20, 1).await?;
    page.until("heard.error.length > 0").await?;
    let said: String = page.value("heard.error[0].message").await?;
    let shown: String = page.value(&format!("{FIGURE}.shadowRoot.textContent")).await?;
    ensure!(said.contains("content policy") && shown.contains(&said), "{said}");
    page.find("img", "NAD u_1 of LeNet, spatial domain, stored").await?;
    Ok(())
}

const ANYONE: [(&str, &str); 1] = [("Access-Control-Allow-Origin", "*")];

/// In a frame: tells the article around what happens, and samples when told to.
const FRAMED: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>frame</title><body style='margin: 0'>
    <script type=module src=nad-figure.js></script>
    <nad-figure view=explorer network=lenet loading=eager></nad-figure>
    <script>
      for (const kind of ['ready', 'done', 'error'])
        addEventListener('nad-' + kind, ({ detail }) => parent.postMessage({ kind, detail }, '*'));
      addEventListener('message', ({ data }) => {
        const figure = document.querySelector('nad-figure');
        if (data === 'sample') figure.setState('samples=20&seed=1'), figure.play();
        if (data === 'source') parent.postMessage({ kind: 'source', detail: figure.getData()?.source ?? null }, '*');
      });
    </script>";

async fn a_frame_of_another_origin_shows_and_samples(chromium: &Chromium) -> Result<()> {
    let other = chromium.host(&[])?;
    other.answer_instead("frame.html", Some(Instead::Bytes(FRAMED.into())));
    let body = format!(
        "<script>window.heard = []; addEventListener('message', ({{ data }}) => heard.push(data));</script>
         <iframe title=figure src='{}frame.html' width=1000 height=1300 style='border: 0'></iframe>",
        other.url()
    );
    let page = chromium.visit(Visit::article(&body)).await?;
    let hears = async |kind: &str, what: &str| -> Result<()> {
        page.until(&format!(
            "(() => {{ frames[0].postMessage('source', '*'); return heard.some(({{ kind, detail }}) => kind === '{kind}' && {what}); }})()"
        ))
        .await
    };
    ensure!(
        page.value::<bool>("(() => { try { return frames[0].document, false; } catch { return true; } })()")
            .await?
    );
    hears("source", "detail === 'stored'").await?;
    let frame = page.find("Iframe", "figure").await?;
    ensure!(page.picture(&frame).await?.colours() > 100, "NADs in many colours are drawn in the frame");
    page.run("frames[0].postMessage('sample', '*')").await?;
    hears("done", "detail.networks === 20").await?;
    hears("source", "detail === 'live'").await?;
    ensure!(page.value::<bool>("!heard.some(({ kind }) => kind === 'error')").await?);
    Ok(())
}

async fn a_script_of_another_origin_shows_and_samples(chromium: &Chromium) -> Result<()> {
    let other = chromium.host(&ANYONE)?;
    let article = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>article</title><script type=module src='{}nad-figure.js'></script>
         <body><nad-figure view=explorer network=lenet></nad-figure>",
        other.url()
    );
    // The article's own host has nothing else: whatever is needed must come from the other one.
    let mut visit =
        Visit::at("own.html").script(LISTEN).instead("own.html", Instead::Bytes(article.into_bytes()));
    visit.headers = vec![(
        "Content-Security-Policy".into(),
        format!(
            "default-src 'none'; script-src {0} 'wasm-unsafe-eval'; connect-src {0}; worker-src blob: {0}; style-src 'unsafe-inline'; img-src data: blob:",
            other.url().trim_end_matches('/')
        ),
    )];
    let page = explorer_at(chromium, visit).await?;
    ensure!(drawn(&page, "NAD u_1 of LeNet, spatial domain").await?.colours() > 10);
    sample(&page, 20, 1).await?;
    done(&page).await?;
    ensure!(overlap_with(&page, &native("lenet", 20, 1)?).await? > 0.9999);
    ensure!(page.workers_started() > 0, "a worker computed");
    let own: Vec<String> =
        page.host.answered().into_iter().map(|one| one.path).filter(|path| path != "/favicon.ico").collect();
    ensure!(own == ["/own.html"], "from the article's host: {own:?}");
    ensure!(page.errors().is_empty(), "{:?}", page.errors());
    Ok(())
}

/// An article of which nothing is taken away.
async fn explorer_at(chromium: &Chromium, visit: Visit) -> Result<Page> {
    let page = chromium.visit(visit).await?;
    wake(&page).await?;
    stored_picture(&page).await?;
    Ok(page)
}

/// Resets of many kinds, and texts that are everything but those of a figure.
const HOSTILE: &str = "<style>
    * { box-sizing: content-box; margin: 0; padding: 0; border: 0; font: inherit; vertical-align: baseline; line-height: 1; float: none; }
    *, *::before, *::after { transition: all 2s; outline: 0; min-width: 0; }
    html { font-size: 30px; } body { font: italic bold 40px/3 serif; text-align: right; text-indent: 60px; white-space: nowrap; text-transform: uppercase; }
    button, input, select { all: unset; display: none !important; } div { display: none; } canvas, svg, img { display: none; }
    table { width: 3000px; } p { column-count: 3; } .figure, .controls, .badge, .error, .pair { position: fixed; opacity: 0; }
    :root { color-scheme: light; background: #fff; }
  </style>";

async fn a_hostile_style_sheet_breaks_nothing(chromium: &Chromium) -> Result<()> {
    let figure = "<section><nad-figure view=explorer network=lenet></nad-figure></section>";
    let plain =
        explorer(chromium, Visit::article(&format!("<style>body {{ margin: 0 }}</style>{figure}"))).await?;
    let looks = format!(
        "[...{FIGURE}.shadowRoot.querySelectorAll('button, select, input, canvas, .facts, .figure')].filter((one) => one.checkVisibility())
            .map((one) => [one.className, one.getBoundingClientRect().width, one.getBoundingClientRect().height])"
    );
    let expected: Vec<(String, f64, f64)> = plain.value(&looks).await?;
    let page = explorer(chromium, Visit::article(&format!("{HOSTILE}{figure}"))).await?;
    let found: Vec<(String, f64, f64)> = page.value(&looks).await?;
    ensure!(expected.len() > 10 && found.len() == expected.len(), "{} of {}", found.len(), expected.len());
    for ((name, width, height), (_, w, h)) in expected.iter().zip(&found) {
        // The font is the article's: a button may be as much wider as its letters are.
        let same = |a: f64, b: f64| (a - b).abs() <= 0.25 * a.max(40.0);
        ensure!(same(*width, *w) && same(*height, *h), "`{name}` was {width} x {height}, is {w} x {h}");
    }
    let faults = faults(&page).await?;
    for kind in ["sideways", "wide", "unreadable", "clipped", "overlapping"] {
        ensure!(faults[kind].is_empty(), "{kind}: {:?}", faults[kind]);
    }
    let inherited: (String, String, String, String) = page
        .value(&format!(
            "(({{ textTransform, textIndent, whiteSpace, fontStyle }}) => [textTransform, textIndent, whiteSpace, fontStyle])(getComputedStyle({FIGURE}.shadowRoot.querySelector('.facts dd')))"
        ))
        .await?;
    ensure!(inherited.0 == "none" && inherited.1 == "0px" && inherited.3 == "normal", "{inherited:?}");
    Ok(())
}

async fn a_style_sheet_can_restyle(chromium: &Chromium) -> Result<()> {
    let body = "<style>
        nad-figure { --nad-accent: rgb(120, 0, 90); --nad-bg: rgb(255, 250, 240); --nad-line: rgb(1, 2, 3); font-family: monospace; }
        nad-figure::part(go) { border-radius: 0px; }
        nad-figure::part(tools) { margin-top: 33px; }
      </style><nad-figure view=explorer network=lenet></nad-figure>";
    let page = explorer(chromium, Visit::article(body)).await?;
    let style = async |selector: &str, property: &str| -> Result<String> {
        page.value(&format!("getComputedStyle({FIGURE}.shadowRoot.querySelector('{selector}')).{property}"))
            .await
    };
    for (selector, property, expected) in [
        ("button.go", "backgroundColor", "rgb(120, 0, 90)"),
        ("button.go", "color", "rgb(255, 250, 240)"),
        ("button.go", "borderRadius", "0px"),
        ("select", "backgroundColor", "rgb(255, 250, 240)"),
        (".figure", "borderTopColor", "rgb(1, 2, 3)"),
        (".tools", "marginTop", "33px"),
        (".facts dd", "fontFamily", "monospace"),
    ] {
        let found = style(selector, property).await?;
        ensure!(found == expected, "{property} of {selector}: {found}, not {expected}");
    }
    Ok(())
}

async fn two_copies_of_the_script_share_one_definition(chromium: &Chromium) -> Result<()> {
    let script = String::from_utf8(chromium.file("nad-figure.js")?)?;
    let newer = script.replace(
        "class NadFigure extends HTMLElement {",
        "class NadFigure extends HTMLElement { version = 2;",
    );
    ensure!(newer != script);
    let body = "<nad-figure id=a view=explorer network=lenet></nad-figure>
        <script type=module src=newer.js></script><script type=module src='nad-figure.js?again'></script>
        <nad-figure id=b view=explorer network=logreg></nad-figure>";
    let page =
        explorer(chromium, Visit::article(body).instead("newer.js", Instead::Bytes(newer.into_bytes())))
            .await?;
    page.run("b.scrollIntoView()").await?;
    page.until("b.ready.then(() => b.getData() !== null)").await?;
    page.find("img", "NAD u_1 of LogReg, spatial domain").await?;
    let loaded: Vec<String> = page.host.answered().into_iter().map(|one| one.path).collect();
    ensure!(loaded.iter().any(|path| path == "/newer.js"), "{loaded:?}");
    ensure!(
        page.value::<bool>("a.version === undefined && a.constructor === b.constructor").await?,
        "the first one counts"
    );
    ensure!(
        loaded.iter().filter(|path| path.ends_with(".wasm")).count() == 1,
        "one module for both: {loaded:?}"
    );
    ensure!(page.errors().is_empty(), "{:?}", page.errors());
    Ok(())
}

/// Keeps the memories of the page's modules where the test can measure them.
const MEMORIES: &str = "
    window.memories = [];
    const instantiate = WebAssembly.instantiateStreaming;
    WebAssembly.instantiateStreaming = async (...all) => {
        const made = await instantiate.apply(WebAssembly, all);
        memories.push(made.instance.exports.memory);
        return made;
    };
    window.linear = () => memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
    window.round = async (samples) => {
        const figure = document.createElement('nad-figure');
        figure.setAttribute('view', 'explorer');
        figure.setAttribute('loading', 'eager');
        first.append(figure);
        await figure.ready;
        while (!figure.getData()) await new Promise(requestAnimationFrame);
        second.append(figure);
        await new Promise(requestAnimationFrame);
        if (!figure.getData()) throw new Error('it did not survive the move');
        if (samples) {
            figure.setState('samples=20&seed=1');
            const done = new Promise((resolve) => figure.addEventListener('nad-done', resolve, { once: true }));
            figure.play();
            await done;
        }
        figure.remove();
        await new Promise(requestAnimationFrame);
    };
    // Every fifth one computes.
    window.rounds = async (n) => {
        window.left = n;
        for (; left > 0; window.left -= 1) await round(left % 5 === 0);
    };
";

async fn fifty_figures_come_and_go_and_leave_nothing(chromium: &Chromium) -> Result<()> {
    let page =
        chromium.visit(Visit::article("<div id=first></div><div id=second></div>").script(MEMORIES)).await?;
    page.until("customElements.get('nad-figure') !== undefined").await?;
    let rounds = async |n: usize| -> Result<(Held, f64)> {
        page.run(&format!("rounds({n})")).await?;
        page.until("left === 0").await?;
        page.until_some("no worker", async || Ok((page.workers() == 0).then_some(()))).await?;
        Ok((page.held().await?, page.value("linear()").await?))
    };
    // What is loaded once comes with the first ones.
    let (before, memory) = rounds(10).await?;
    let (after, memory_after) = rounds(50).await?;
    eprintln!("after 10 and 60 figures: {before:?} and {after:?}, WebAssembly {memory} and {memory_after}");
    ensure!(page.workers_started() >= 12, "every fifth figure had a worker: {}", page.workers_started());
    // A figure has about a thousand nodes: one that stays would be seen.
    ensure!(after.nodes < before.nodes + 500.0, "nodes: {before:?}, {after:?}");
    ensure!(after.documents <= before.documents, "documents: {before:?}, {after:?}");
    ensure!(after.heap < before.heap + 2e6, "heap: {before:?}, {after:?}");
    ensure!(memory_after <= memory + 2e6, "WebAssembly: {memory}, {memory_after}");
    ensure!(page.errors().is_empty(), "{:?}", page.errors());
    Ok(())
}
