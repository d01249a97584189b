// <nad-figure>: a poster at once, the live figure when it comes near the viewport. No dependency, no global.
// `cargo xtask web` puts hashed file names in place of the placeholders.
const PAGE = "%PAGE_JS%";
const SEVERAL = "%SEVERAL_JS%";
const LESSONS = "%LESSONS_JS%";
const IMAGES = "%IMAGES_JS%";
// Which module shows a view: together they would be too much for a reader of one figure.
const MODULES = { explorer: PAGE, diagnostics: SEVERAL, gallery: SEVERAL, spectra: SEVERAL, estimators: SEVERAL,
  compare: "%PAIRS_JS%", "predicted-map": "%FORECAST_JS%", "heat-map": "%TRAINING_JS%", "index-curve": "%CURVES_JS%",
  task: LESSONS, trainer: LESSONS, pooling: "%POOLING_JS%", poison: IMAGES, flip: IMAGES, alignment: IMAGES };
const WORKER = "%WORKER_JS%";

// The state: attribute, property and fragment key have one name.
const KEYS = "view network index with with-seed phase grid networks count domain colours palette seed samples scale index-scale relative-to direction against sigma rate eps image".split(" ");
const ATTRIBUTES = [...KEYS, "loading", "activation", "backend", "workers", "theme", "controls", "hide", "state",
  "sync-url", "group", "follow", "asset-base", "worker-base"];

// Until the figure is there the poster holds its place, and the frame the height that it will have: an explorer's is known.
const CSS = `:host{display:block;container-type:inline-size}
:host([hidden]){display:none}
#frame{--n:1276px;min-height:var(--nad-reserve,var(--h))}
:host(:is(:not([view]),[view=explorer]):not([hide],[controls])) #frame{--h:calc(var(--n) + var(--q,50cqi))}
@media(pointer:coarse){#frame{--n:1384px}}
@container(min-width:560px){#frame{--n:1076px}}
@container(min-width:780px){#frame{--n:861px;--q:25cqi}}
::slotted([slot=poster]){display:block;width:100%;height:auto}
slot[name=poster]{display:block}
.live>slot[name=poster],:not(.live,.poor)>.figure{display:none}
.error{margin:8px 0 0;padding:8px 12px;border-inline-start:3px solid currentColor}
.error[hidden]{display:none}
.error button{font:inherit;min-height:32px;margin-inline-start:8px}`;

// The reader's files, by name: for modules that come later.
const own = [];
// One copy of each module for all figures, loaded by the first one that needs it.
const pages = {};
const load = (url) =>
  (pages[url] ??= import(new URL(url, import.meta.url).href)
    .then(async (module) => {
      await module.default();
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(module.styles());
      own.forEach((one) => module.adopt(...one));
      return { ...module, sheet };
    })
    .catch((error) => {
      // The next attempt may succeed.
      delete pages[url];
      throw error;
    }));

function share(...one) {
  own.push(one);
  for (const page of Object.values(pages)) page.then(({ adopt }) => adopt(...one), () => {});
}

const base = new CSSStyleSheet();
base.replaceSync(CSS);

class NadFigure extends HTMLElement {
  static observedAttributes = ATTRIBUTES;

  #root = this.attachShadow({ mode: "open" });
  #frame;
  #error;
  // What the page code gave us; undefined = poster only.
  #view;
  #observer;
  #visibility;
  #inside = true;
  // Live work pauses where nobody looks.
  #look = () => {
    if (this.#view) this.#inside && !document.hidden ? this.#view.resume() : this.#view.suspend();
  };
  // State while unmounted.
  #saved;
  // State in the address, with sync-url.
  #last;
  // The browser's back button undoes the choice of a network.
  #back = () => this.hasAttribute("sync-url") && this.setState(this.#address());
  #ready = deferred();
  #starting;

  constructor() {
    super();
    this.#root.innerHTML = `<div id="frame"><slot name="poster"></slot><div class="error" role="alert" part="error" hidden></div></div>`;
    this.#frame = this.#root.firstChild;
    this.#error = this.#frame.lastChild;
    this.#root.adoptedStyleSheets = [base];
  }

  get ready() { return this.#ready.promise; }

  connectedCallback() {
    // Moved, not new.
    if (this.#view || this.#observer || this.#starting) return;
    const address = this.#saved === undefined ? this.#address() : "";
    this.#saved ??= [this.getAttribute("state"), address].filter(Boolean).join("&");
    if (address) setTimeout(() => this.scrollIntoView({ block: "center" }));
    if (address || this.getAttribute("loading") === "eager") return void this.#start();
    this.#observer = new IntersectionObserver(
      (entries) => entries.some((e) => e.isIntersecting) && this.#start(),
      { rootMargin: "200% 0px" },
    );
    this.#observer.observe(this);
  }

  disconnectedCallback() {
    // A move is a removal and an insertion in one task: only what stays out is freed.
    queueMicrotask(() => this.isConnected || this.dispose());
  }

  attributeChangedCallback(name, old, value) {
    // Read when it is mounted.
    if (!this.#view) return;
    if (name === "state") return void (value !== null && this.setState(value));
    this.#warn(this.#view.set(name, value ?? undefined));
  }

  async #start() {
    this.#observer?.disconnect();
    this.#observer = undefined;
    if (this.#view || this.#starting) return;
    this.#starting = true;
    try {
      const view = new URLSearchParams(this.#saved).get("view");
      const { mount, sheet } = await load(MODULES[view] ?? MODULES[this.getAttribute("view")] ?? PAGE);
      // A task of its own: compiling the module and showing a figure would be a long one.
      await new Promise((r) => setTimeout(r));
      if (!this.isConnected || this.#view) return;
      this.#root.adoptedStyleSheets = [base, sheet];
      const root = document.createElement("div");
      this.#frame.append(root);
      this.#view = mount(root, {
        assetBase: this.#base("asset-base", "assets/"),
        workerUrl: new URL(WORKER, this.#base("worker-base", ".")).href,
        attributes: [...this.attributes].flatMap(({ name, value }) => [name, value]),
        fragment: this.#saved,
        module: (url) => import(url),
        emit: (type, detail, file) => (file ? share(detail, file) : this.#emit(type, JSON.parse(detail))),
      });
      this.#warn(this.#view.warnings());
      this.#error.hidden = true;
      this.#visibility = new IntersectionObserver((entries) => {
        this.#inside = entries.at(-1).isIntersecting;
        this.#look();
      }, { rootMargin: "50% 0px" });
      this.#visibility.observe(this);
      document.addEventListener("visibilitychange", this.#look);
      addEventListener("popstate", this.#back);
      this.#last = this.getState();
      this.#ready.resolve(this);
      this.#emit("ready", {});
    } catch (error) {
      this.#fail(error, true);
    } finally {
      this.#starting = false;
    }
  }

  // The poster stays (or comes back), the reason is visible, and there is a way on.
  #fail(error, recoverable) {
    const message = error?.message ?? String(error);
    console.error("nad-figure:", error);
    this.#clear();
    // Each browser names the cause in its own words; none says what the page's owner can do.
    const way = /unsafe-eval|CSP/.test(message) ? "This page's policy must allow script-src 'wasm-unsafe-eval'. " : "";
    this.#error.textContent = `The interactive figure could not be started: ${message} ${way}`;
    if (recoverable && globalThis.WebAssembly) {
      const again = Object.assign(document.createElement("button"), { type: "button", textContent: "Try again" });
      again.onclick = () => this.#start();
      this.#error.append(again);
    }
    this.#error.hidden = false;
    this.#emit("error", { type: recoverable ? "load" : "panic", recoverable, message });
  }

  #clear() {
    this.#view = undefined;
    this.#visibility?.disconnect();
    this.#frame.className = "";
    this.#frame.querySelector(":scope>.figure")?.remove();
  }

  #emit(type, detail) {
    if (type === "panic") return this.#fail(new Error(detail.message), false);
    // Until then the poster stays.
    if (type === "shown") return void (this.#frame.className = "live");
    if (type === "change") this.#change(detail);
    if (type === "error" && this.#frame.className !== "live") this.#frame.className = "poor";
    this.dispatchEvent(new CustomEvent(`nad-${type}`, { detail, bubbles: true, composed: true }));
  }

  // Own address (only with sync-url) and figures of the same group follow.
  #change(state) {
    if (this.hasAttribute("sync-url") && this.id) {
      const other = state.user && this.#last.network !== state.network;
      if (other) this.#write("replaceState", this.#last);
      this.#write(other ? "pushState" : "replaceState", state);
      this.#last = state;
    }
    const group = this.getAttribute("group");
    if (!group || !state.user) return;
    for (const other of this.getRootNode().querySelectorAll("nad-figure[group]")) {
      if (other === this || other.getAttribute("group") !== group) continue;
      const keys = (other.getAttribute("follow") ?? "index").split(" ").filter((key) => key in state);
      other.setState(Object.fromEntries(keys.map((key) => [key, state[key]])));
    }
  }

  #write(how, state) {
    const hash = new URLSearchParams(location.hash.slice(1));
    const mine = `${this.id}.`;
    for (const key of [...hash.keys()]) if (key.startsWith(mine)) hash.delete(key);
    for (const [key, value] of new URLSearchParams(state.fragment)) hash.set(mine + key, value);
    history[how](history.state, "", `#${hash}`);
  }

  // State for this figure in the address: `id.key=...`, or bare keys for the first figure of the view.
  #address() {
    const view = (figure) => figure.getAttribute("view") ?? "explorer";
    const all = new URLSearchParams(location.hash.slice(1));
    const first = [...document.querySelectorAll("nad-figure")].find((f) => view(f) === view(this)) === this;
    const mine = first && (all.get("view") ?? "explorer") === view(this) && KEYS.some((key) => all.has(key));
    const own = new URLSearchParams();
    for (const [key, value] of all) {
      if (this.id && key.startsWith(`${this.id}.`)) own.set(key.slice(this.id.length + 1), value);
      else if (mine && !key.includes(".")) own.set(key, value);
    }
    return `${own}`;
  }

  #base(attribute, fallback) {
    const own = this.getAttribute(attribute);
    return own === null ? new URL(fallback, import.meta.url).href : new URL(own.replace(/\/?$/, "/"), document.baseURI).href;
  }

  #warn(messages) {
    messages.forEach((message) => console.warn(`nad-figure: ${message}`));
  }

  play() { this.#view?.play(); }
  pause() { this.#view?.cancel(); }
  step() { this.#view?.step(); }
  reset() { this.#view?.reset(); }
  getState() { return this.#view ? JSON.parse(this.#view.state()) : null; }
  setState(state) {
    const text = typeof state === "string" ? state : `${new URLSearchParams(state)}`;
    if (this.#view) this.#warn(this.#view.set_state(text));
    else this.#saved = text;
  }
  async toBlob(format = "svg") {
    await this.ready;
    return this.#view.blob(format);
  }
  getData() { return this.#view?.data() ?? null; }
  dispose() {
    this.#observer?.disconnect();
    this.#observer = undefined;
    document.removeEventListener("visibilitychange", this.#look);
    removeEventListener("popstate", this.#back);
    const view = this.#view;
    if (!view) return;
    this.#saved = JSON.parse(view.state()).fragment;
    view.dispose();
    this.#clear();
    this.#ready = deferred();
  }
}

function deferred() {
  let resolve;
  return { promise: new Promise((r) => (resolve = r)), resolve };
}

for (const name of ATTRIBUTES) {
  const property = name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  Object.defineProperty(NadFigure.prototype, property, {
    enumerable: true,
    get() {
      const state = KEYS.includes(name) && this.getState();
      if (state) return state[name];
      const text = this.getAttribute(name);
      return text && !isNaN(text) ? Number(text) : text;
    },
    set(value) {
      if (value === false || value == null) this.removeAttribute(name);
      else this.setAttribute(name, value === true ? "" : value);
    },
  });
}

customElements.get("nad-figure") ?? customElements.define("nad-figure", NadFigure);
