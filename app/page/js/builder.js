// An editor chooses a view and a state, and copies the lines that show it.
import "./nad-figure.js";

// What each view shows, for the menu; which parts of a figure `hide` knows.
const VIEWS = {
  explorer: "NADs of a network, one by one", gallery: "First NADs of several networks", spectra: "Spectra of several networks",
  estimators: "Estimators beside each other", compare: "Two sets of NADs", "predicted-map": "Predicted slope along each wave",
  task: "The task D(v)", trainer: "Two networks while they learn", "heat-map": "Accuracy for each wave",
  "index-curve": "Accuracy along each NAD", pooling: "With and without pooling", poison: "Images with a mark",
  flip: "Images turned round", alignment: "Images along NADs",
};
const PARTS = "network live settings badge index facts agreement energy spectrum table tools reproduce".split(" ");
// Settings that are not part of a figure's state.
const SETTINGS = { theme: "auto", backend: "auto", loading: "lazy", group: "", follow: "" };

const at = (id) => document.getElementById(id);
const home = new URL(".", import.meta.url).href;
const escape = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
const say = (text) => { at("said").textContent = text; };
let figure;

at("here").textContent = home;
at("view").append(...Object.entries(VIEWS).map(([name, title]) => new Option(title, name)));
at("hide").append(...PARTS.map((part) => {
  const label = document.createElement("label");
  label.append(Object.assign(document.createElement("input"), { type: "checkbox", value: part }), part);
  return label;
}));

/** Attributes that say everything chosen here, in order. */
function chosen() {
  // Before it has loaded a figure's state is what its attributes say.
  const state = figure.getState() ? [...new URLSearchParams(figure.getState().fragment)] : [...figure.attributes].map((a) => [a.name, a.value]);
  const all = new Map([["view", at("view").value], ...state]);
  for (const [name, usual] of Object.entries(SETTINGS)) at(name).value === usual ? all.delete(name) : all.set(name, at(name).value);
  const hidden = [...at("hide").querySelectorAll(":checked")].map((box) => box.value).join(" ");
  hidden ? all.set("hide", hidden) : all.delete("hide");
  return all;
}

function write() {
  const all = chosen();
  const attributes = [...all].map(([name, value]) => ` ${name}="${escape(value)}"`).join("");
  const fragment = `${new URLSearchParams([...all].filter(([name]) => name !== "group" && name !== "follow"))}`;
  const height = Math.ceil(figure.getBoundingClientRect().height) || 800;
  at("element-code").textContent = `<script type="module" src="${home}nad-figure.js"></script>
<figure class="${at("column").value}"><nad-figure${attributes} style="--nad-reserve: ${height}px"></nad-figure></figure>`;
  at("frame-code").textContent = `<iframe src="${home}embed.html#${escape(fragment)}" title="${escape(VIEWS[at("view").value])}"
  style="width: 100%; height: ${height}px; border: 0" loading="lazy" allow="clipboard-write"></iframe>`;
  // Not while the page loads: whoever waits for its load would wait for the wrong address.
  if (document.readyState === "complete" && location.hash.slice(1) !== fragment) history.replaceState(history.state, "", `#${fragment}`);
}

/** A new figure with everything chosen; what it does changes the lines. */
function show(attributes) {
  figure?.remove();
  figure = document.createElement("nad-figure");
  for (const [name, value] of attributes) figure.setAttribute(name, value);
  figure.addEventListener("nad-change", write);
  figure.addEventListener("nad-ready", write);
  at("place").append(figure);
  // Its height is part of the lines, and comes with what it loads.
  new ResizeObserver(write).observe(figure);
}

const first = new URLSearchParams(location.hash.slice(1));
if (first.get("view") in VIEWS) at("view").value = first.get("view");
else first.set("view", at("view").value);
for (const name of Object.keys(SETTINGS)) if (first.has(name)) at(name).value = first.get(name);
for (const box of at("hide").querySelectorAll("input")) box.checked = (first.get("hide") ?? "").split(" ").includes(box.value);
show([...first].filter(([name]) => customElements.get("nad-figure").observedAttributes.includes(name) && !name.endsWith("-base")));

at("choices").addEventListener("submit", (event) => event.preventDefault());
at("choices").addEventListener("change", ({ target }) => {
  const kept = [...chosen()].filter(([name]) => target.id !== "view" || name in SETTINGS || name === "hide" || name === "view");
  if (target.id === "view") kept[0] = ["view", target.value];
  show(kept);
});
for (const button of document.querySelectorAll("[data-copies]")) {
  button.onclick = () => navigator.clipboard.writeText(at(button.dataset.copies).textContent).then(
    () => say("Copied."),
    () => { getSelection().selectAllChildren(at(button.dataset.copies)); say("The browser refused to copy: the lines are selected, copy them yourself."); },
  );
}
for (const button of document.querySelectorAll("[data-saves]")) {
  const format = button.dataset.saves;
  button.onclick = async () => {
    try {
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(await figure.toBlob(format)), download: `${at("view").value}.${format}` });
      link.click();
      URL.revokeObjectURL(link.href);
      say(`Saved as ${link.download}.`);
    } catch (error) {
      say(`Not saved: ${error.message ?? error}`);
    }
  };
}
