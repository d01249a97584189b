//! One browser process for all tests of a program.

use std::{
    env,
    future::Future,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};
use chromiumoxide::{Browser, BrowserConfig, cdp::browser_protocol::browser::BrowserContextId};
use futures::StreamExt;
use libtest_mimic::{Completion, Failed, Trial};
use tempfile::TempDir;
use tokio::{runtime::Runtime, sync::OnceCell};

/// A test that has not ended by then hangs; the waits inside are shorter and say what they waited for.
const LONGEST_TEST: Duration = Duration::from_secs(480);

/// A running Chromium.
pub struct Chromium {
    pub(crate) browser: Browser,
    pub(crate) site: PathBuf,
    /// Another process, whose WebGPU has an adapter made of software: started by the first test that wants it.
    software_gpu: OnceCell<Box<Chromium>>,
    _profile: TempDir,
    /// Contexts of the running test, closed when it ends.
    pub(crate) contexts: Mutex<Vec<BrowserContextId>>,
    /// What the pages of the running test said on their consoles, shown when it fails.
    pub(crate) said: Arc<Mutex<Vec<String>>>,
}

/// The error of a test that lacks something which not every machine has: it counts as skipped, for this reason.
#[derive(Debug)]
pub struct Skip(pub &'static str);

impl std::fmt::Display for Skip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Skip {}

/// What a test is: it looks at pages and says what is wrong.
pub type Test = for<'a> fn(&'a Chromium) -> Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// A list of tests from async functions that take `&Chromium`: `tests![slider, combobox]`.
#[macro_export]
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        vec![$((concat!(module_path!(), "::", stringify!($name)), (|chromium| Box::pin($name(chromium))) as $crate::Test)),*]
    };
}

/// Browsers at work at the same time: a test waits for its page more than it computes.
const BROWSERS: usize = 2;

/// The tests of a program.
pub struct Suite {
    pub tests: Vec<(&'static str, Test)>,
    /// Those that fill every core, with WebGPU made of software: they come last, one at a time.
    pub alone: Vec<(&'static str, Test)>,
    /// Those that wait for clocks most of their time: they run beside the ones that are alone.
    pub waiting: Vec<(&'static str, Test)>,
}

/// Starts browsers, runs the tests, ends the browsers; gives back the exit code.
///
/// # Errors
/// When there is no site (`NADS_DIST`) or no browser.
pub fn run(suite: Suite) -> Result<u8> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let one_by_one = Arc::new(Mutex::new(()));
    let unlocked = |tests: Vec<(&'static str, Test)>| tests.into_iter().map(|test| (test, None));
    let alone = suite.alone.into_iter().map(|test| (test, Some(one_by_one.clone())));
    let mut waiting = unlocked(suite.waiting);
    let mut last = Vec::new();
    for test in alone {
        last.extend(waiting.next());
        last.push(test);
    }
    last.extend(waiting);
    let most = BROWSERS.min(cores);
    let mut failed = false;
    for tests in [unlocked(suite.tests).collect::<Vec<_>>(), last] {
        let mut arguments = libtest_mimic::Arguments::from_args();
        let browsers = arguments.test_threads.map_or(most, |n| n.clamp(1, most));
        arguments.test_threads = Some(browsers);
        failed |= with_several(browsers, |runtime, all| {
            // As many browsers as threads: one is always free.
            let free = Arc::new(Mutex::new(all));
            let trials = tests.into_iter().map(|(test, lock)| trial(test, lock, runtime, &free)).collect();
            let failed = libtest_mimic::run(&arguments, trials).has_failed();
            let all = std::mem::take(&mut *free.lock().expect("browsers"));
            (all, failed)
        })?;
    }
    Ok(u8::from(failed))
}

/// A test in the first browser that is free; with a lock, not beside another one that has it.
fn trial(
    (name, test): (&'static str, Test),
    lock: Option<Arc<Mutex<()>>>,
    runtime: &Arc<Runtime>,
    free: &Arc<Mutex<Vec<Arc<Chromium>>>>,
) -> Trial {
    let (runtime, free) = (runtime.clone(), free.clone());
    // `browser::explorer::slider` -> `explorer::slider`
    let name = name.split_once("::").map_or(name, |(_, rest)| rest);
    Trial::ignorable_test(name, move || {
        let _held = lock.as_ref().map(|lock| lock.lock().unwrap_or_else(PoisonError::into_inner));
        let chromium = free.lock().expect("browsers").pop().ok_or("no browser is free")?;
        let begun = Instant::now();
        let result = one(&runtime, &chromium, test);
        eprintln!("{name}: {:.1} s", begun.elapsed().as_secs_f64());
        free.lock().expect("browsers").push(chromium);
        result
    })
}

/// Starts Chromium, does something with it, ends it.
///
/// # Errors
/// When there is no site (`NADS_DIST`) or no browser.
pub fn with<T>(body: impl FnOnce(&Arc<Runtime>, &Arc<Chromium>) -> T) -> Result<T> {
    with_several(1, |runtime, all| {
        let result = body(runtime, &all[0]);
        (all, result)
    })
}

/// The body gives the browsers back, to be ended.
fn with_several<T>(
    n: usize,
    body: impl FnOnce(&Arc<Runtime>, Vec<Arc<Chromium>>) -> (Vec<Arc<Chromium>>, T),
) -> Result<T> {
    let runtime =
        Arc::new(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?);
    let mut all = Vec::new();
    for _ in 0..n {
        all.push(Arc::new(runtime.block_on(start(&[]))?));
    }
    let (all, result) = body(&runtime, all);
    for chromium in all.into_iter().filter_map(|chromium| Arc::try_unwrap(chromium).ok()) {
        runtime.block_on(chromium.end());
    }
    Ok(result)
}

/// An adapter of WebGPU that computes on the processor. Without these flags Chromium has `navigator.gpu`, but no adapter
/// on a machine without a graphics card.
const SOFTWARE_GPU: [&str; 2] = ["enable-unsafe-webgpu", "use-webgpu-adapter=swiftshader"];

/// The path in a variable of the environment, where it leads to something.
fn set(name: &str) -> Option<PathBuf> {
    env::var_os(name).map(PathBuf::from).filter(|path| path.exists())
}

async fn start(more: &[&str]) -> Result<Chromium> {
    let profile = tempfile::Builder::new().prefix("nads-chromium-").tempdir()?;
    let site = set("NADS_DIST")
        .context("NADS_DIST names no folder: the browser tests are run by `cargo xtask test`")?;
    let mut config = BrowserConfig::builder()
        .new_headless_mode()
        .no_sandbox()
        .user_data_dir(profile.path())
        .viewport(None)
        .window_size(1280, 900)
        .launch_timeout(Duration::from_secs(120))
        .request_timeout(Duration::from_secs(120))
        // Without leading dashes: with them they would be ignored.
        .args([
            "disable-quic",
            "no-first-run",
            "disable-background-networking",
            "disable-component-update",
            "disable-sync",
        ])
        .args(more.iter().copied())
        .enable_cache();
    if let Some(path) = set("NADS_CHROMIUM") {
        config = config.chrome_executable(path);
    }
    let (browser, mut handler) = Browser::launch(config.build().map_err(|error| anyhow!(error))?).await?;
    tokio::spawn(async move { while handler.next().await.is_some() {} });
    Ok(Chromium {
        browser,
        site,
        software_gpu: OnceCell::new(),
        _profile: profile,
        contexts: Mutex::default(),
        said: Arc::default(),
    })
}

fn one(runtime: &Runtime, chromium: &Chromium, test: Test) -> Result<Completion, Failed> {
    chromium.said.lock().expect("console").clear();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        runtime.block_on(async {
            tokio::time::timeout(LONGEST_TEST, test(chromium)).await.unwrap_or_else(|_| Err(anyhow!("hangs")))
        })
    }));
    let failed = match result {
        Ok(Ok(())) => None,
        Ok(Err(error)) => match error.downcast::<Skip>() {
            Ok(Skip(reason)) => return Ok(Completion::ignored_with(reason)),
            Err(error) => Some(format!("{error:#}")),
        },
        Err(panic) => Some(message(&*panic)),
    };
    runtime.block_on(async {
        if failed.is_some() {
            chromium.keep_screenshots().await;
        }
        chromium.close_pages().await;
    });
    match failed {
        None => Ok(Completion::Completed),
        Some(message) => {
            let said = chromium.said.lock().expect("console").join("\n  ");
            Err(format!("{message}\nconsole:\n  {said}").into())
        }
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panicked".into())
}

impl Chromium {
    /// The script of axe-core, which is no part of the project.
    ///
    /// # Errors
    /// [`Skip`] where it is not installed.
    pub fn axe(&self) -> Result<String> {
        let path = set("NADS_AXE").ok_or(Skip("axe-core comes from npm, and NADS_AXE names no file"))?;
        Ok(std::fs::read_to_string(path)?)
    }

    /// A browser whose WebGPU has an adapter made of software; this one has none.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn with_software_gpu(&self) -> Result<&Chromium> {
        let start = async || {
            let other = start(&SOFTWARE_GPU).await?;
            Ok(Box::new(Chromium { said: self.said.clone(), ..other }))
        };
        self.software_gpu.get_or_try_init(start).await.map(|other| &**other)
    }

    /// This one, and the other one if it was started.
    fn all(&self) -> impl Iterator<Item = &Chromium> {
        [self].into_iter().chain(self.software_gpu.get().map(|other| &**other))
    }

    async fn end(mut self) {
        let other = self.software_gpu.take();
        for browser in [&mut self.browser].into_iter().chain(other.map(|other| other.browser).as_mut()) {
            // Killed, not asked: nothing of its profile is kept, and a hanging page must not hold the tests up.
            let _ = browser.kill().await;
            let _ = browser.wait().await;
        }
    }

    /// Closes every page of the running test: for tests that open many.
    pub async fn close_pages(&self) {
        for one in self.all() {
            let contexts = std::mem::take(&mut *one.contexts.lock().expect("contexts"));
            for context in contexts {
                let _ = one.browser.dispose_browser_context(context).await;
            }
        }
    }

    /// Leaves pictures of the open pages in the folder `NADS_SCREENSHOTS`, where that is set.
    async fn keep_screenshots(&self) {
        let Some(folder) = env::var_os("NADS_SCREENSHOTS").map(PathBuf::from) else { return };
        let mut pages = Vec::new();
        for one in self.all() {
            pages.extend(one.browser.pages().await.unwrap_or_default());
        }
        for (i, page) in pages.into_iter().enumerate() {
            if let Ok(png) = page.screenshot(chromiumoxide::page::ScreenshotParams::builder().build()).await {
                let _ = std::fs::write(folder.join(format!("failed-{i}.png")), png);
            }
        }
    }
}
