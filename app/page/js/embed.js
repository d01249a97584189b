// One figure for an <iframe>. Its settings are the fragment; it tells the page around it how tall it is and what happens, and does
// what that page asks for.
import "./nad-figure.js";

const SAYS = ["ready", "progress", "change", "done", "backend", "error"];
const DOES = ["play", "pause", "step", "reset", "setState"];
// Whoever writes a link to this page must not choose where its scripts and files come from.
const REFUSED = ["asset-base", "worker-base", "sync-url"];

const { observedAttributes } = customElements.get("nad-figure");
const figure = document.createElement("nad-figure");
const tell = (message) => parent.postMessage({ source: "nad-figure", ...message }, "*");

// In an article an address leads to its figure. Here it would move the page around the frame.
figure.scrollIntoView = () => {};
for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
  if (observedAttributes.includes(name) && !REFUSED.includes(name)) figure.setAttribute(name, value);
  else console.warn(`nad-figure: "${name}" is not a setting of a figure in a frame`);
}
for (const type of SAYS) figure.addEventListener(`nad-${type}`, ({ detail }) => tell({ type, detail }));
addEventListener("message", ({ source, data }) => {
  if (source === parent && data?.target === "nad-figure" && DOES.includes(data.method)) figure[data.method](data.value);
});
// Another fragment is another figure.
addEventListener("hashchange", () => location.reload());

document.body.append(figure);
new ResizeObserver(() => tell({ type: "resize", height: Math.ceil(document.documentElement.getBoundingClientRect().height) })).observe(
  document.documentElement,
);
