//! The page: figures as Leptos views inside the shadow root of `<nad-figure>` (`js/nad-figure.js`).
//!
//! The element's class calls [`mount::mount`] and talks to the [`mount::Figure`] it gets; nothing else is exported.

pub mod bind;
pub mod client;
pub mod component;
pub mod cost;
pub mod crew;
pub mod export;
pub mod few;
pub mod figure;
pub mod filling;
pub mod host;
pub mod kept;
pub mod mount;
pub mod networks;
pub mod other;
pub mod own;
pub mod panic;
pub mod shared;
pub mod slices;
pub mod state;
pub mod store;
pub mod style;
pub mod tier;
pub mod turns;
pub mod wording;
pub mod written;
