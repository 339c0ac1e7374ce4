const root = document.documentElement;
const byId = (id) => document.getElementById(id);
root.classList.add("script");

const state = { scenario: 0, all: false, variable: "training_cost", shape: "chart", scale: "log", bands: data.bands[0].name, year: null, ranges: scenarios.map(() => ({})) };
const on = (name) => { const box = document.querySelector(`input[name=band][value="${name}"]`); return Boolean(box && box.checked); };
const preset = () => data.bands.find((each) => each.name === state.bands);
const current = () => scenarios[state.scenario];
const filtered = () => Object.keys(state.ranges[state.scenario]).length > 0;

const table = (caption, header, rows) => {
  const head = element("tr", {}, ...header.map((each) => element("th", { scope: "col" }, each)));
  const body = rows.map(([first, ...cells]) => element("tr", {}, element("th", { scope: "row" }, element("bdi", {}, first)), ...cells.map((cell) => {
    if (typeof cell === "string") return element("td", {}, cell);
    return element("td", {}, element("data", { value: String(cell.value), ...(cell.key ? { "data-key": cell.key } : {}) }, cell.text));
  })));
  return element("table", {}, element("caption", {}, element("bdi", {}, caption)), element("thead", {}, head), element("tbody", {}, ...body));
};
const number = (value, unit, key) => ({ value, text: quantity(value, unit), key });

const update = () => {
  const scenario = current();
  if (!scenario.variables[state.variable]) state.variable = Object.keys(scenario.variables)[0];
  const variable = scenario.variables[state.variable], unit = variable.unit;
  const places = filtered() ? kept() : null;
  const enough = !places || places.length >= FEWEST;
  const use = enough ? places : null;
  byId("fan-caption").textContent = `${variable.title}: ${scenario.name}`;
  const { found, marks } = fan(use);
  const whole = scenario.variables[state.variable];
  byId("fan-table").replaceChildren(table(
    `${variable.title}, ${variable.axis}: quantiles over the paths, by year`, ["Year", ...TABLE.map((place) => nameOf(place).replace("median", "Median")), "Error of the median"],
    scenario.years.map((year, row) => [String(year), ...TABLE.map((place) => number(found.rows[row][place], unit, use ? "" : `summary|${state.variable}||${year}|p${Math.round(100 * LEVELS[place])}`)),
      found.rows[row][MEDIAN] && !["share", "count"].includes(unit) ? `±${((100 * found.errors[row]) / Math.abs(found.rows[row][MEDIAN])).toFixed(1)}%` : `±${found.errors[row].toPrecision(2)}`]),
  ));
  byId("fan-chart").hidden = state.shape === "table";
  byId("fan-table").hidden = state.shape !== "table";
  const logged = state.scale === "log" && Math.min(...whole.quantiles.flat()) > 0;
  byId("fan-note").textContent = `${variable.axis}, ${logged ? "log" : "linear"} scale. ${preset().note}`
    + `${on("paths") ? "; hairlines: some whole paths" : ""}${variable.history.length ? "; dots: observed runs with their 90% measurement interval" : ""}`
    + `${vintage(scenario, state.variable) ? `; grey: the last forecast, as of ${scenario.earlier.as_of}, 90% of its paths and median` : ""}. `
    + (use ? `Drawn from ${use.length.toLocaleString("en")} of ${scenario.paths.toLocaleString("en")} stored paths.` : `All ${scenario.draws.toLocaleString("en")} paths.`)
    + (on("words") ? ` ${data.scale}` : "");
  const row = scenario.years.indexOf(state.year);
  const mark = marks.map((each) => `${quantity(each.value, unit)} reached by ${state.year}: ${percent(each.by[row])} of paths (${margin(each.errors[row]) || "±0"} points)${on("words") ? `, ${likelihood(each.by[row])}` : ""}.`);
  byId("reading").textContent = [sentence(state.year, found.rows[row], unit), ...mark].join(" ");
  byId("year").setAttribute("aria-valuetext", String(state.year));
  whatIf(scenario, places, enough);
};
const whatIf = (scenario, places, enough) => {
  const all = scenario.paths.toLocaleString("en"), final = scenario.years.length - 1, year = scenario.years[final];
  byId("what-if").classList.toggle("active", Boolean(places));
  byId("reset").disabled = !places;
  byId("left").textContent = !places ? `All ${all} stored paths are kept.`
    : enough ? `${places.length.toLocaleString("en")} of ${all} stored paths left.${places.length < 200 ? " So few paths leave a large Monte Carlo error." : ""}`
      : `${places.length} of ${all} stored paths left: too few to draw; the chart shows all paths. Widen a range.`;
  const use = enough ? places : null;
  const rows = Object.keys(scenario.variables).map((name) => {
    const variable = scenario.variables[name], row = variable.quantiles[final];
    const cells = [variable.title, quantity(row[MEDIAN], variable.unit), `${quantity(row[LOW], variable.unit)} to ${quantity(row[HIGH], variable.unit)}`];
    if (!use) return cells;
    const now = series(scenario, name, use), mine = now.rows[final];
    return [...cells, number(mine[MEDIAN], variable.unit), `${quantity(mine[LOW], variable.unit)} to ${quantity(mine[HIGH], variable.unit)}`];
  });
  if (scenario.labs.names.length) {
    const bits = scenario.labs.packed || (scenario.labs.packed = bytes(scenario.labs.bits));
    scenario.labs.names.forEach((name, lab) => {
      const cells = [`Can pay: ${name}`, percent(scenario.labs.chances[lab][final]), ""];
      if (use) {
        let total = 0;
        use.forEach((path) => { const place = (lab * scenario.years.length + final) * scenario.paths + path; total += (bits[place >> 3] >> (place & 7)) & 1; });
        const share = total / use.length;
        cells.push({ value: share, text: percent(share) }, `${margin(shareError(share, use.length))} points of error`);
      }
      rows.push(cells);
    });
  }
  byId("what-if-table").replaceChildren(table(`${year}: ${use ? `all paths, and the ${use.length} that are left` : "all paths"} (${scenario.name})`,
    ["What", "Median, all paths", "90%, all paths", ...(use ? ["Median, paths left", "90%, paths left"] : [])], rows));
};

const inputs = () => {
  const scenario = current(), ranges = state.ranges[state.scenario];
  byId("inputs").replaceChildren(...scenario.inputs.map((input) => {
    ranks(input);
    const span = element("div", { class: "span" });
    const sliders = ["from", "to"].map((word, end) => {
      const slider = element("input", { type: "range", min: 0, max: 100, step: 1, value: (ranges[input.name] || [0, 100])[end], "data-input": input.name, "data-end": word });
      slider.addEventListener("input", () => {
        let [low, high] = sliders.map((each) => Number(each.value));
        if (low > high) { if (end === 0) low = high; else high = low; slider.value = end === 0 ? low : high; }
        if (low <= 0 && high >= 100) delete ranges[input.name]; else ranges[input.name] = [low, high];
        tell();
        schedule();
      });
      return slider;
    });
    const tell = () => {
      const [low, high] = sliders.map((each) => Number(each.value));
      const texts = [low, high].map((share) => quantity(atShare(input, share), input.unit));
      sliders.forEach((each, end) => each.setAttribute("aria-valuetext", `${each.value}% of paths: ${texts[end]}`));
      span.textContent = `${texts[0]} to ${texts[1]}`;
    };
    tell();
    return element("fieldset", {}, element("legend", {}, input.label), span, ...sliders.map((slider, end) => element("label", {}, element("span", {}, end ? "at most" : "at least"), slider)));
  }));
};
let waiting = 0;
const schedule = () => { if (!waiting) waiting = requestAnimationFrame(() => { waiting = 0; update(); }); };

const choose = (value) => {
  state.all = value === "all";
  state.scenario = state.all ? 0 : Number(value);
  document.querySelectorAll(".view").forEach((view) => { view.hidden = !state.all && view.dataset.view !== String(state.scenario); });
  const scenario = current(), select = byId("variable");
  select.replaceChildren(...Object.entries(scenario.variables).map(([name, variable]) => element("option", { value: name, ...(name === state.variable ? { selected: "" } : {}) }, variable.title)));
  const slider = byId("year");
  slider.min = scenario.years[0];
  slider.max = scenario.years[scenario.years.length - 1];
  if (!scenario.years.includes(state.year)) state.year = scenario.years[scenario.years.length - 1];
  slider.value = state.year;
  const old = byId("earlier");
  old.hidden = !scenario.earlier;
  if (scenario.earlier) old.querySelector("span").textContent = `last forecast (as of ${scenario.earlier.as_of})`;
  inputs();
  update();
};
// One box for each band of the chosen way of drawing.
const boxes = () => {
  byId("band-boxes").replaceChildren(...bandsOf(preset()).map((each) => {
    const box = element("input", { type: "checkbox", name: "band", value: each.name, checked: "" });
    box.addEventListener("change", update);
    return element("label", {}, box, ` ${each.words}`);
  }));
};
document.querySelectorAll("input[name=scenario]").forEach((each) => each.addEventListener("change", () => choose(each.value)));
document.querySelectorAll("input[name=shape]").forEach((each) => each.addEventListener("change", () => {
  state.shape = each.value;
  document.querySelectorAll("figure[data-picture]").forEach((figure) => {
    const details = figure.querySelector("details.tables");
    if (!details) return;
    details.open = state.shape === "table";
    figure.querySelector(".picture").hidden = state.shape === "table";
  });
  update();
}));
document.querySelectorAll("input[name=scale]").forEach((each) => each.addEventListener("change", () => { state.scale = each.value; update(); }));
document.querySelectorAll("input[name=band]").forEach((each) => each.addEventListener("change", () => { root.classList.toggle("calibrated", on("words")); update(); }));
byId("bands").addEventListener("change", (event) => { state.bands = event.target.value; boxes(); update(); });
byId("variable").addEventListener("change", (event) => { state.variable = event.target.value; update(); });
byId("year").addEventListener("input", (event) => { state.year = Number(event.target.value); update(); });
byId("reset").addEventListener("click", () => { state.ranges[state.scenario] = {}; inputs(); update(); });
let wide = 0;
new ResizeObserver(() => { const now = byId("fan-chart").clientWidth; if (now && now !== wide) { wide = now; schedule(); } }).observe(byId("fan-chart"));
// A browser that reloads keeps what was chosen; the page then has to follow.
const picked = document.querySelector("input[name=scenario]:checked");
document.querySelectorAll("input[name=shape]:checked, input[name=scale]:checked").forEach((each) => { state[each.name] = each.value; });
state.bands = byId("bands").value;
root.classList.toggle("calibrated", on("words"));
boxes();
choose(picked ? picked.value : "0");
if (state.shape === "table") document.querySelector("input[name=shape]:checked").dispatchEvent(new Event("change"));
// What is open is printed; one button opens all of it for readers who want the tables on paper too.
byId("open-tables").addEventListener("click", (event) => {
  const open = event.target.getAttribute("aria-pressed") !== "true";
  event.target.setAttribute("aria-pressed", String(open));
  document.querySelectorAll("details.tables").forEach((each) => { each.open = open; });
});
window.forecastPage = { quantity, short, percent, margin, likelihood };
