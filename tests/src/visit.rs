//! A visit: which site, which page of it, in which browser window.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result};
use chromiumoxide::cdp::{
    browser_protocol::{
        browser::BrowserContextId,
        emulation::{MediaFeature, SetTouchEmulationEnabledParams},
        target::{
            CreateBrowserContextParams, CreateTargetParams, EventAttachedToTarget, EventDetachedFromTarget,
        },
    },
    js_protocol::runtime::{EventConsoleApiCalled, EventExceptionThrown},
};
use futures::StreamExt;
use static_host::{Host, Instead, Site};

use crate::{Chromium, Page};

/// How a page is visited. The default: the article, from the top, in a wide light window.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Path on the site, with query and fragment.
    pub path: String,
    /// The body of an article of our own, served beside the site and visited instead of `path`'s page.
    pub article: Option<String>,
    /// Scripts that run before the page's own.
    pub scripts: Vec<String>,
    pub width: u32,
    pub height: u32,
    pub dark: bool,
    /// Further wishes of the reader, as media features: `("forced-colors", "active")`.
    pub media: Vec<(&'static str, &'static str)>,
    /// A finger in place of a mouse.
    pub touch: bool,
    /// The browser's zoom: at 2, a window of 640 pixels is 320 wide.
    pub zoom: f64,
    /// Where the site begins on its host.
    pub prefix: String,
    pub headers: Vec<(String, String)>,
    /// Files that are missing or damaged.
    pub instead: Vec<(String, Instead)>,
    /// What every answer of the host waits for.
    pub delay: Duration,
}

impl Default for Visit {
    fn default() -> Visit {
        Visit {
            path: String::new(),
            article: None,
            scripts: Vec::new(),
            width: 1280,
            height: 900,
            dark: false,
            media: Vec::new(),
            touch: false,
            zoom: 1.0,
            prefix: String::new(),
            headers: Vec::new(),
            instead: Vec::new(),
            delay: Duration::ZERO,
        }
    }
}

/// Name of an article of our own on the site.
const ARTICLE: &str = "article-under-test.html";

impl Visit {
    /// The article at a path with its fragment: `#network=lenet&index=3`.
    pub fn at(path: &str) -> Visit {
        Visit { path: path.to_owned(), ..Visit::default() }
    }

    /// A page whose body is this, with the element's script loaded.
    pub fn article(body: &str) -> Visit {
        Visit { article: Some(body.to_owned()), ..Visit::default() }
    }

    #[must_use]
    pub fn script(mut self, script: &str) -> Visit {
        self.scripts.push(script.to_owned());
        self
    }

    #[must_use]
    pub fn instead(mut self, path: &str, what: Instead) -> Visit {
        self.instead.push((path.to_owned(), what));
        self
    }
}

impl Chromium {
    /// A file of the built site.
    ///
    /// # Errors
    /// When it is not there.
    pub fn file(&self, path: &str) -> Result<Vec<u8>> {
        std::fs::read(self.site.join(path)).with_context(|| format!("the site has no {path}"))
    }

    /// The path of the one file of the site that begins and ends like this: `("pkg/worker-", ".js")`.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(&self, folder: &str, begin: &str, end: &str) -> Result<String> {
        let mut names = std::fs::read_dir(self.site.join(folder))?
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name.starts_with(begin) && name.ends_with(end));
        let name = names.next().with_context(|| format!("the site has no {folder}/{begin}*{end}"))?;
        Ok(format!("{folder}/{name}"))
    }

    /// Another host of the site, which adds these headers: for pages on one origin that use files of another.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn host(&self, headers: &[(&str, &str)]) -> Result<Host> {
        let headers = headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(Host::start(Site { folder: self.site.clone(), headers, ..Site::default() }, 0)?)
    }

    /// Opens a page in a browser context and a window of its own, on a host of its own.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn visit(&self, visit: Visit) -> Result<Page> {
        let context = self.browser.create_browser_context(CreateBrowserContextParams::default()).await?;
        self.contexts.lock().expect("contexts").push(context.clone());
        let mut site = Site {
            folder: self.site.clone(),
            prefix: visit.prefix.clone(),
            headers: visit.headers.clone(),
            instead: visit.instead.iter().cloned().collect(),
            delay: visit.delay,
        };
        let mut path = visit.path.clone();
        if let Some(body) = &visit.article {
            let page = format!(
                "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
                 <title>article</title><script type=module src=nad-figure.js></script><body>{body}</body></html>"
            );
            site.instead.insert(ARTICLE.into(), Instead::Bytes(page.into_bytes()));
            path = format!("{ARTICLE}{path}");
        }
        let host = Arc::new(Host::start(site, 0)?);
        self.open(&visit, host, &path, context).await
    }

    async fn open(
        &self,
        visit: &Visit,
        host: Arc<Host>,
        path: &str,
        context: BrowserContextId,
    ) -> Result<Page> {
        let mut target = CreateTargetParams::new("about:blank");
        target.browser_context_id = Some(context);
        // A tab behind another one would count as hidden, and hidden figures pause.
        target.new_window = Some(true);
        (target.width, target.height) = (Some(visit.width.into()), Some(visit.height.into()));
        let tab = self.browser.new_page(target).await?;
        for script in &visit.scripts {
            tab.evaluate_on_new_document(script.as_str()).await?;
        }
        let page =
            Page { tab, host, said: self.said.clone(), errors: Arc::default(), workers: Arc::default() };
        page.become_like(visit).await?;
        page.listen().await?;
        page.goto(path).await?;
        Ok(page)
    }
}

impl Page {
    /// Gives the reader this visit's window, zoom, fingers and wishes.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn become_like(&self, visit: &Visit) -> Result<()> {
        self.tab.execute(SetTouchEmulationEnabledParams::new(visit.touch)).await?;
        let scheme = if visit.dark { "dark" } else { "light" };
        let media = [("prefers-color-scheme", scheme)].into_iter().chain(visit.media.iter().copied());
        let media = media.map(|(name, value)| MediaFeature::new(name, value)).collect();
        self.tab.emulate_media_features(media).await?;
        self.zoom(visit.width, visit.height, visit.zoom).await
    }

    /// Collects what the page says, throws and starts.
    async fn listen(&self) -> Result<()> {
        let (said, errors) = (self.said.clone(), self.errors.clone());
        let mut console = self.tab.event_listener::<EventConsoleApiCalled>().await?;
        tokio::spawn(async move {
            while let Some(event) = console.next().await {
                let text: Vec<String> = event
                    .args
                    .iter()
                    .map(|value| match &value.value {
                        Some(serde_json::Value::String(text)) => text.clone(),
                        Some(other) => other.to_string(),
                        None => value.description.clone().unwrap_or_default(),
                    })
                    .collect();
                let kind = event.r#type.as_ref().to_owned();
                let line = format!("{kind}: {}", text.join(" "));
                if kind == "error" || kind == "assert" {
                    errors.lock().expect("errors").push(line.clone());
                }
                said.lock().expect("console").push(line);
            }
        });
        let (said, errors) = (self.said.clone(), self.errors.clone());
        let mut exceptions = self.tab.event_listener::<EventExceptionThrown>().await?;
        tokio::spawn(async move {
            while let Some(event) = exceptions.next().await {
                let details = &event.exception_details;
                let what = details
                    .exception
                    .as_ref()
                    .and_then(|value| value.description.clone())
                    .unwrap_or_default();
                let line = format!("uncaught: {} {what}", details.text);
                errors.lock().expect("errors").push(line.clone());
                said.lock().expect("console").push(line);
            }
        });
        let workers = self.workers.clone();
        let mut attached = self.tab.event_listener::<EventAttachedToTarget>().await?;
        tokio::spawn(async move {
            while let Some(event) = attached.next().await {
                if event.target_info.r#type == "worker" {
                    workers.lock().expect("workers").add(event.session_id.as_ref());
                }
            }
        });
        let workers = self.workers.clone();
        let mut detached = self.tab.event_listener::<EventDetachedFromTarget>().await?;
        tokio::spawn(async move {
            while let Some(event) = detached.next().await {
                workers.lock().expect("workers").remove(event.session_id.as_ref());
            }
        });
        Ok(())
    }
}

/// The workers a page has started, by their DevTools sessions.
#[derive(Debug, Default)]
pub(crate) struct Workers {
    alive: Vec<String>,
    started: usize,
    /// Ends that were heard of before their beginnings: the two events come over two streams.
    ended_early: Vec<String>,
}

impl Workers {
    fn add(&mut self, session: &str) {
        self.started += 1;
        let early = &mut self.ended_early;
        match early.iter().position(|ended| ended == session) {
            Some(i) => drop(early.swap_remove(i)),
            None => self.alive.push(session.to_owned()),
        }
    }

    fn remove(&mut self, session: &str) {
        match self.alive.iter().position(|alive| alive == session) {
            Some(i) => drop(self.alive.swap_remove(i)),
            None => self.ended_early.push(session.to_owned()),
        }
    }

    pub(crate) fn alive(&self) -> usize {
        self.alive.len()
    }

    pub(crate) fn started(&self) -> usize {
        self.started
    }
}
