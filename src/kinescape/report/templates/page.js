// Draws the charts and writes the downloads of a kinescape page. Text from data only ever becomes text nodes.
(function () {
  "use strict";

  const block = (name) => JSON.parse(document.getElementById(name).textContent);
  const darkScreen = window.matchMedia("(prefers-color-scheme: dark)");
  const themes = document.getElementById("themes") ? block("themes") : {};
  const drawn = new Map();
  let printing = false;

  function specification(key, theme) {
    const made = block("chart-" + key);
    for (const [name, packed] of Object.entries(made.datasets || {})) {
      made.datasets[name] = packed.rows.map((row) =>
        Object.fromEntries(packed.columns.map((column, place) => [column, row[place]])));
    }
    made.config = themes[theme];
    return made;
  }

  // Vega's own tooltip writes HTML; this one writes text nodes.
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.body.appendChild(tip);
  function tooltip(handler, event, item, value) {
    if (value === null || value === undefined || value === "") {
      tip.hidden = true;
      return;
    }
    tip.replaceChildren();
    const pairs = typeof value === "object" ? Object.entries(value) : [["", value]];
    for (const [name, words] of pairs) {
      if (words === null || words === undefined || words === "" || words === "null") continue;
      const row = document.createElement("div");
      if (name) {
        const label = document.createElement("span");
        label.textContent = name;
        row.appendChild(label);
      }
      row.appendChild(document.createTextNode(String(words)));
      tip.appendChild(row);
    }
    tip.hidden = false;
    const left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
    const over = event.clientY + 18 + tip.offsetHeight > window.innerHeight;
    tip.style.left = Math.max(4, left) + "px";
    tip.style.top = (over ? event.clientY - tip.offsetHeight - 12 : event.clientY + 18) + "px";
  }

  const common = { ast: true, actions: false, defaultStyle: false, mode: "vega-lite", logLevel: 1 };

  function fail(place) {
    place.replaceChildren();
    const words = document.createElement("p");
    words.className = "waiting";
    words.textContent = "This browser could not draw the figure; its numbers are in the table below.";
    place.appendChild(words);
  }

  function draw(place) {
    const key = place.dataset.chart;
    const theme = darkScreen.matches && !printing ? "dark" : "light";
    if (drawn.has(key) && drawn.get(key).theme === theme) return Promise.resolve();
    const before = drawn.get(key);
    const controls = document.querySelector('[data-controls="' + key + '"]');
    const chosen = before ? Array.from(controls.querySelectorAll("select")).map((box) => box.value) : [];
    controls.replaceChildren();
    if (before && before.result) before.result.finalize();
    drawn.set(key, { theme: theme, result: null });
    return window.vegaEmbed(place, specification(key, theme),
      { ...common, renderer: "svg", tooltip: tooltip, bind: controls })
      .then((result) => {
        drawn.set(key, { theme: theme, result: result });
        place.classList.add("ready");
        controls.querySelectorAll("select").forEach((box, place) => {
          if (chosen[place] !== undefined && box.value !== chosen[place]) {
            box.value = chosen[place];
            box.dispatchEvent(new Event("input"));
            box.dispatchEvent(new Event("change"));
          }
        });
      })
      .catch((error) => { console.error(error); fail(place); });
  }

  const charts = Array.from(document.querySelectorAll("[data-chart]"));
  const folded = (place) => {
    const around = place.closest("details");
    return around !== null && !around.open;
  };
  async function drawAll(also) {
    for (const place of charts) {
      if (also || !folded(place)) await draw(place);
    }
    document.documentElement.dataset.drawn = "yes";
  }
  document.querySelectorAll("details").forEach((part) => part.addEventListener("toggle", () => {
    if (part.open) part.querySelectorAll("[data-chart]").forEach(draw);
  }));
  darkScreen.addEventListener("change", () => drawAll(false));
  window.addEventListener("beforeprint", () => {
    printing = true;
    document.querySelectorAll("details.more").forEach((part) => { part.open = true; });
    drawAll(true);
  });
  window.addEventListener("afterprint", () => { printing = false; drawAll(false); });

  function offer(content, type, name) {
    const address = URL.createObjectURL(new Blob([content], { type: type }));
    const link = document.createElement("a");
    link.href = address;
    link.download = name;
    document.body.appendChild(link);
    link.click();
    link.remove();
    window.setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  // A spreadsheet must not take a name for a formula.
  function cell(value) {
    if (value === null || value === undefined) return "";
    let words = String(value);
    if (typeof value === "string" && /^[=+\-@\t\r]/.test(words)) words = "'" + words;
    return /[",\r\n]/.test(words) ? '"' + words.replace(/"/g, '""') + '"' : words;
  }
  document.querySelectorAll("[data-csv]").forEach((button) => button.addEventListener("click", () => {
    const data = block("table-" + button.dataset.csv);
    const lines = [data.columns].concat(data.rows).map((row) => row.map(cell).join(","));
    offer("\ufeff" + lines.join("\r\n") + "\r\n", "text/csv;charset=utf-8", button.dataset.csv + ".csv");
  }));

  document.querySelectorAll("[data-save]").forEach((button) => button.addEventListener("click", async () => {
    const key = button.dataset.key;
    const aside = document.createElement("div");
    const bindings = document.createElement("div");
    const made = specification(key, "light");
    made.config = { ...made.config, background: "#ffffff" };
    const shown = drawn.get(key) && drawn.get(key).result;
    for (const parameter of made.params || []) {
      if (parameter.bind && shown) parameter.value = shown.view.signal(parameter.name);
    }
    const result = await window.vegaEmbed(aside, made, { ...common, renderer: "svg", tooltip: false, bind: bindings });
    if (button.dataset.save === "svg") {
      offer(await result.view.toSVG(), "image/svg+xml", key + ".svg");
    } else {
      const canvas = await result.view.toCanvas(3);
      canvas.toBlob((picture) => offer(picture, "image/png", key + ".png"));
    }
    result.finalize();
  }));

  document.querySelectorAll(".buttons").forEach((part) => { part.hidden = false; });
  drawAll(false);
})();
