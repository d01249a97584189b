// Types of <nad-figure>: import "nads" (or nad-figure.js) for its effect, which defines the element.

export type View =
  | "explorer" | "gallery" | "spectra" | "estimators" | "compare" | "predicted-map" | "heat-map" | "index-curve" | "task" | "trainer"
  | "pooling" | "poison" | "flip" | "alignment" | "diagnostics";

/** What a figure shows. Indices are 0-based; every key is an attribute and a key of a link, too (docs/embedding.md). */
export interface NadState {
  view: View;
  network: string;
  index: number;
  with: string;
  "with-seed": number;
  phase: "corner" | "sine" | "centre" | "average";
  grid: "published" | "full";
  networks: string;
  count: number;
  domain: "spatial" | "fourier";
  colours: "common" | "own";
  palette: "earth" | "paper";
  seed: number;
  samples: number;
  scale: "log" | "linear";
  "index-scale": "log" | "linear";
  "relative-to": "first" | "second" | "none";
  direction: string;
  against: string;
  sigma: string;
  rate: number;
  eps: number;
  image: number;
  /** The same as the fragment of a link. */
  fragment: string;
}

export interface NadEvents {
  "nad-ready": CustomEvent<Record<string, never>>;
  "nad-progress": CustomEvent<Record<string, unknown>>;
  /** `user`: a reader did it, not a script. */
  "nad-change": CustomEvent<NadState & { user: boolean }>;
  "nad-done": CustomEvent<Record<string, unknown>>;
  "nad-backend": CustomEvent<Record<string, unknown>>;
  "nad-error": CustomEvent<{ type: string; recoverable: boolean; message: string }>;
}

export interface NadFigureElement extends HTMLElement {
  /** Resolves once the figure has taken the place of its poster. */
  readonly ready: Promise<NadFigureElement>;
  view: View;
  network: string;
  index: number;
  networks: string;
  group: string | null;
  /** Keys that this figure takes over from the others of its group, with spaces; `index` where it is not given. */
  follow: string | null;
  theme: "auto" | "light" | "dark" | null;
  loading: "lazy" | "eager" | null;
  backend: "auto" | "webgpu" | "cpu" | "none" | null;
  workers: number | null;
  controls: string | null;
  hide: string | null;
  state: string | null;
  syncUrl: string | null;
  assetBase: string | null;
  workerBase: string | null;
  /** Starts live work, where the view has any. */
  play(): void;
  pause(): void;
  step(): void;
  reset(): void;
  /** Null until it is ready. */
  getState(): NadState | null;
  setState(state: string | Partial<NadState>): void;
  toBlob(format?: "svg" | "png"): Promise<Blob>;
  /** Numbers of what is shown; null before anything is loaded. */
  getData(): unknown;
  /** Ends its work and frees its memory; the poster stays. */
  dispose(): void;
  addEventListener<K extends keyof NadEvents>(
    type: K, listener: (this: NadFigureElement, event: NadEvents[K]) => unknown, options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

declare global {
  interface HTMLElementTagNameMap { "nad-figure": NadFigureElement }
}
