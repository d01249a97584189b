// What a reader meets in a figure, as lists of what is wrong: empty lists are good. `look(figure)` gives them.
(figure) => {
  const root = figure.shadowRoot;
  const all = [...root.querySelectorAll("*")];
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true });
  const name = (element) => `${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""} `
    + `"${(element.getAttribute("aria-label") ?? element.textContent).trim().slice(0, 40)}"`;
  const controls = all.filter((element) => isSeen(element)
    && element.matches("button, select, input, summary, a[href], [role=grid], img[tabindex]"));
  // A finger meets the label around a checkbox, or around a button for files, as well.
  const box = (control) => (control.closest("label") ?? control).getBoundingClientRect();

  const wide = all.filter((element) => isSeen(element) && !element.closest(".sheet, pre, .spoken, svg")
    && element.getBoundingClientRect().right > innerWidth + 1).map(name);

  const small = controls.map((control) => [control, box(control)])
    .filter(([, { width, height }]) => width < 24 || height < 24)
    .map(([control, { width, height }]) => `${name(control)} ${width} x ${height}`);

  const unreadable = all.filter((element) => isSeen(element) && !element.matches("option, style")
    && [...element.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim()))
    .map((element) => {
      const matrix = element.ownerSVGElement ? element.getScreenCTM() : { a: 1, b: 0, c: 0, d: 1 };
      const scale = Math.sqrt(Math.abs(matrix.a * matrix.d - matrix.b * matrix.c));
      return [element, scale * parseFloat(getComputedStyle(element).fontSize)];
    })
    .filter(([, size]) => size < 11.99)
    .map(([element, size]) => `${name(element)} ${size} px`);

  // The probe is never seen: it notices that the article turned dark.
  const moving = all.filter((element) => !element.matches(".theme-probe"))
    .flatMap((element) => [undefined, "::before", "::after"].map((part) => [element, getComputedStyle(element, part)]))
    .filter(([, style]) => style.transitionDuration.split(",").some((time) => parseFloat(time) > 0)
      || (style.animationName !== "none" && parseFloat(style.animationDuration) > 0))
    .map(([element]) => name(element));

  // A menu may shorten what it shows: it says the whole when it is open. A button for files is never seen itself.
  const clipped = controls.filter((control) => control.matches("button, summary, a, label")
    && (control.scrollWidth > control.clientWidth + 1 || control.scrollHeight > control.clientHeight + 1)
    && control.clientWidth > 0).map(name);

  const boxes = controls.map((control) => [control, control.getBoundingClientRect()]);
  const overlapping = boxes.flatMap(([one, a], i) => boxes.slice(i + 1)
    .filter(([other, b]) => !one.contains(other) && !other.contains(one)
      && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
      && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)
    .map(([other]) => `${name(one)} and ${name(other)}`));

  const sideways = document.documentElement.scrollWidth > innerWidth
    ? [`${document.documentElement.scrollWidth} px in a window of ${innerWidth}`] : [];
  return { controls: controls.map(name), wide, small, unreadable, moving, clipped, overlapping, sideways };
}
