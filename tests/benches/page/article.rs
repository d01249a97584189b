//! The whole article: what a reader waits for who scrolls through it, and how much memory all its figures take.

use anyhow::Result;
use nads_tests::{Chromium, Page, Visit};

/// Runs before the page: long tasks, layout shifts and the largest paint, from the start; and what ran in frames that took long,
/// as far as a browser says so.
const WATCH: &str = "
    window.seen = { long: [], shift: 0, paint: 0, scripts: [] };
    const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
    watch('longtask', ({ startTime, duration }) => seen.long.push([startTime, duration]));
    watch('layout-shift', (entry) => { if (!entry.hadRecentInput) seen.shift += entry.value; });
    watch('long-animation-frame', ({ startTime, duration, renderStart, styleAndLayoutStart, scripts }) => {
        const end = startTime + duration;
        const rendering = renderStart ? ` of which rendering ${Math.round(end - renderStart)} (style and layout ${Math.round(end - styleAndLayoutStart)})` : '';
        seen.scripts.push([startTime, end, `at ${Math.round(scrollY)} px a frame of ${Math.round(duration)} ms${rendering}: ` + scripts.map((one) =>
            `${one.invoker} ${one.sourceURL.split('/').at(-1)} ${Math.round(one.duration)} (forced layout ${Math.round(one.forcedStyleAndLayoutDuration)})`).join(', ')]);
    });
    watch('largest-contentful-paint', (entry) => { seen.paint = entry.startTime; });
";

/// Scrolls to the end as a reader's wheel does, a third of a window at a time, and waits until every figure is there.
const SCROLL: &str = "
    (async () => {
        const frame = () => new Promise(requestAnimationFrame);
        // What began before is the browser's first layout of the page, with its fonts.
        seen.began = performance.now();
        let at = -1;
        while (at !== scrollY) {
            at = scrollY;
            scrollBy(0, innerHeight / 3);
            for (let i = 0; i < 6; i++) await frame();
        }
        const figures = [...document.querySelectorAll('nad-figure')];
        await Promise.all(figures.map((figure) => figure.ready));
        await new Promise((resolve) => setTimeout(resolve, 1500));
        seen.figures = figures.length;
    })()";

/// Longest wait for the end of the article, in seconds.
const SCROLL_SECS: u32 = 600;

/// Longest tasks that are described.
const TASKS: usize = 5;

/// Waits until the page can be read; when its largest part was painted, in milliseconds.
async fn painted(page: &Page) -> Result<f64> {
    page.until("document.readyState === 'complete' && seen.paint > 0").await?;
    page.value("seen.paint").await
}

/// Scrolls through the article and waits until every figure is there.
pub async fn read_through(page: &Page) -> Result<()> {
    painted(page).await?;
    page.run(SCROLL).await?;
    for _ in 0..SCROLL_SECS {
        if page.value::<bool>("seen.figures !== undefined").await? {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    Ok(())
}

pub async fn measure(chromium: &Chromium) -> Result<()> {
    for (slower, budget) in [(1.0, "50 ms"), (4.0, "")] {
        let visit = Visit::at("index.html").script(WATCH);
        let page = chromium.visit(visit).await?;
        if slower > 1.0 {
            page.slow_down(slower).await?;
            page.goto("index.html").await?;
        }
        let paint = painted(&page).await?;
        read_through(&page).await?;
        let figures: usize = page.value("seen.figures").await?;
        let ([first, longest], long, shift): ([f64; 2], usize, f64) = page
            .value(
                "(() => {
                    const [first, later] = [false, true].map((later) => seen.long.filter(([start, duration]) => (start + duration > seen.began) === later));
                    const longest = (tasks) => Math.max(0, ...tasks.map(([, duration]) => duration));
                    return [[longest(first), longest(later)], later.length, seen.shift];
                })()",
            )
            .await?;
        let what = format!("article, processor {slower} times slower");
        println!("| {what}: largest contentful paint | {paint:.0} ms | 2500 ms |");
        println!("| {what}: longest task before it can be scrolled | {first:.0} ms |  |");
        println!(
            "| {what}, scrolled through, {figures} figures: longest task ({long} over 50 ms) | {longest:.0} ms | {budget} |"
        );
        // Not of the table: for who wants to make it shorter.
        let tasks: Vec<String> = page
            .value(
                "seen.long.sort((a, b) => b[1] - a[1]).map(([start, duration]) => `${Math.round(duration)} ms, `
                    + (seen.scripts.find(([from, to]) => from <= start && start < to)?.at(-1) ?? 'in no long frame'))",
            )
            .await?;
        tasks.iter().take(TASKS).for_each(|task| eprintln!("{task}"));
        println!("| {what}, scrolled through: layout shift | {shift:.4} | 0 |");
        if let (1.0, Some(bytes)) = (slower, chromium.memory_of_pages().await?) {
            println!(
                "| article with all figures: memory of its process | {:.0} MB | 300 MB |",
                bytes as f64 / 1e6
            );
        }
        chromium.close_pages().await;
    }
    Ok(())
}
