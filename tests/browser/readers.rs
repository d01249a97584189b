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
        views_fit_small_windows_and_fingers,
        views_fit_wide_windows,
        views_survive_zoom_and_large_text,
        views_survive_wide_letters,
        nothing_moves_where_motion_is_unwanted,
        forced_colours_leave_controls_and_focus_visible,
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

/// Opens every view like this and wants these lists to be empty.
async fn views_have_no(chromium: &Chromium, visit: &Visit, kinds: &[&str], before: &str) -> Result<()> {
    let mut wrong = Vec::new();
    for view in VIEWS {
        let page = view.open(chromium, visit.clone()).await?;
        page.run(before).await?;
        let found = faults(&page).await?;
        ensure!(!found["controls"].is_empty(), "{} has controls", view.name);
        for kind in kinds {
            wrong.extend(found[*kind].iter().map(|what| format!("{}, {kind}: {what}", view.name)));
        }
        chromium.close_pages().await;
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
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

const FIT: [&str; 5] = ["sideways", "wide", "unreadable", "clipped", "overlapping"];

async fn views_fit_small_windows_and_fingers(chromium: &Chromium) -> Result<()> {
    let visit = Visit { width: 320, height: 800, touch: true, ..Visit::default() };
    views_have_no(chromium, &visit, &[&FIT[..], &["small"]].concat(), "0").await
}

async fn views_fit_wide_windows(chromium: &Chromium) -> Result<()> {
    views_have_no(chromium, &Visit { width: 2560, height: 1400, ..Visit::default() }, &FIT, "0").await
}

async fn views_survive_zoom_and_large_text(chromium: &Chromium) -> Result<()> {
    let visit = Visit { width: 640, height: 800, zoom: 2.0, ..Visit::default() };
    views_have_no(chromium, &visit, &FIT, "document.documentElement.style.fontSize = '200%'").await
}

/// The distances of WCAG 1.4.12, which a reader's own style sheet may ask for.
async fn views_survive_wide_letters(chromium: &Chromium) -> Result<()> {
    let visit = Visit { width: 640, height: 800, ..Visit::default() };
    let spaced = "document.documentElement.style.cssText = 'letter-spacing: .12em; word-spacing: .16em; line-height: 1.5'";
    views_have_no(chromium, &visit, &FIT, spaced).await
}

async fn nothing_moves_where_motion_is_unwanted(chromium: &Chromium) -> Result<()> {
    let visit = Visit { media: vec![("prefers-reduced-motion", "reduce")], ..Visit::default() };
    views_have_no(chromium, &visit, &["moving"], "0").await?;
    // Nor does the article around them.
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
    for dark in [false, true] {
        for view in VIEWS {
            let visit = Visit { dark, media: vec![("forced-colors", "active")], ..Visit::default() };
            let page = view.open(chromium, visit).await?;
            page.run(UNFOLD).await?;
            ensure!(page.value::<bool>("matchMedia('(forced-colors: active)').matches").await?);
            let (controls, bare, unringed, pale): (usize, Vec<String>, Vec<String>, Vec<String>) =
                page.value(&format!("({EDGES})({FIGURE})")).await?;
            ensure!(controls > 0, "{} has controls", view.name);
            let kinds = [("no edge", bare), ("no ring", unringed), ("invisible text", pale)];
            for (kind, list) in kinds {
                wrong.extend(list.iter().map(|what| format!("{}, dark: {dark}, {kind}: {what}", view.name)));
            }
            // The data keep their own colours.
            if let Some(picture) = page.all("img", "NAD u_1 of LeNet, spatial").await?.first() {
                ensure!(page.picture(picture).await?.colours() > 10, "{}: the picture is drawn", view.name);
            }
            chromium.close_pages().await;
        }
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
