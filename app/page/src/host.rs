//! What a figure knows of the element it lives in, and how it speaks to it.

use js_sys::Function;
use leptos::prelude::*;
use nads_figures::theme::Theme;
use wasm_bindgen::{JsCast, JsValue};

use crate::{state::json_text, tier::Backend};

/// The element's side of a figure. Copied into every closure; the parts live as long as the figure.
#[derive(Clone, Copy)]
pub struct Host {
    emit: StoredValue<Option<Function>, LocalStorage>,
    /// Imports the module at an address.
    pub module: StoredValue<Function, LocalStorage>,
    /// Where `nads/*.safetensors` lie; ends with a slash.
    pub asset_base: StoredValue<String>,
    pub worker_url: StoredValue<String>,
    /// Follows the colour scheme of the article around the figure.
    pub theme: RwSignal<&'static Theme>,
    pub settings: RwSignal<Settings>,
}

/// Attributes that say how a figure works, not what it shows.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Settings {
    pub activation: Activation,
    pub backend: Backend,
    /// `None` = max(1, min(8, cores - 1)).
    pub workers: Option<u32>,
}

/// When live computation may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Activation {
    /// After a click.
    #[default]
    Click,
    /// When the figure is first seen.
    Visible,
    /// Only by `play()`.
    Manual,
}

/// Most workers an attribute may ask for.
const MOST_WORKERS: u32 = 32;

impl Settings {
    /// Sets one attribute; `None` if it is not one of these, an error text for a bad value, which gives the default.
    pub fn set(&mut self, name: &str, value: Option<&str>) -> Option<Result<(), String>> {
        let bad = |expected: &str| {
            Err(format!("{name}=\"{}\" is not valid: expected {expected}", value.unwrap_or_default()))
        };
        let (default, value_text) = (Settings::default(), value.map(str::trim));
        Some(match name {
            "activation" => {
                let found = match value_text {
                    None | Some("click") => Some(Activation::Click),
                    Some("visible") => Some(Activation::Visible),
                    Some("manual") => Some(Activation::Manual),
                    Some(_) => None,
                };
                self.activation = found.unwrap_or(default.activation);
                if found.is_some() { Ok(()) } else { bad("click, visible or manual") }
            }
            "backend" => {
                let found = value_text.map_or(Some(default.backend), Backend::parse);
                self.backend = found.unwrap_or(default.backend);
                if found.is_some() { Ok(()) } else { bad("auto, webgpu, cpu or none") }
            }
            "workers" => {
                let found =
                    value_text.map(|text| text.parse().ok().filter(|n| (1..=MOST_WORKERS).contains(n)));
                self.workers = found.flatten();
                if found == Some(None) {
                    bad(&format!("a whole number from 1 to {MOST_WORKERS}"))
                } else {
                    Ok(())
                }
            }
            // The element acts on these itself.
            "loading" => match value_text {
                None | Some("lazy" | "eager") => Ok(()),
                Some(_) => bad("lazy or eager"),
            },
            "theme" => match value_text {
                None | Some("auto" | "light" | "dark") => Ok(()),
                Some(_) => bad("auto, light or dark"),
            },
            _ => return None,
        })
    }
}

impl Host {
    pub fn new(
        emit: Function,
        module: Function,
        asset_base: String,
        worker_url: String,
        settings: Settings,
    ) -> Host {
        Host {
            emit: StoredValue::new_local(Some(emit)),
            module: StoredValue::new_local(module),
            asset_base: StoredValue::new(asset_base),
            worker_url: StoredValue::new(worker_url),
            theme: RwSignal::new(&Theme::LIGHT),
            settings: RwSignal::new(settings),
        }
    }

    /// The same figure, for a part of it that does not speak for the whole.
    pub fn silent(self) -> Host {
        Host { emit: StoredValue::new_local(None), ..self }
    }

    /// Dispatches `nad-<event>` from the element; `detail` is JSON. Silent once the figure is gone.
    pub fn emit(self, event: &str, detail: &str) {
        if let Some(Some(emit)) = self.emit.try_get_value() {
            call(&emit, event, detail);
        }
    }

    /// Hands a file of the reader, read under this name, to the page's other modules.
    pub fn share(self, name: &str, file: &web_sys::File) {
        if let Some(Some(emit)) = self.emit.try_get_value() {
            // What a listener throws is its own affair.
            let _ = emit.call3(&JsValue::NULL, &JsValue::from_str("own"), &JsValue::from_str(name), file);
        }
    }

    /// `nad-error` and a line in the console.
    pub fn error(self, kind: &str, recoverable: bool, message: &str) {
        let message = json_text(message);
        self.emit(
            "error",
            &format!(r#"{{"type":"{kind}","recoverable":{recoverable},"message":{message}}}"#),
        );
    }
}

/// Calls the element back; what a listener throws is its own affair.
pub fn call(emit: &Function, event: &str, detail: &str) {
    let _ = emit.call2(&JsValue::NULL, &JsValue::from_str(event), &JsValue::from_str(detail));
}

/// The theme of an element whose background is `light-dark(white, black)`.
pub fn theme_of(probe: &web_sys::Element) -> &'static Theme {
    let background = web_sys::window()
        .and_then(|w| w.get_computed_style(probe).ok().flatten())
        .and_then(|style| style.get_property_value("background-color").ok())
        .unwrap_or_default();
    if background.contains("(0, 0, 0") { &Theme::DARK } else { &Theme::LIGHT }
}

/// The input element an event came from, and its text.
pub fn input_value(event: &web_sys::Event) -> String {
    event
        .target()
        .map(|target| match target.dyn_ref::<web_sys::HtmlInputElement>() {
            Some(input) => input.value(),
            None => target.dyn_ref::<web_sys::HtmlSelectElement>().map(|s| s.value()).unwrap_or_default(),
        })
        .unwrap_or_default()
}

/// Milliseconds of the page's clock.
pub fn now_ms() -> f64 {
    web_sys::window().and_then(|w| w.performance()).map_or(0.0, |p| p.now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_take_valid_values_and_fall_back_on_others() {
        let mut settings = Settings::default();
        assert_eq!(settings.set("workers", Some("3")), Some(Ok(())));
        assert_eq!(settings.set("activation", Some("visible")), Some(Ok(())));
        assert_eq!((settings.workers, settings.activation), (Some(3), Activation::Visible));
        assert!(
            matches!(settings.set("workers", Some("0")), Some(Err(text)) if text.contains("from 1 to 32"))
        );
        assert!(matches!(settings.set("backend", Some("gpu")), Some(Err(_))));
        assert_eq!((settings.workers, settings.backend), (None, Backend::Auto));
        assert_eq!(settings.set("workers", None), Some(Ok(())));
        assert!(matches!(settings.set("theme", Some("sepia")), Some(Err(_))));
        assert_eq!(settings.set("colour", None), None);
    }
}
