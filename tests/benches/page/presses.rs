//! How soon a press of a key is answered on the screen: every control of every figure of the article (interaction to next paint).

use std::time::Duration;

use anyhow::Result;
use nads_tests::{Chromium, Visit};

use crate::article::read_through;

/// Runs before the page: interactions, from the press to the next frame, in steps of 8 ms. Shorter ones than 16 ms are not told.
const WATCH: &str = "
    window.seen = { pressed: [], paint: 0 };
    new PerformanceObserver((list) => {
        for (const { duration, interactionId } of list.getEntries()) if (interactionId) seen.pressed.push(duration);
    }).observe({ type: 'event', durationThreshold: 16, buffered: true });
    new PerformanceObserver((list) => { seen.paint = list.getEntries().at(-1).startTime; })
        .observe({ type: 'largest-contentful-paint', buffered: true });
";

/// Every control but those that save files or begin long computations, which have budgets of their own; with the key that
/// operates it.
const CONTROLS: &str = "
    seen.controls = [...document.querySelectorAll('nad-figure')].flatMap((figure) =>
        [...figure.shadowRoot.querySelectorAll('select, input[type=range], input[type=checkbox], summary, button')]
            .filter((one) => !one.disabled && one.checkVisibility({ visibilityProperty: true }) && !one.closest('.group, .sampling'))
            .map((one) => ({ one, figure: figure.id, key: one.matches('select') ? 'ArrowDown' : one.type === 'range' ? 'PageUp'
                : one.type === 'checkbox' ? ' ' : 'Enter' })))";

pub async fn measure(chromium: &Chromium) -> Result<()> {
    for (slower, budget) in [(1.0, "200 ms"), (4.0, "")] {
        let page = chromium.visit(Visit::at("index.html").script(WATCH)).await?;
        read_through(&page).await?;
        page.slow_down(slower).await?;
        page.run(CONTROLS).await?;
        let keys: Vec<String> = page.value("seen.controls.map(({ key }) => key)").await?;
        let mut worst = (0.0, String::new());
        for (i, key) in keys.iter().enumerate() {
            // A press before it may have taken the control away.
            let is_there = format!(
                "(() => {{ const {{ one }} = seen.controls[{i}]; seen.pressed.length = 0; one.scrollIntoView({{ block: 'center' }}); one.focus();
                    return one.isConnected && one.matches(':focus'); }})()"
            );
            if !page.value::<bool>(&is_there).await? {
                continue;
            }
            page.press(key).await?;
            tokio::time::sleep(Duration::from_millis(400)).await;
            let (longest, what): (f64, String) = page
                .value(&format!(
                    "[Math.max(0, ...seen.pressed), (({{ one, figure }}) =>
                        `${{figure}}: ${{one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent}}`)(seen.controls[{i}])]"
                ))
                .await?;
            if longest > worst.0 {
                worst = (longest, what);
            }
        }
        println!(
            "| article, processor {slower} times slower, a press of a key on each of {} controls: longest until the next frame | {:.0} ms | {budget} |",
            keys.len(),
            worst.0
        );
        eprintln!("slowest: {}", worst.1);
        chromium.close_pages().await;
    }
    Ok(())
}
