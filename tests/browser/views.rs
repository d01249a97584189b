//! Every view in a page of its own, with its content loaded: for what has to hold for all of them.

use anyhow::{Context, Result};
use nads_tests::{Chromium, Page, UNDRAWN, Visit};

use crate::steps::{FIGURE, wake};

/// A view, with attributes that keep its loading short.
#[derive(Clone, Copy, Debug)]
pub struct View {
    pub name: &'static str,
    attributes: &'static str,
    /// True once everything is there; of `figure` and its shadow `root`.
    loaded: &'static str,
}

const fn view(name: &'static str, attributes: &'static str, loaded: &'static str) -> View {
    View { name, attributes, loaded }
}

const HAS_DATA: &str = "figure.getData() !== null";
const HAS_MAP: &str = "root.querySelectorAll('[role=gridcell]').length > 100";

/// All of them.
pub const VIEWS: [View; 15] = [
    view("explorer", "network=lenet", HAS_DATA),
    view("gallery", "networks=lenet,logreg", "root.querySelectorAll('.cells img').length === 16"),
    view("spectra", "networks=lenet,logreg", "root.querySelectorAll('.series.network').length === 2"),
    view("estimators", "network=lenet", "root.querySelectorAll('.agreement tbody tr').length > 0"),
    view("compare", "network=lenet with=logreg", "figure.getData()?.overlaps.length === 1024"),
    view("predicted-map", "network=lenet", HAS_MAP),
    view(
        "heat-map",
        "network=logreg",
        "figure.getData()?.predicted.some(isFinite) && figure.getData().accuracy.some(isFinite)",
    ),
    view("index-curve", "networks=logreg index=100", "figure.getData()?.LogReg?.index.length > 0"),
    view("task", "", HAS_DATA),
    view("trainer", "network=logreg", HAS_DATA),
    view(
        "pooling",
        "",
        "[...root.querySelectorAll('[role=grid]')].filter((grid) => grid.children.length > 0).length === 2",
    ),
    view("poison", "index=10", HAS_DATA),
    view("flip", "", HAS_DATA),
    view("alignment", "", HAS_DATA),
    view(
        "diagnostics",
        "",
        "[...root.querySelectorAll('button')].some((b) => b.textContent === 'Run the checks')",
    ),
];

impl View {
    /// The element.
    pub fn element(self) -> String {
        format!("<nad-figure view={} {}></nad-figure>", self.name, self.attributes)
    }

    /// Opens the view in an article that has a heading above it.
    pub async fn open(self, chromium: &Chromium, visit: Visit) -> Result<Page> {
        let body = format!(
            "<style>:root {{ color-scheme: light dark; background: Canvas; color: CanvasText }} body {{ margin: 0 }}</style>\
             <main><h1>Article</h1><h2>Section</h2>{}</main>",
            self.element()
        );
        let page = chromium.visit(Visit { article: Some(body), ..visit }).await?;
        wake(&page).await.with_context(|| self.name)?;
        page.until(&format!("((figure, root) => {})({FIGURE}, {FIGURE}.shadowRoot)", self.loaded))
            .await
            .with_context(|| self.name)?;
        // Charts are drawn after the frame that gives them their width.
        page.until(&format!("!{FIGURE}.shadowRoot.querySelector('{UNDRAWN}')"))
            .await
            .with_context(|| self.name)?;
        Ok(page)
    }
}

/// Everything that folds out does.
pub const UNFOLD: &str = "document.querySelectorAll('nad-figure').forEach((figure) => figure.shadowRoot.querySelectorAll('details').forEach((one) => { one.open = true; }))";
