(() => {
"use strict";
const root = document.documentElement;
const byId = (id) => document.getElementById(id);
const scenarios = JSON.parse(byId("data").textContent).scenarios;
root.classList.add("script");

// Numbers in words: the same rules as the tables that stand on the page, so that no figure is told in two ways.
const MINUS = "\u2212", SHORT = ["", "K", "M", "B", "T"], METRIC = ["", "k", "M", "G", "T"];
const SUPERSCRIPT = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const grouped = (digits) => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
// Halves go to the even digit, as they do in Python.
const fixed = (value, decimals) => {
  const text = value.toFixed(decimals);
  const scale = 10 ** decimals, scaled = Math.abs(value) * scale;
  if (scaled < 2 ** 50 && scaled - Math.floor(scaled) === 0.5 && Number.isInteger(scaled * 2) && decimals === 0) {
    const low = Math.floor(scaled), even = low % 2 === 0 ? low : low + 1;
    return (value < 0 ? "-" : "") + String(even / scale);
  }
  return text;
};
const magnitude = (value) => Number(Math.abs(value).toExponential(15).split("e")[1]);
const significant = (value) => {
  if (!Number.isFinite(value)) return "unknown";
  if (value === 0) return "0";
  const exponent = magnitude(value);
  if (exponent >= 3) return grouped(Number(value.toPrecision(3)).toFixed(0)).replace("-", MINUS);
  let decimals = Math.max(0, 1 - exponent);
  if (Number(Math.abs(value).toFixed(decimals)) >= 10 ** (exponent + 1)) decimals = Math.max(0, decimals - 1);
  return fixed(value, decimals).replace("-", MINUS);
};
const scientific = (value) => {
  if (!Number.isFinite(value)) return "unknown";
  if (value === 0) return "0";
  const [digits, exponent] = value.toExponential(1).split("e");
  return `${digits.replace(/\.0$/, "").replace("-", MINUS)}e${Number(exponent)}`;
};
const plain = (value) => {
  const text = significant(value);
  return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
};
const scaled = (value, suffixes, join, powers) => {
  if (!Number.isFinite(value)) return "unknown";
  const size = Math.abs(value);
  let step = size < 1 ? 0 : Math.min(Math.floor(Math.log10(size) / 3 + 1e-12), suffixes.length - 1);
  if (step < suffixes.length - 1 && Math.round(size / 1000 ** step) >= 1000) step += 1;
  const part = size / 1000 ** step;
  const text = part >= 1e5 ? (powers ? scientific(part) : grouped(part.toFixed(0))) : plain(part);
  return (value < 0 ? MINUS : "") + join(text, suffixes[step]);
};
const money = (value) => scaled(value, SHORT, (text, suffix) => `$${text}${suffix}`, false);
const percent = (share) => {
  if (!Number.isFinite(share)) return "unknown";
  if (share > 0 && share < 0.0005) return "<0.1%";
  if (share > 0.9995 && share < 1) return ">99.9%";
  const points = 100 * share;
  if (share !== 0 && share !== 1 && (Number(Math.abs(points).toFixed(1)) < 1 || (points > 99 && points < 100))) {
    return `${points.toFixed(1)}%`.replace("-", MINUS);
  }
  return `${fixed(points, 0)}%`.replace("-", MINUS);
};
const count = (value) => {
  if (!Number.isFinite(value)) return "unknown";
  const text = Math.abs(value) >= 100 || Number.isInteger(value) ? grouped(fixed(value, 0)) : significant(value);
  return text.replace("-", MINUS);
};
const times = (value) => `${Math.abs(value) >= 1e6 ? scientific(value) : significant(value)}x`;
const growth = (rate) => {
  const factor = Math.exp(rate);
  if (factor >= 2) return `${significant(factor)}x a year`;
  const points = 100 * (factor - 1);
  return `${points < 0 ? "-" : "+"}${fixed(Math.abs(points), 0)}% a year`.replace("-", MINUS);
};
const WORDS = {
  "USD": money, "USD/yr": (v) => `${money(v)} a year`, "FLOP": (v) => `${scientific(v)} FLOP`,
  "FLOP/USD": (v) => `${scientific(v)} FLOP per $`, "FLOP/s": (v) => `${scientific(v)} FLOP/s`,
  "FLOP/J": (v) => `${scientific(v)} FLOP/J`, "W": (v) => scaled(v, METRIC, (text, suffix) => `${text} ${suffix}W`, true),
  "token": (v) => scaled(v, SHORT, (text, suffix) => `${text}${suffix}`, true), "x": times, "share": percent,
  "probability": percent, "yes/no": percent, "count": count, "1/yr": growth,
};
const quantity = (value, unit) => {
  if (!Number.isFinite(value)) return "unknown";
  if (Object.hasOwn(WORDS, unit)) return WORDS[unit](value);
  const size = Math.abs(value);
  return `${(size >= 1e-3 && size < 1e5) || value === 0 ? significant(value) : scientific(value)} ${unit}`.trim();
};
const short = (value, unit) => {
  const odd = !Object.hasOwn(WORDS, unit) && !(Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5);
  if (value !== 0 && (unit.startsWith("FLOP") || (unit === "x" && Math.abs(value) >= 1e6) || odd)) {
    const [digits, exponent] = scientific(value).split("e");
    return `${digits === "1" ? "" : `${digits}×`}10${[...exponent].map((c) => SUPERSCRIPT[c]).join("")}${unit === "x" ? "x" : ""}`;
  }
  if (value === 0 && unit.startsWith("FLOP")) return "0";
  if (Object.hasOwn(WORDS, unit)) return unit === "USD/yr" ? money(value) : WORDS[unit](value);
  return significant(value);
};
const margin = (error) => {
  const points = 100 * error;
  if (!(points > 0)) return "";
  const rounded = Number(points.toPrecision(1));
  return `±${rounded.toFixed(Math.max(0, -magnitude(rounded)))}`;
};

// Whole paths, unpacked when they are first asked for.
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const unpack = (packed) => {
  if (!packed.values) {
    const steps = bytes(packed.steps);
    packed.values = new Float64Array(steps.length / 2);
    for (let i = 0; i < packed.values.length; i += 1) {
      const value = packed.low + ((steps[2 * i] + 256 * steps[2 * i + 1]) / 65535) * packed.width;
      packed.values[i] = packed.log ? Math.exp(value) : packed.whole ? Math.round(value) : value;
    }
  }
  return packed.values;
};
const LEVELS = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];
const NAMES = ["5%", "10%", "25%", "median", "75%", "90%", "95%"];
const BANDS = [["90", 0, 6], ["80", 1, 5], ["50", 2, 4]];
const FEWEST = 30;
const quantiles = (values) => {
  const ordered = Float64Array.from(values).sort();
  const last = ordered.length - 1;
  return LEVELS.map((level) => {
    const place = level * last, below = Math.floor(place);
    return ordered[below] + (place - below) * (ordered[Math.min(below + 1, last)] - ordered[below]);
  });
};
const medianError = (values) => {
  const ordered = Float64Array.from(values).sort();
  const place = 0.5 * (ordered.length - 1), spread = 0.5 * Math.sqrt(ordered.length);
  const low = Math.max(0, Math.floor(place - spread)), high = Math.min(ordered.length - 1, Math.ceil(place + spread));
  return 0.5 * (ordered[high] - ordered[low]);
};
const shareError = (share, number) => {
  const adjusted = (share * number + 2) / (number + 4);
  return Math.sqrt((adjusted * (1 - adjusted)) / (number + 4));
};

const state = { scenario: 0, all: false, variable: "training_cost", shape: "chart", scale: "log", year: null, ranges: scenarios.map(() => ({})) };
const on = (name) => { const box = document.querySelector(`input[name=band][value="${name}"]`); return Boolean(box && box.checked); };
const current = () => scenarios[state.scenario];
const filtered = () => Object.keys(state.ranges[state.scenario]).length > 0;

// The places of the paths on which every restricted input lies within its range of ranks.
const kept = () => {
  const scenario = current(), found = [];
  const limits = Object.entries(state.ranges[state.scenario]).map(([name, [low, high]]) => {
    const input = scenario.inputs.find((each) => each.name === name);
    return [ranks(input), low / 100, high / 100];
  });
  for (let path = 0; path < scenario.paths; path += 1) {
    if (limits.every(([rank, low, high]) => rank[path] >= low && rank[path] <= high)) found.push(path);
  }
  return found;
};
const ranks = (input) => {
  if (!input.ranks) {
    const values = unpack(input);
    const order = Array.from(values.keys()).sort((a, b) => values[a] - values[b]);
    input.ranks = new Float64Array(order.length);
    order.forEach((path, place) => { input.ranks[path] = (place + 0.5) / order.length; });
    input.ordered = order.map((path) => values[path]);
  }
  return input.ranks;
};
const atShare = (input, share) => {
  ranks(input);
  return input.ordered[Math.min(input.ordered.length - 1, Math.max(0, Math.round((share / 100) * (input.ordered.length - 1))))];
};

// What is drawn: the exact quantiles of the run, or those of the paths that are left.
const series = (scenario, name, places) => {
  const variable = scenario.variables[name];
  if (!places) return { rows: variable.quantiles, errors: variable.errors.map((row) => row[3]), number: scenario.draws };
  const values = unpack(variable), rows = [], errors = [];
  scenario.years.forEach((_, year) => {
    const column = places.map((path) => values[year * scenario.paths + path]);
    rows.push(quantiles(column));
    errors.push(medianError(column));
  });
  return { rows, errors, number: places.length };
};
const crossings = (scenario, name, places) => {
  const variable = scenario.variables[name];
  return variable.thresholds.map((threshold) => {
    if (!places) return threshold;
    const values = unpack(variable), by = [];
    const done = new Uint8Array(places.length);
    scenario.years.forEach((_, year) => {
      let total = 0;
      places.forEach((path, place) => { if (values[year * scenario.paths + path] >= threshold.value) done[place] = 1; total += done[place]; });
      by.push(total / places.length);
    });
    return { value: threshold.value, by, errors: by.map((share) => shareError(share, places.length)) };
  });
};

const SVG = "http://www.w3.org/2000/svg";
const draw = (parent, tag, attributes, text) => {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
};
const element = (tag, attributes, ...content) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
  made.append(...content);
  return made;
};
const ticks = (low, high, log) => {
  if (log) {
    const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
    const step = Math.max(1, Math.ceil((last - first) / 8));
    const found = [];
    for (let power = first; power <= last; power += step) found.push(10 ** power);
    if (found.length >= 2) return found;
    return [1, 2, 3, 5, 10, 20, 30, 50].map((n) => n * 10 ** Math.floor(Math.log10(low))).filter((v) => v >= low && v <= high);
  }
  const raw = (high - low) / 5, base = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((n) => n * base).find((each) => each >= raw);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high * (1 + 1e-9); value += step) found.push(value);
  return found;
};
const spread = (labels, gap, low, high) => {
  labels.sort((a, b) => a.y - b.y);
  for (let round = 0; round < 60; round += 1) {
    for (let i = 1; i < labels.length; i += 1) {
      const short = gap - (labels[i].y - labels[i - 1].y);
      if (short > 0) { labels[i].y += short / 2; labels[i - 1].y -= short / 2; }
    }
    labels.forEach((each) => { each.y = Math.min(high, Math.max(low, each.y)); });
  }
  return labels;
};
const sentence = (year, row, unit) => `${year}: median ${quantity(row[3], unit)}, 50% of paths from ${quantity(row[2], unit)} to ${quantity(row[4], unit)}, `
  + `90% from ${quantity(row[0], unit)} to ${quantity(row[6], unit)}.`;

const fan = (places) => {
  const scenario = current(), variable = scenario.variables[state.variable], unit = variable.unit;
  const host = byId("fan-chart");
  const text = parseFloat(getComputedStyle(root).fontSize) * 0.8;
  const width = Math.max(260, host.clientWidth || 680), narrow = width < 40 * text;
  const height = Math.round(Math.min(Math.max(0.62 * width, 23 * text), 34 * text));
  const found = series(scenario, state.variable, places);
  const marks = crossings(scenario, state.variable, places);
  const others = on("others") || state.all ? scenarios.filter((each, place) => place !== state.scenario && each.variables[state.variable]) : [];
  const shown = BANDS.filter(([name]) => on(name));
  const outer = shown.length ? shown[0] : ["", 3, 3];
  const history = variable.history.filter((point) => point[0] >= scenario.years[0] - (narrow ? 3 : 4));
  const values = [...found.rows.flatMap((row) => [row[outer[1]], row[3], row[outer[2]]]), ...others.flatMap((each) => each.variables[state.variable].quantiles.flatMap((row) => [row[0], row[6]])), ...history.flatMap((point) => point.slice(1))];
  const lowest = Math.min(...values), greatest = Math.max(...values);
  const log = state.scale === "log" && lowest > 0;
  if (log || unit === "USD") marks.forEach((mark) => { if (mark.value < greatest * 3) values.push(mark.value); });
  let low = Math.min(...values), high = Math.max(...values);
  if (log) { const pad = Math.max(0.03 * Math.log(high / low), 0.1); low *= Math.exp(-pad); high *= Math.exp(pad); }
  else { low = low >= 0 ? 0 : low - 0.05 * (high - low); high += 0.05 * (high - low) || 0.5; }
  const years = scenario.years, first = history.length ? years[0] - (narrow ? 3 : 4) : years[0], last = years[years.length - 1] + 1;
  const tickValues = ticks(low, high, log);
  const tickTexts = tickValues.map((value) => short(value, unit));
  const left = Math.min(0.3 * width, 0.62 * text * Math.max(3, ...tickTexts.map((each) => each.length)) + 10);
  const right = narrow ? 0.62 * text * 9 : 0.62 * text * 16, top = 0.8 * text, bottom = 2.1 * text;
  const x = (year) => left + ((year - first) / (last - first)) * (width - left - right);
  const y = (value) => height - bottom - (log ? Math.log(Math.max(value, low) / low) / Math.log(high / low) : (value - low) / (high - low)) * (height - bottom - top);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("class", `hue-${state.scenario}`);
  svg.setAttribute("font-size", text);
  tickValues.forEach((value, place) => {
    draw(svg, "line", { x1: left, x2: x(last - 0.5), y1: y(value), y2: y(value), stroke: "var(--rule)", "stroke-width": 0.6 });
    draw(svg, "text", { x: left - 5, y: y(value) + 0.35 * text, "text-anchor": "end" }, tickTexts[place]);
  });
  const every = Math.max(1, Math.ceil(((last - first) * 3.2 * text) / (width - left - right)));
  for (let year = first; year < last; year += 1) {
    if ((years[years.length - 1] - year) % every === 0) draw(svg, "text", { x: x(year + 0.5), y: height - 0.6 * text, "text-anchor": "middle" }, String(year));
  }
  draw(svg, "line", { x1: left, x2: width - right, y1: height - bottom, y2: height - bottom, stroke: "var(--faint)" });
  const line = (rows, place) => rows.map((row, year) => `${x(years[year] + 0.5).toFixed(1)},${y(row[place]).toFixed(1)}`);
  others.forEach((each) => {
    const rows = each.variables[state.variable].quantiles.slice(0, years.length), number = scenarios.indexOf(each);
    const group = draw(svg, "g", { class: `hue-${number}` });
    draw(group, "polygon", { points: [...line(rows, 0), ...line(rows, 6).reverse()].join(" "), fill: "var(--hue)", "fill-opacity": 0.1, stroke: "var(--hue)", "stroke-width": 0.7, "stroke-dasharray": "2 2" });
    draw(group, "polyline", { points: line(rows, 3).join(" "), fill: "none", stroke: "var(--hue)", "stroke-width": 1.4, "stroke-dasharray": "6 3" });
  });
  shown.forEach(([name, below, above]) => {
    draw(svg, "polygon", {
      "data-band": name, "data-values": found.rows.map((row) => `${row[below]} ${row[above]}`).join(";"),
      points: [...line(found.rows, below), ...line(found.rows, above).reverse()].join(" "),
      fill: "var(--hue)", "fill-opacity": 0.2, stroke: "var(--hue)", "stroke-width": 0.8,
    });
  });
  if (on("paths")) {
    const paths = unpack(variable), chosen = places || Array.from({ length: scenario.paths }, (_, path) => path);
    const step = Math.max(1, Math.floor(chosen.length / 12));
    for (let place = 0; place < Math.min(12, chosen.length); place += 1) {
      const path = chosen[place * step];
      if (path === undefined) break;
      const points = years.map((year, row) => `${x(year + 0.5).toFixed(1)},${Math.min(height - bottom, Math.max(top, y(paths[row * scenario.paths + path]))).toFixed(1)}`);
      draw(svg, "polyline", { class: "path", points: points.join(" "), fill: "none", stroke: "var(--ink)", "stroke-width": 0.5, "stroke-opacity": 0.5 });
    }
  }
  draw(svg, "polyline", { "data-median": found.rows.map((row) => row[3]).join(";"), points: line(found.rows, 3).join(" "), fill: "none", stroke: "var(--ink)", "stroke-width": 1.6 });
  history.forEach(([date, value, from, to]) => {
    if (log && value <= 0) return;
    draw(svg, "line", { x1: x(date), x2: x(date), y1: y(log && from <= 0 ? value : from), y2: y(to), stroke: "var(--faint)", "stroke-width": 0.7 });
    draw(svg, "circle", { cx: x(date), cy: y(value), r: 2, fill: "var(--ink)" });
  });
  marks.forEach((mark) => {
    if (mark.value > high || mark.value < low) return;
    draw(svg, "line", { x1: left, x2: x(last - 0.5), y1: y(mark.value), y2: y(mark.value), stroke: "var(--ink)", "stroke-width": 0.8, "stroke-dasharray": "2 3" });
    const end = mark.by.length - 1, share = percent(mark.by[end]), name = quantity(mark.value, unit);
    const wordings = [`${name} by ${years[end]}: ${share} of paths`, `${name} by ${years[end]}: ${share}`, `${name}: ${share}`];
    const fits = (each, room) => each.length * 0.56 * text < room;
    const words = wordings.find((each) => fits(each, x(years[0]) - left)) || wordings.slice(1).find((each) => fits(each, x(last - 0.5) - left)) || wordings[2];
    draw(svg, "text", { x: left + 4, y: y(mark.value) - 0.3 * text, class: "threshold", stroke: "var(--paper)", "stroke-width": 3, "paint-order": "stroke" }, words);
  });
  if (state.year !== null) {
    draw(svg, "line", { x1: x(state.year + 0.5), x2: x(state.year + 0.5), y1: top, y2: height - bottom, stroke: "var(--ink)", "stroke-width": 0.8, "stroke-dasharray": "4 3" });
  }
  const end = found.rows[found.rows.length - 1];
  const edges = shown.flatMap(([, below, above]) => [below, above]);
  const named = (narrow ? [outer[1], outer[2]] : edges).concat(3);
  const labels = [...new Set(named)].map((place) => ({ y: y(end[place]), words: narrow ? short(end[place], unit) : `${NAMES[place]} ${short(end[place], unit)}`, bold: place === 3 }));
  spread(labels, 1.15 * text, top + 0.5 * text, height - bottom).forEach((label) => {
    draw(svg, "text", { x: x(last - 0.5) + 6, y: label.y + 0.35 * text, "font-weight": label.bold ? 700 : 400 }, label.words);
  });
  const words = [
    `Fan chart of ${lower(variable.title)} (${variable.axis}${log ? ", log scale" : ", linear scale"}), scenario ${scenario.name}${places ? `, ${places.length} of ${scenario.paths} stored paths` : ""}.`,
    ...years.map((year, row) => sentence(year, found.rows[row], unit)),
    ...marks.map((mark) => `${quantity(mark.value, unit)} reached by ${years[years.length - 1]} on ${percent(mark.by[mark.by.length - 1])} of paths.`),
  ];
  svg.setAttribute("aria-label", words.join(" "));
  host.replaceChildren(svg);
  return { found, marks };
};
const lower = (text) => text.slice(0, 1).toLowerCase() + text.slice(1);

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
    `${variable.title}, ${variable.axis}: quantiles over the paths, by year`, ["Year", ...NAMES.map((each) => each.replace("median", "Median")), "Error of the median"],
    scenario.years.map((year, row) => [String(year), ...found.rows[row].map((value, place) => number(value, unit, use ? "" : `summary|${state.variable}||${year}|p${["5", "10", "25", "50", "75", "90", "95"][place]}`)),
      found.rows[row][3] && !["share", "count"].includes(unit) ? `±${((100 * found.errors[row]) / Math.abs(found.rows[row][3])).toFixed(1)}%` : `±${found.errors[row].toPrecision(2)}`]),
  ));
  byId("fan-chart").hidden = state.shape === "table";
  byId("fan-table").hidden = state.shape !== "table";
  const logged = state.scale === "log" && Math.min(...whole.quantiles.flat()) > 0;
  byId("fan-note").textContent = `${variable.axis}, ${logged ? "log" : "linear"} scale. Bands hold 50, 80 and 90% of the paths of each year by itself, equal tails; thick line: median`
    + `${on("paths") ? "; hairlines: some whole paths" : ""}${variable.history.length ? "; dots: observed runs with their 90% measurement interval" : ""}. `
    + (use ? `Drawn from ${use.length.toLocaleString("en")} of ${scenario.paths.toLocaleString("en")} stored paths.` : `All ${scenario.draws.toLocaleString("en")} paths.`);
  const row = scenario.years.indexOf(state.year);
  const mark = marks.map((each) => `${quantity(each.value, unit)} reached by ${state.year}: ${percent(each.by[row])} of paths (${margin(each.errors[row])} points)`);
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
    const cells = [variable.title, quantity(row[3], variable.unit), `${quantity(row[0], variable.unit)} to ${quantity(row[6], variable.unit)}`];
    if (!use) return cells;
    const now = series(scenario, name, use), mine = now.rows[final];
    return [...cells, number(mine[3], variable.unit), `${quantity(mine[0], variable.unit)} to ${quantity(mine[6], variable.unit)}`];
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
  inputs();
  update();
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
document.querySelectorAll("input[name=band]").forEach((each) => each.addEventListener("change", update));
byId("variable").addEventListener("change", (event) => { state.variable = event.target.value; update(); });
byId("year").addEventListener("input", (event) => { state.year = Number(event.target.value); update(); });
byId("reset").addEventListener("click", () => { state.ranges[state.scenario] = {}; inputs(); update(); });
let wide = 0;
new ResizeObserver(() => { const now = byId("fan-chart").clientWidth; if (now && now !== wide) { wide = now; schedule(); } }).observe(byId("fan-chart"));
// A browser that reloads keeps what was chosen; the page then has to follow.
const picked = document.querySelector("input[name=scenario]:checked");
document.querySelectorAll("input[name=shape]:checked, input[name=scale]:checked").forEach((each) => { state[each.name] = each.value; });
choose(picked ? picked.value : "0");
if (state.shape === "table") document.querySelector("input[name=shape]:checked").dispatchEvent(new Event("change"));
// Paper has no place to click: every table is printed open.
let closed = [];
addEventListener("beforeprint", () => { closed = [...document.querySelectorAll("details:not([open])")]; closed.forEach((each) => { each.open = true; }); });
addEventListener("afterprint", () => { closed.forEach((each) => { each.open = false; }); });
window.forecastPage = { quantity, short, percent, margin };
})();
