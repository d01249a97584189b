//! How much memory pages take.

use std::fs;

use anyhow::Result;
use chromiumoxide::cdp::browser_protocol::system_info::GetProcessInfoParams;

use crate::Chromium;

impl Chromium {
    /// Bytes of the largest process that shows pages: scripts, WebAssembly, pictures and all. `None` where the system does not
    /// tell (anything but Linux).
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn memory_of_pages(&self) -> Result<Option<u64>> {
        let processes = self.browser.execute(GetProcessInfoParams::default()).await?.result.process_info;
        let renderers = processes.iter().filter(|process| process.r#type == "renderer");
        Ok(renderers.filter_map(|process| proportional_set(process.id)).max())
    }
}

/// Its own pages, and its share of those that it has in common with others.
fn proportional_set(process: i64) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
