//! Devices: this CPU, or the GPU that wgpu finds.

use burn_tensor::Device;
#[cfg(feature = "gpu")]
use nads_core::protocol::event::JobError;

/// Bytes of the largest tensor on a CPU, so that a plan that is far too large ends in a message, in WebAssembly too.
const CPU_BUFFER_BYTES: u64 = 256 << 20;

/// Bytes of the largest activation on a GPU, whatever it allows: several are alive at a time, in a memory others use too.
#[cfg(feature = "gpu")]
const MOST_GPU_BUFFER_BYTES: u64 = 256 << 20;

/// What one step may ask of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the largest tensor.
    pub buffer_bytes: u64,
    /// Whether networks should be taken together as far as they fit: on a GPU each dispatch costs, on a CPU none does.
    pub together: bool,
}

impl Limits {
    /// Of flex, natively and in WebAssembly.
    pub const CPU: Limits = Limits { buffer_bytes: CPU_BUFFER_BYTES, together: false };
}

/// A GPU, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    pub name: String,
    pub vendor: String,
    /// "Vulkan", "BrowserWebGpu".
    pub backend: String,
    /// "DiscreteGpu", "Cpu" for a software adapter, "Other" where the browser does not say.
    pub kind: String,
    /// As the device reports it; [`Limits::buffer_bytes`] may be less.
    pub max_storage_buffer_binding_size: u64,
    pub max_buffer_size: u64,
    /// Features of the device: "SUBGROUP | SHADER_F16".
    pub features: String,
}

/// A device that is ready, and what is known about it.
pub struct Opened {
    pub device: Device,
    pub limits: Limits,
    /// For provenance: "flex, x86_64", "WebGPU, NVIDIA H200".
    pub executor: String,
    /// `None` on a CPU.
    pub adapter: Option<Adapter>,
}

impl Opened {
    /// This CPU.
    pub fn flex() -> Opened {
        let machine = match std::env::consts::ARCH {
            "wasm32" if cfg!(target_feature = "simd128") => "WebAssembly SIMD",
            "wasm32" => "WebAssembly",
            arch => arch,
        };
        Opened {
            device: Device::flex(),
            limits: Limits::CPU,
            executor: format!("flex, {machine}"),
            adapter: None,
        }
    }

    /// The GPU. Once a process or worker: a second attempt fails, so end the worker after a lost device.
    ///
    /// # Errors
    /// If there is no adapter, or it gives no device. In a browser ask `navigator.gpu` first: some code below panics
    /// where there is none.
    #[cfg(feature = "gpu")]
    pub async fn webgpu() -> Result<Opened, JobError> {
        let (device, setup) = Device::wgpu_options()
            .init_with_setup_async()
            .await
            .map_err(|error| JobError::new(format!("no GPU: {error}")))?;
        let (info, limits) = (setup.adapter.get_info(), setup.device.limits());
        let name = if info.name.is_empty() { "a GPU without a name".into() } else { info.name.clone() };
        let interface = if cfg!(target_family = "wasm") { "WebGPU" } else { "wgpu" };
        let adapter = Adapter {
            name: info.name,
            vendor: format!("{:#06x}", info.vendor),
            backend: format!("{:?}", info.backend),
            kind: format!("{:?}", info.device_type),
            max_storage_buffer_binding_size: limits.max_storage_buffer_binding_size,
            max_buffer_size: limits.max_buffer_size,
            features: format!("{:?}", setup.device.features()),
        };
        let buffer_bytes =
            limits.max_storage_buffer_binding_size.min(limits.max_buffer_size).min(MOST_GPU_BUFFER_BYTES);
        Ok(Opened {
            device,
            limits: Limits { buffer_bytes, together: true },
            executor: format!("{interface}, {name}"),
            adapter: Some(adapter),
        })
    }
}
