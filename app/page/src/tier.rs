//! Where live results are computed: found by asking the browser, never by letting something fail.
//!
//! Stored results are shown in every tier. A [`Tier`] is what the badge says; its reason is a sentence for readers.

use std::fmt;

use js_sys::{Reflect, Uint8Array, WebAssembly};
use wasm_bindgen::JsValue;

use nads_figures::number;

use crate::client::{ClientConfig, default_workers, has_webgpu};

/// What is used for live results.
#[derive(Clone, Debug, PartialEq)]
pub enum Tier {
    /// The graphics card, by WebGPU.
    WebGpu {
        /// What the worker says it is; empty: it was not started yet.
        adapter: String,
        /// Why it was chosen.
        because: String,
        /// Largest difference between its first result and the CPU's, relative to the largest response.
        checked: Option<f64>,
    },
    /// So many Web Workers; `note`: why not what was asked for.
    Cpu { workers: usize, note: Option<String> },
    /// Stored results only.
    Assets { reason: String },
}

/// The `backend` attribute: which tier is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backend {
    /// The fastest there is.
    #[default]
    Auto,
    WebGpu,
    Cpu,
    /// Stored results only.
    None,
}

/// What the browser offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offers {
    pub workers: bool,
    pub wasm: bool,
    pub simd: bool,
    /// `navigator.gpu` is there; an adapter is asked for when it is needed.
    pub webgpu: bool,
}

impl Backend {
    /// `None` for an unknown value: the caller warns and uses the default.
    pub fn parse(value: &str) -> Option<Backend> {
        Some(match value {
            "auto" => Backend::Auto,
            "webgpu" => Backend::WebGpu,
            "cpu" => Backend::Cpu,
            "none" => Backend::None,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Backend::Auto => "auto",
            Backend::WebGpu => "webgpu",
            Backend::Cpu => "cpu",
            Backend::None => "none",
        }
    }
}

/// The tier for this browser. A worker may still be refused when it is started
/// ([`crate::client::PoolEvent::Unavailable`]): the tier is then `Assets` with that reason.
pub fn detect(backend: Backend, client: &ClientConfig) -> Tier {
    let workers = client.workers.map_or_else(default_workers, |n| n.max(1) as usize);
    choose(backend, probe(), workers)
}

/// Asks the browser what it has.
pub fn probe() -> Offers {
    let has = |name: &str| {
        let value = Reflect::get(&js_sys::global(), &name.into()).unwrap_or(JsValue::UNDEFINED);
        !value.is_undefined() && !value.is_null()
    };
    let wasm = has("WebAssembly");
    let simd = wasm && WebAssembly::validate(&Uint8Array::from(SIMD_MODULE.as_slice())).unwrap_or(false);
    Offers { workers: has("Worker"), wasm, simd, webgpu: has_webgpu() }
}

/// The tier for what is wanted and what there is.
pub fn choose(backend: Backend, offers: Offers, workers: usize) -> Tier {
    let assets = |reason: &str| Tier::Assets { reason: reason.into() };
    if backend == Backend::None {
        return assets("live computing is switched off for this figure: stored results only");
    }
    if !offers.workers {
        return assets("this browser has no Web Workers: stored results only");
    }
    if !offers.wasm {
        return assets("this browser has no WebAssembly: stored results only");
    }
    if !offers.simd {
        return assets("this browser's WebAssembly has no SIMD instructions: stored results only");
    }
    match (backend == Backend::WebGpu, offers.webgpu) {
        (true, true) => Tier::WebGpu { adapter: String::new(), because: String::new(), checked: None },
        (true, false) => Tier::Cpu { workers, note: Some("no WebGPU: this browser has none".into()) },
        (false, _) => Tier::Cpu { workers, note: None },
    }
}

impl Tier {
    /// Whether live results are possible.
    pub fn is_live(&self) -> bool {
        !matches!(self, Tier::Assets { .. })
    }

    /// A sentence that says what this tier means and why it is used.
    pub fn reason(&self) -> String {
        match self {
            Tier::WebGpu { adapter, .. } if adapter.is_empty() => {
                "WebGPU was asked for by name; whether it can be had is found out when networks are sampled"
                    .into()
            }
            Tier::WebGpu { adapter, because, checked } => {
                let checked = checked.map_or(String::new(), |error| match error {
                    0.0 => "; its first result is the CPU's to the last bit".into(),
                    _ => format!(
                        "; its first result agrees with the CPU's to {} of the largest response",
                        number::value(error)
                    ),
                });
                format!("live results are computed by {adapter}: {because}{checked}")
            }
            Tier::Cpu { workers, note } => {
                let workers = number::counted(*workers as u64, "Web Worker");
                let note = note.as_ref().map_or(String::new(), |note| format!(" ({note})"));
                format!("live results are computed by {workers} of this browser{note}")
            }
            Tier::Assets { reason } => reason.clone(),
        }
    }
}

/// What the badge says.
impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tier::WebGpu { checked: Some(_), .. } => f.write_str("WebGPU, checked"),
            Tier::WebGpu { .. } => f.write_str("WebGPU"),
            Tier::Cpu { workers, .. } => write!(f, "CPU x {workers}"),
            Tier::Assets { .. } => f.write_str("assets"),
        }
    }
}

/// `(module (func (result v128) i32.const 0 i8x16.splat))`: valid only where there are 128-bit SIMD instructions.
const SIMD_MODULE: [u8; 29] = [
    0, b'a', b's', b'm', 1, 0, 0, 0, // magic, version 1
    1, 5, 1, 0x60, 0, 1, 0x7b, // type section: one function type, () -> v128
    3, 2, 1, 0, // function section: one function of type 0
    10, 8, 1, 6, 0, 0x41, 0, 0xfd, 15,
    0x0b, // code section: one body without locals: i32.const 0, i8x16.splat, end
];

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Offers = Offers { workers: true, wasm: true, simd: true, webgpu: true };

    #[test]
    fn badge_says_tier_and_why() {
        let tier = choose(Backend::Auto, ALL, 3);
        assert_eq!(tier.to_string(), "CPU x 3");
        assert!(tier.is_live() && tier.reason().contains("3 Web Workers"));
        let none = choose(Backend::WebGpu, Offers { webgpu: false, ..ALL }, 1);
        assert_eq!(none.to_string(), "CPU x 1");
        assert!(none.reason().ends_with("(no WebGPU: this browser has none)"), "{}", none.reason());
    }

    #[test]
    fn webgpu_is_named_when_asked_for_and_checked_when_it_was() {
        let asked = choose(Backend::WebGpu, ALL, 1);
        assert_eq!(asked.to_string(), "WebGPU");
        assert!(asked.is_live() && asked.reason().starts_with("WebGPU was asked for"), "{}", asked.reason());
        let gpu = |checked| Tier::WebGpu {
            adapter: "WebGPU, a card".into(),
            because: "it was asked for by name".into(),
            checked,
        };
        assert_eq!(gpu(None).to_string(), "WebGPU");
        assert_eq!(gpu(Some(2e-6)).to_string(), "WebGPU, checked");
        assert!(gpu(Some(0.0)).reason().ends_with("; its first result is the CPU's to the last bit"));
        assert_eq!(
            gpu(Some(2e-6)).reason(),
            "live results are computed by WebGPU, a card: it was asked for by name; its first result agrees with the \
             CPU's to 2×10⁻⁶ of the largest response"
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        for (offers, missing) in [
            (Offers { workers: false, ..ALL }, "Web Workers"),
            (Offers { wasm: false, simd: false, ..ALL }, "no WebAssembly"),
            (Offers { simd: false, ..ALL }, "SIMD"),
        ] {
            let tier = choose(Backend::Auto, offers, 3);
            assert_eq!(tier.to_string(), "assets");
            assert!(!tier.is_live() && tier.reason().contains(missing), "{}", tier.reason());
        }
        assert!(!choose(Backend::None, ALL, 3).is_live());
    }

    #[test]
    fn backend_names_round_trip() {
        for backend in [Backend::Auto, Backend::WebGpu, Backend::Cpu, Backend::None] {
            assert_eq!(Backend::parse(backend.name()), Some(backend));
        }
        assert_eq!(Backend::parse("gpu"), None);
    }
}
