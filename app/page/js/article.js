// For maintainers: `?diagnostics` adds what this browser has, how fast it is, and whether its executors agree.
if (new URLSearchParams(location.search).has("diagnostics")) {
  const figure = document.createElement("nad-figure");
  figure.setAttribute("view", "diagnostics");
  document.querySelector("article").append(figure);
}
