//! What the browser tests stand on: a Chromium driven over its DevTools protocol, pages of the built site as visitors meet
//! them, and the ways to look at them: the accessible tree, the pixels, the requests, the workers, the console.
//!
//! Nothing here waits for a time; everything waits for a condition ([`Page::until`]).

mod chromium;
mod input;
mod memory;
mod page;
mod picture;
mod tree;
mod visit;

pub use chromium::{Chromium, Skip, Suite, Test, run, with};
pub use page::{Held, Page};
pub use picture::{Picture, UNDRAWN};
pub use tree::Node;
pub use visit::Visit;
