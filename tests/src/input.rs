//! Keys and the mouse, as the browser receives them from a person.

use anyhow::{Context, Result, bail};
use chromiumoxide::{
    cdp::browser_protocol::{
        dom::FocusParams,
        input::{DispatchKeyEventParams, DispatchKeyEventType},
    },
    layout::Point,
};

use crate::{Node, Page};

/// Key, code, virtual key code, text.
const KEYS: [(&str, &str, i64, &str); 13] = [
    ("ArrowLeft", "ArrowLeft", 37, ""),
    ("ArrowUp", "ArrowUp", 38, ""),
    ("ArrowRight", "ArrowRight", 39, ""),
    ("ArrowDown", "ArrowDown", 40, ""),
    ("PageUp", "PageUp", 33, ""),
    ("PageDown", "PageDown", 34, ""),
    ("End", "End", 35, ""),
    ("Home", "Home", 36, ""),
    ("Tab", "Tab", 9, ""),
    ("Enter", "Enter", 13, "\r"),
    ("Escape", "Escape", 27, ""),
    ("Backspace", "Backspace", 8, ""),
    (" ", "Space", 32, " "),
];

impl Page {
    /// Presses and releases a key.
    ///
    /// # Errors
    /// When the key is not in the table.
    pub async fn press(&self, key: &str) -> Result<()> {
        let single = key.chars().next().filter(|_| key.chars().count() == 1 && key != " ");
        let (key, code, number, text) = match single {
            Some(c) => (
                key,
                format!("Key{}", c.to_ascii_uppercase()),
                i64::from(u32::from(c.to_ascii_uppercase())),
                key,
            ),
            None => match KEYS.iter().find(|(name, ..)| *name == key) {
                Some((key, code, number, text)) => (*key, (*code).to_owned(), *number, *text),
                None => bail!("no key {key}"),
            },
        };
        let mut event = DispatchKeyEventParams::new(if text.is_empty() {
            DispatchKeyEventType::RawKeyDown
        } else {
            DispatchKeyEventType::KeyDown
        });
        (event.key, event.code) = (Some(key.into()), Some(code));
        (event.windows_virtual_key_code, event.native_virtual_key_code) = (Some(number), Some(number));
        event.text = (!text.is_empty()).then(|| text.into());
        self.tab.execute(event.clone()).await?;
        event.r#type = DispatchKeyEventType::KeyUp;
        event.text = None;
        self.tab.execute(event).await?;
        Ok(())
    }

    /// Puts the keyboard focus on an element.
    ///
    /// # Errors
    /// When it takes none.
    pub async fn focus(&self, node: &Node) -> Result<()> {
        let mut focus = FocusParams::default();
        focus.backend_node_id = node.dom;
        self.tab
            .execute(focus)
            .await
            .with_context(|| format!("{} `{}` takes no focus", node.role, node.name))?;
        Ok(())
    }

    /// Clicks in the middle of an element.
    ///
    /// # Errors
    /// When it has no place on the page.
    pub async fn click(&self, node: &Node) -> Result<()> {
        self.click_at(node, 0.5, 0.5).await
    }

    /// Clicks at a place inside an element, in parts of its width and height.
    ///
    /// # Errors
    /// When it has no place on the page.
    pub async fn click_at(&self, node: &Node, x: f64, y: f64) -> Result<()> {
        let (left, top, width, height) = self.place(node).await?;
        self.tab.click(Point::new(left + x * width, top + y * height)).await?;
        Ok(())
    }

    /// Chooses an entry of a closed `<select>` by the beginning of its text, with the arrow keys.
    ///
    /// # Errors
    /// When there is no such entry.
    pub async fn choose(&self, node: &Node, entry: &str) -> Result<()> {
        self.focus(node).await?;
        let at = "function () { return [this.selectedIndex, [...this.options].map((option) => option.text.trim())]; }";
        let (mut now, entries): (usize, Vec<String>) = self.call(node, at).await?;
        let wanted = entries.iter().position(|text| text.starts_with(entry));
        let wanted = wanted.with_context(|| format!("no entry {entry} among {entries:?}"))?;
        while now != wanted {
            self.press(if now < wanted { "ArrowDown" } else { "ArrowUp" }).await?;
            let next = self.call::<(usize, Vec<String>)>(node, at).await?.0;
            if next == now {
                bail!("the arrow keys do not move the choice from {}", entries[now]);
            }
            now = next;
        }
        Ok(())
    }

    /// Where an element is in the window, after bringing it into view: left, top, width, height.
    ///
    /// # Errors
    /// When it is not shown.
    pub async fn place(&self, node: &Node) -> Result<(f64, f64, f64, f64)> {
        self.show(node).await?;
        let place: (f64, f64, f64, f64) = self
            .call(node, "function () { const r = this.getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; }")
            .await?;
        if place.2 <= 0.0 || place.3 <= 0.0 {
            bail!("{} `{}` has no size", node.role, node.name);
        }
        Ok(place)
    }
}
