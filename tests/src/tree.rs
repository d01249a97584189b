//! The page as assistive technology meets it: roles, names and values, shadow roots included.

use anyhow::{Result, bail};
use chromiumoxide::cdp::browser_protocol::{
    accessibility::{AxNode, AxValue, GetFullAxTreeParams},
    dom::BackendNodeId,
};

use crate::Page;

/// One node of the accessible tree.
#[derive(Clone, Debug)]
pub struct Node {
    pub role: String,
    pub name: String,
    pub value: String,
    pub disabled: bool,
    pub(crate) dom: Option<BackendNodeId>,
}

fn text(value: Option<&AxValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

fn node(node: &AxNode) -> Node {
    let property = |name: &str| {
        let properties = node.properties.as_deref().unwrap_or_default();
        properties
            .iter()
            .find(|property| property.name.as_ref() == name)
            .map(|property| text(Some(&property.value)))
    };
    Node {
        // Chromium's own word for the role `img`.
        role: text(node.role.as_ref()).replace("image", "img"),
        name: text(node.name.as_ref()),
        value: text(node.value.as_ref()),
        disabled: property("disabled").is_some_and(|value| value == "true"),
        dom: node.backend_dom_node_id,
    }
}

impl Page {
    /// The whole tree, in the order of the page.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn tree(&self) -> Result<Vec<Node>> {
        let tree = self.tab.execute(GetFullAxTreeParams::default()).await?;
        Ok(tree.result.nodes.iter().filter(|one| !one.ignored).map(node).collect())
    }

    /// Every node of this role whose name begins like this.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn all(&self, role: &str, name: &str) -> Result<Vec<Node>> {
        let fits = |node: &Node| node.role == role && node.name.starts_with(name);
        Ok(self.tree().await?.into_iter().filter(fits).collect())
    }

    /// `aria-valuetext` of a slider. (The tree over DevTools has the bare number in its place.)
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn value_text(&self, slider: &Node) -> Result<String> {
        self.call(slider, "function () { return this.getAttribute('aria-valuetext') ?? ''; }").await
    }

    /// The text inside every element of this role.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn texts(&self, role: &str) -> Result<Vec<String>> {
        let mut texts = Vec::new();
        for node in self.all(role, "").await? {
            texts.push(self.call(&node, "function () { return this.textContent; }").await?);
        }
        Ok(texts)
    }

    /// The first node of this role whose name begins like this, as soon as there is one.
    ///
    /// # Errors
    /// When there is none within a long time; the message lists what there is.
    pub async fn find(&self, role: &str, name: &str) -> Result<Node> {
        let found = self
            .until_some(&format!("{role} `{name}`"), async || {
                Ok(self.all(role, name).await?.into_iter().next())
            })
            .await;
        match found {
            Ok(node) => Ok(node),
            Err(error) => {
                let named = self.tree().await?.into_iter().filter(|node| !node.name.is_empty());
                let there: Vec<String> =
                    named.map(|node| format!("{} `{}` {}", node.role, node.name, node.value)).collect();
                bail!("{error:#}; there is:\n  {}", there.join("\n  "))
            }
        }
    }
}
