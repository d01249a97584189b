//! What `js/burn.js` calls: jobs on burn, on WebGPU or on the CPU.

use nads_core::protocol::wire::Reply;
use nads_engine::burn::{Adapter, Opened};
use wasm_bindgen::prelude::*;

use crate::{
    burn_jobs::BurnJobs,
    door::{self, Page},
};

#[wasm_bindgen]
pub struct BurnWorker {
    jobs: BurnJobs,
    page: Page,
    ready: Reply,
}

#[wasm_bindgen]
impl BurnWorker {
    /// Opens the device: the CPU for `cpu`, else a GPU, which the script has found to be there. `name` is what the browser
    /// calls it: wgpu asks for its description only, which browsers keep to themselves.
    ///
    /// # Errors
    /// If there is no GPU that can be used.
    pub async fn start(page: Page, device: String, name: String) -> Result<BurnWorker, JsError> {
        page.hear_panics();
        let mut device =
            if device == "cpu" { Opened::flex() } else { Opened::webgpu().await.map_err(JsError::from)? };
        if let Some(adapter) = device.adapter.as_mut().filter(|_| !name.is_empty()) {
            device.executor = format!("WebGPU, {name}");
            adapter.name = name;
        }
        let mut features = door::features();
        features.extend(device.adapter.as_ref().map(facts).unwrap_or_default());
        let ready = Reply::Ready { executor: device.executor.clone(), features };
        Ok(BurnWorker { jobs: BurnJobs::new(device), page, ready })
    }

    /// Says that jobs can come, and what they will run on.
    pub fn ready(&self) {
        self.page.send(&self.ready);
    }

    /// Takes a message, while no `work` is awaited; `true`: there is work.
    pub fn receive(&mut self, header: &str, payload: &[u8]) -> bool {
        let BurnWorker { jobs, page, .. } = self;
        if let Some(request) = page.read(header, payload) {
            jobs.receive(request, page.seconds(), &mut |reply| page.send(&reply));
        }
        jobs.has_work()
    }

    /// Draws one chunk of networks; `true`: there is more.
    ///
    /// # Errors
    /// If this worker cannot be trusted any more.
    pub async fn work(&mut self) -> Result<bool, JsError> {
        let BurnWorker { jobs, page, .. } = self;
        jobs.turn(&|| page.seconds(), &mut |reply| page.send(&reply)).await.map_err(JsError::from)
    }
}

/// What a bug report needs to know about a GPU.
fn facts(adapter: &Adapter) -> Vec<String> {
    vec![
        format!("adapter {}", adapter.name),
        format!("kind {}", adapter.kind),
        format!("maxStorageBufferBindingSize {}", adapter.max_storage_buffer_binding_size),
        format!("maxBufferSize {}", adapter.max_buffer_size),
        format!("device features {}", adapter.features),
    ]
}
