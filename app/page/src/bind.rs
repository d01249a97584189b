//! Reactive values of one type each. Every closure type that a view holds is compiled anew with all of the view's code
//! around it; a boxed one is not (measured: a third of the page's code, 2026-11).

use leptos::prelude::*;

/// A text that follows its signals.
pub fn text(of: impl Fn() -> String + Send + Sync + 'static) -> Signal<String> {
    Signal::derive(of)
}

/// A condition that follows its signals.
pub fn when(is: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    Signal::derive(is)
}

/// Text for `inner_html`.
pub fn escape(text: &str) -> String {
    nads_figures::svg::escape(text)
}
