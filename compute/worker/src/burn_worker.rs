//! What `js/burn.js` calls: jobs or trainings on burn, on WebGPU or on the CPU.

use nads_core::protocol::{training, wire::Reply};
use nads_engine::burn::{Adapter, Opened};
use wasm_bindgen::prelude::*;

use crate::{
    burn_jobs::BurnJobs,
    burn_lessons::BurnLessons,
    door::{self, Page},
};

#[wasm_bindgen]
pub struct BurnWorker {
    work: Work,
    page: Page,
}

/// A worker samples networks, or it trains them.
enum Work {
    Jobs { jobs: BurnJobs, ready: Reply },
    Lessons(BurnLessons),
}

#[wasm_bindgen]
impl BurnWorker {
    /// Opens the device: the CPU for `cpu`, else a GPU, which the script has found to be there. `name` is what the browser
    /// calls it: wgpu asks for its description only, which browsers keep to themselves. `lessons`: it trains.
    ///
    /// # Errors
    /// If there is no GPU that can be used.
    pub async fn start(
        page: Page,
        device: String,
        name: String,
        lessons: bool,
    ) -> Result<BurnWorker, JsError> {
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
        let work = match lessons {
            true => Work::Lessons(BurnLessons::new(device)),
            false => Work::Jobs { jobs: BurnJobs::new(device), ready },
        };
        Ok(BurnWorker { work, page })
    }

    /// Says that work can come, and what it will run on.
    pub fn ready(&self) {
        match &self.work {
            Work::Jobs { ready, .. } => self.page.send(ready),
            Work::Lessons(lessons) => {
                self.page.tell(&training::Reply::Ready { executor: lessons.executor() });
            }
        }
    }

    /// Takes a message, while no `work` is awaited; `true`: there is work.
    pub fn receive(&mut self, header: &str, payload: &[u8]) -> bool {
        let BurnWorker { work, page } = self;
        match work {
            Work::Jobs { jobs, .. } => {
                if let Some(request) = page.read(header, payload) {
                    jobs.receive(request, page.seconds(), &mut |reply| page.send(&reply));
                }
                jobs.has_work()
            }
            Work::Lessons(lessons) => {
                if let Some(request) = page.asked(header) {
                    lessons.receive(request, page.seconds(), &mut |reply| page.tell(&reply));
                }
                lessons.has_work()
            }
        }
    }

    /// Draws one chunk of networks, or trains for one step; `true`: there is more.
    ///
    /// # Errors
    /// If this worker cannot be trusted any more.
    pub async fn work(&mut self) -> Result<bool, JsError> {
        let BurnWorker { work, page } = self;
        let now = || page.seconds();
        let more = match work {
            Work::Jobs { jobs, .. } => jobs.turn(&now, &mut |reply| page.send(&reply)).await,
            Work::Lessons(lessons) => lessons.turn(&now, &mut |reply| page.tell(&reply)).await,
        };
        more.map_err(JsError::from)
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
