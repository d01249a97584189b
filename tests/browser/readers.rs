//! Readers who see, hold and steer the page differently: small windows, zoom, fingers, forced colours, no motion, keyboard.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use nads_tests::{Chromium, Page, Test, Visit, tests};
use serde::Deserialize;

use crate::{
    accessible::every_figure_lives,
    steps::FIGURE,
    views::{UNFOLD, VIEWS},
};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        every_list_of_faults_can_fill,
        views_suit_every_reader,
        forced_colours_leave_controls_and_focus_visible,
        nothing_moves_in_the_article_where_motion_is_unwanted,
        the_keyboard_reaches_everything_in_order,
    ]
}

/// Kinds of faults, and what is meant by each.
pub type Faults = BTreeMap<String, Vec<String>>;

/// What readers would find wrong with the first figure.
pub async fn faults(page: &Page) -> Result<Faults> {
    page.run(UNFOLD).await?;
    // What reacts to sizes does so in the next frame.
    page.run("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))").await?;
    page.value(&format!("({})({FIGURE})", include_str!("readers.js").trim_end())).await
}

/// An element with every fault there is.
const BAD: &str = "<main><nad-figure></nad-figure></main><script>
    customElements.define('bad-figure', class extends HTMLElement {});
    const bad = document.createElement('bad-figure');
    document.querySelector('main').replaceChildren(bad);
    bad.attachShadow({ mode: 'open' }).innerHTML = `<style>
        button { transition: opacity 1s; width: 12px; padding: 0; border: 0; overflow: hidden; white-space: nowrap; }
        p { width: 3000px; } i { font-size: 9px; }
      </style><p>wide</p><i>small</i><button>clipped</button><button style='margin-left: -8px'>over it</button>`;
  </script>";

async fn every_list_of_faults_can_fill(chromium: &Chromium) -> Result<()> {
    let page = chromium.visit(Visit::article(BAD)).await?;
    let found: Faults = page.value(&format!("({})(bad)", include_str!("readers.js").trim_end())).await?;
    for (kind, list) in &found {
        ensure!(!list.is_empty(), "{kind} is found here: {found:?}");
    }
    ensure!(found.len() == 8, "{found:?}");
    Ok(())
}

/// A reader, and which lists of faults are empty for them.
struct Reader {
    name: &'static str,
    visit: Visit,
    /// Style of the document that the reader asks for.
    style: &'static str,
    kinds: Vec<&'static str>,
}

const FIT: [&str; 5] = ["sideways", "wide", "unreadable", "clipped", "overlapping"];

fn all_readers() -> Vec<Reader> {
    let window = |width, height| Visit { width, height, ..Visit::default() };
    let reader = |name, visit, style| Reader { name, visit, style, kinds: FIT.to_vec() };
    let finger = Visit { touch: true, ..window(320, 800) };
    let still = Visit { media: vec![("prefers-reduced-motion", "reduce")], ..Visit::default() };
    vec![
        Reader { kinds: [&FIT[..], &["small"]].concat(), ..reader("a small window and fingers", finger, "") },
        reader("a wide window", window(2560, 1400), ""),
        reader("zoom and large text", Visit { zoom: 2.0, ..window(640, 800) }, "font-size: 200%"),
        // The distances of WCAG 1.4.12, which a reader's own style sheet may ask for.
        reader(
            "wide letters",
            window(640, 800),
            "letter-spacing: .12em; word-spacing: .16em; line-height: 1.5",
        ),
        Reader { kinds: vec!["moving"], ..reader("no motion", still, "") },
    ]
}

/// Times that a page is looked at again before what is wrong with it counts: what reacts to sizes does so in a later turn.
const LOOKS: usize = 40;

async fn views_suit_every_reader(chromium: &Chromium) -> Result<()> {
    let mut wrong = Vec::new();
    for view in VIEWS {
        let page = view.open(chromium, Visit::default()).await?;
        for reader in all_readers() {
            page.become_like(&reader.visit).await?;
            page.run(&format!("document.documentElement.style.cssText = '{}'", reader.style)).await?;
            let mut left = Vec::new();
            for _ in 0..LOOKS {
                let found = faults(&page).await?;
                ensure!(!found["controls"].is_empty(), "{} has controls", view.name);
                left = reader
                    .kinds
                    .iter()
                    .flat_map(|&kind| found[kind].iter().map(move |what| (kind, what)))
                    .map(|(kind, what)| format!("{}, {}, {kind}: {what}", view.name, reader.name))
                    .collect();
                if left.is_empty() {
                    break;
                }
            }
            wrong.append(&mut left);
        }
        chromium.close_pages().await;
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

async fn nothing_moves_in_the_article_where_motion_is_unwanted(chromium: &Chromium) -> Result<()> {
    let visit = Visit { media: vec![("prefers-reduced-motion", "reduce")], ..Visit::default() };
    let page = chromium.visit(visit).await?;
    every_figure_lives(&page).await?;
    let moving: u32 = page
        .value(
            "document.getAnimations().filter((one) => one.playState === 'running' && !one.effect.target.matches('.theme-probe')).length",
        )
        .await?;
    ensure!(moving == 0, "{moving} animations");
    Ok(())
}

/// Where the edge of each control is drawn, and the ring around the one that has the focus.
const EDGES: &str = "(figure) => {
    const style = (element) => getComputedStyle(element);
    const ground = style(document.documentElement).backgroundColor;
    const opaque = (colour) => !/^rgba\\(.*, 0\\)$|\\/ 0\\)$|transparent/.test(colour);
    const stands_out = (colour) => opaque(colour) && colour !== ground;
    const isSeen = (element) => element.checkVisibility({ visibilityProperty: true });
    // Links have their underline, ranges and checkboxes are drawn by the browser.
    const controls = [...figure.shadowRoot.querySelectorAll('button, select, input[type=number]')].filter(isSeen);
    const bare = controls.filter((control) =>
        !(parseFloat(style(control).borderTopWidth) > 0 && stands_out(style(control).borderTopColor))
        && !stands_out(style(control).backgroundColor));
    const unringed = [...figure.shadowRoot.querySelectorAll('button, select, input, summary, a[href], [role=grid], pre, img[tabindex]')]
        .filter((element) => isSeen(element) && !element.disabled)
        .filter((element) => {
            element.focus({ focusVisible: true, preventScroll: true });
            const ring = style(element.matches('[type=file]') ? element.closest('label') : element);
            return !(ring.outlineStyle !== 'none' && parseFloat(ring.outlineWidth) >= 1 && stands_out(ring.outlineColor));
        });
    const pale = [...figure.shadowRoot.querySelectorAll('svg text')].filter((text) => isSeen(text) && !stands_out(style(text).fill));
    const name = (element) => element.tagName + ' ' + (element.getAttribute('aria-label') ?? element.textContent).trim().slice(0, 40);
    return [controls.length, ...[bare, unringed, pale].map((list) => list.map(name))];
}";

async fn forced_colours_leave_controls_and_focus_visible(chromium: &Chromium) -> Result<()> {
    let mut wrong = Vec::new();
    for view in VIEWS {
        let forced = |dark| Visit { dark, media: vec![("forced-colors", "active")], ..Visit::default() };
        let page = view.open(chromium, forced(false)).await?;
        page.run(UNFOLD).await?;
        for dark in [false, true] {
            page.become_like(&forced(dark)).await?;
            page.until(&format!(
                "matchMedia('(forced-colors: active)').matches && matchMedia('(prefers-color-scheme: dark)').matches === {dark}"
            ))
            .await?;
            let mut left = Vec::new();
            for _ in 0..LOOKS {
                let (controls, bare, unringed, pale): (usize, Vec<String>, Vec<String>, Vec<String>) =
                    page.value(&format!("({EDGES})({FIGURE})")).await?;
                ensure!(controls > 0, "{} has controls", view.name);
                left = [("no edge", bare), ("no ring", unringed), ("invisible text", pale)]
                    .into_iter()
                    .flat_map(|(kind, list)| list.into_iter().map(move |what| (kind, what)))
                    .map(|(kind, what)| format!("{}, dark: {dark}, {kind}: {what}", view.name))
                    .collect();
                if left.is_empty() {
                    break;
                }
            }
            wrong.append(&mut left);
            // The data keep their own colours.
            if let Some(picture) = page.all("img", "NAD u_1 of LeNet, spatial").await?.first() {
                ensure!(page.picture(picture).await?.colours() > 10, "{}: the picture is drawn", view.name);
            }
        }
        chromium.close_pages().await;
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// The article's elements in the order of the document, shadow roots in their places; and what the keyboard can reach.
const WALK: &str = "
    window.order = () => {
        const list = [];
        const walk = (node) => {
            if (node instanceof Element) list.push(node);
            if (node.shadowRoot) walk(node.shadowRoot);
            for (const child of node.children ?? []) walk(child);
        };
        walk(document.documentElement);
        return list;
    };
    window.focused = () => {
        let now = document.activeElement;
        while (now?.shadowRoot?.activeElement) now = now.shadowRoot.activeElement;
        return now;
    };
    window.visited = new Set();
    window.named = (element) => element.tagName.toLowerCase() + ' ' + (element.getAttribute('aria-label') ?? element.textContent).trim().slice(0, 40)
        + ' of ' + (element.getRootNode().host?.id ?? 'the article');
    window.stop = () => {
        const now = focused();
        if (!now || now === document.body || visited.has(now)) return null;
        const all = order(), last = [...visited].at(-1);
        visited.add(now);
        const ring = getComputedStyle(now.matches('[type=file]') ? now.closest('label') : now);
        const { left, right, top, bottom } = now.getBoundingClientRect();
        return {
            name: named(now),
            follows: last === undefined || !last.isConnected || all.indexOf(last) < all.indexOf(now),
            has_ring: ring.outlineStyle !== 'none' && parseFloat(ring.outlineWidth) >= 1,
            in_view: right > 0 && left < innerWidth && bottom > 0 && top < innerHeight,
        };
    };
    window.reachable = () => order().filter((element) => element.tabIndex >= 0 && !element.disabled
        && element.checkVisibility({ visibilityProperty: true })
        && element.matches('a[href], button, input, select, summary, [tabindex]'));
    // A button that is switched on by a later control could not be met on the way.
    window.missed = () => reachable().filter((element) => expected.has(element) && !visited.has(element)).map(named);
";

/// One press of Tab.
#[derive(Debug, Deserialize)]
struct Stop {
    name: String,
    follows: bool,
    has_ring: bool,
    in_view: bool,
}

/// More presses than any article needs.
const MOST_STOPS: usize = 2000;

async fn the_keyboard_reaches_everything_in_order(chromium: &Chromium) -> Result<()> {
    let page = chromium.visit(Visit::at("?diagnostics").script(WALK)).await?;
    every_figure_lives(&page).await?;
    page.run("scrollTo(0, 0), document.activeElement.blur(), window.expected = new Set(reachable())").await?;
    let mut stops: Vec<Stop> = Vec::new();
    while stops.len() < MOST_STOPS {
        page.press("Tab").await?;
        match page.value::<Option<Stop>>("stop()").await? {
            Some(stop) => stops.push(stop),
            None => break,
        }
    }
    // docs/accessibility.md says it.
    eprintln!("{} stops", stops.len());
    ensure!(stops.len() > 100 && stops.len() < MOST_STOPS, "{} stops", stops.len());
    let missed: Vec<String> = page.value("missed()").await?;
    let mut wrong: Vec<String> = missed.into_iter().map(|name| format!("never reached: {name}")).collect();
    for stop in &stops {
        for (is_right, what) in [
            (stop.follows, "out of order"),
            (stop.has_ring, "no ring around it"),
            (stop.in_view, "out of view"),
        ] {
            if !is_right {
                wrong.push(format!("{what}: {}", stop.name));
            }
        }
    }
    ensure!(wrong.is_empty(), "{} stops\n{}", stops.len(), wrong.join("\n"));
    Ok(())
}
