//! One open page.

use std::{
    future::Future,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use chromiumoxide::cdp::{
    browser_protocol::{
        dom::{ResolveNodeParams, ScrollIntoViewIfNeededParams},
        emulation::{SetCpuThrottlingRateParams, SetDeviceMetricsOverrideParams},
        network,
        page::{GetNavigationHistoryParams, NavigateToHistoryEntryParams},
        performance::{self, GetMetricsParams},
    },
    js_protocol::{
        heap_profiler::CollectGarbageParams,
        runtime::{CallFunctionOnParams, EvaluateParams},
    },
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use static_host::Host;

use crate::{Node, visit::Workers};

/// Far longer than anything takes on a busy machine, a graphics card made of software included: a wait that ends here has
/// failed.
const LONGEST_WAIT: Duration = Duration::from_secs(150);
/// What the driver gets to notice that a page has loaded.
const DRIVERS_WAIT: Duration = Duration::from_secs(10);
/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// Bytes of JavaScript, and numbers of nodes and documents, that a page holds.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    pub heap: f64,
    pub nodes: f64,
    pub documents: f64,
}

/// A page in a window of its own.
pub struct Page {
    pub(crate) tab: chromiumoxide::Page,
    /// The host it came from; it stays up while the page is used.
    pub host: Arc<Host>,
    pub(crate) said: Arc<Mutex<Vec<String>>>,
    pub(crate) errors: Arc<Mutex<Vec<String>>>,
    pub(crate) workers: Arc<Mutex<Workers>>,
}

impl Page {
    /// Goes to a path of the site.
    ///
    /// # Errors
    /// When it does not load.
    pub async fn goto(&self, path: &str) -> Result<()> {
        let url = format!("{}{path}", self.host.url());
        // The document that is there now may have the same address.
        let _ = self.run("window.leaving = true").await;
        let arrived = async {
            let address = url.split('#').next().unwrap_or(&url);
            let is_there = format!(
                "!window.leaving && document.readyState === 'complete' && location.href.startsWith({address:?})"
            );
            tokio::time::sleep(DRIVERS_WAIT).await;
            while !self.value::<bool>(&is_there).await.unwrap_or(false) {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        // Now and then the driver's own wait does not end where a page changes its address (`history.replaceState`) as it finishes
        // loading: then the page is asked.
        tokio::select! {
            done = self.tab.goto(url.as_str()) => drop(done.with_context(|| format!("opening {url}"))?),
            () = arrived => {}
        }
        Ok(())
    }

    /// Loads the page again, as the reader's button does.
    ///
    /// # Errors
    /// When it does not load.
    pub async fn reload(&self) -> Result<()> {
        self.tab.reload().await?;
        Ok(())
    }

    /// The value of an expression; a promise is awaited.
    ///
    /// # Errors
    /// When it throws, or has another type.
    pub async fn value<T: DeserializeOwned>(&self, expression: &str) -> Result<T> {
        let mut evaluate = EvaluateParams::new(expression);
        (evaluate.return_by_value, evaluate.await_promise) = (Some(true), Some(true));
        let returned = self.tab.execute(evaluate).await?.result;
        if let Some(thrown) = returned.exception_details {
            bail!("{expression}: {} {:?}", thrown.text, thrown.exception.and_then(|value| value.description));
        }
        let value = returned.result.value.unwrap_or(Value::Null);
        serde_json::from_value(value.clone()).with_context(|| format!("{expression} is {value}"))
    }

    /// Does something in the page, whatever its value.
    ///
    /// # Errors
    /// When it throws.
    pub async fn run(&self, statement: &str) -> Result<()> {
        self.value::<()>(&format!("void ({statement})")).await
    }

    /// Calls `function` with `this` = the element behind a node.
    ///
    /// # Errors
    /// When the element is gone, or the function throws.
    pub async fn call<T: DeserializeOwned>(&self, node: &Node, function: &str) -> Result<T> {
        let dom = node.dom.with_context(|| format!("{} `{}` has no element", node.role, node.name))?;
        let resolved = self.tab.execute(ResolveNodeParams::builder().backend_node_id(dom).build()).await?;
        let object = resolved.result.object.object_id.context("an element without an object")?;
        let mut call = CallFunctionOnParams::new(function);
        (call.object_id, call.return_by_value, call.await_promise) = (Some(object), Some(true), Some(true));
        let returned = self.tab.execute(call).await?.result;
        if let Some(thrown) = returned.exception_details {
            bail!("{function}: {} {:?}", thrown.text, thrown.exception.and_then(|value| value.description));
        }
        let value = returned.result.value.unwrap_or(Value::Null);
        serde_json::from_value(value.clone()).with_context(|| format!("{function} is {value}"))
    }

    /// Brings an element into view.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn show(&self, node: &Node) -> Result<()> {
        let mut scroll = ScrollIntoViewIfNeededParams::default();
        scroll.backend_node_id = node.dom;
        self.tab.execute(scroll).await?;
        Ok(())
    }

    /// Waits until `look` gives something.
    ///
    /// # Errors
    /// When it never does; the message says what was waited for.
    pub async fn until_some<T, F, R>(&self, what: &str, mut look: F) -> Result<T>
    where
        F: FnMut() -> R,
        R: Future<Output = Result<Option<T>>>,
    {
        let began = Instant::now();
        // A page that is just being replaced cannot be looked at: only the last failure counts.
        let mut trouble = None;
        while began.elapsed() < LONGEST_WAIT {
            match look().await {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => trouble = None,
                Err(error) => trouble = Some(error),
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        match trouble {
            Some(error) => Err(error.context(format!("waited {} s for {what}", LONGEST_WAIT.as_secs()))),
            None => bail!("waited {} s for {what}", LONGEST_WAIT.as_secs()),
        }
    }

    /// Waits until a JavaScript expression is true.
    ///
    /// # Errors
    /// When it never is.
    pub async fn until(&self, expression: &str) -> Result<()> {
        self.until_some(expression, async || Ok(self.value::<bool>(expression).await?.then_some(()))).await
    }

    /// What the page reported as errors so far: uncaught exceptions and `console.error`.
    pub fn errors(&self) -> Vec<String> {
        self.errors.lock().expect("errors").clone()
    }

    /// Everything on its console.
    pub fn said(&self) -> Vec<String> {
        self.said.lock().expect("console").clone()
    }

    /// Goes back to the page before this one, as the browser's button does.
    ///
    /// # Errors
    /// When there is none.
    pub async fn go_back(&self) -> Result<()> {
        let history = self.tab.execute(GetNavigationHistoryParams::default()).await?.result;
        let before = usize::try_from(history.current_index - 1).ok().and_then(|at| history.entries.get(at));
        let id = before.context("no page before this one")?.id;
        self.tab.execute(NavigateToHistoryEntryParams::new(id)).await?;
        Ok(())
    }

    /// Takes the network from the page, or gives it back.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn set_offline(&self, offline: bool) -> Result<()> {
        self.tab.execute(network::EnableParams::default()).await?;
        #[expect(deprecated, reason = "what replaces it is not in every Chromium in use")]
        let conditions = network::EmulateNetworkConditionsParams::new(offline, 0.0, -1.0, -1.0);
        self.tab.execute(conditions).await?;
        Ok(())
    }

    /// Sets the browser's zoom of a window of this size.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn zoom(&self, width: u32, height: u32, zoom: f64) -> Result<()> {
        let [w, h] = [width, height].map(|pixels| (f64::from(pixels) / zoom) as u32);
        self.tab.execute(SetDeviceMetricsOverrideParams::new(w, h, zoom, width < 600)).await?;
        Ok(())
    }

    /// Makes the page's processor this many times slower.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn slow_down(&self, times: f64) -> Result<()> {
        self.tab.execute(SetCpuThrottlingRateParams::new(times)).await?;
        Ok(())
    }

    /// What the page holds after its garbage is collected.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn held(&self) -> Result<Held> {
        self.tab.execute(CollectGarbageParams::default()).await?;
        self.tab.execute(performance::EnableParams::default()).await?;
        let metrics = self.tab.execute(GetMetricsParams::default()).await?.result.metrics;
        let of = |name: &str| {
            let found = metrics.iter().find(|metric| metric.name == name);
            found.map(|metric| metric.value).with_context(|| format!("no metric {name}"))
        };
        Ok(Held { heap: of("JSHeapUsedSize")?, nodes: of("Nodes")?, documents: of("Documents")? })
    }

    /// Workers that run now.
    pub fn workers(&self) -> usize {
        self.workers.lock().expect("workers").alive()
    }

    /// Workers started so far, those that have ended included.
    pub fn workers_started(&self) -> usize {
        self.workers.lock().expect("workers").started()
    }
}
