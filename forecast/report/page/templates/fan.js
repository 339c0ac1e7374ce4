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
const sentence = (year, row, unit) => {
  const bands = bandsOf(preset());
  const parts = [bands[bands.length - 1], bands[0]].map((each) => `${each.words} of paths from ${quantity(row[each.below], unit)} to ${quantity(row[each.above], unit)}`);
  return `${year}: median ${quantity(row[MEDIAN], unit)}, ${parts.join(", ")}.`;
};
// An earlier forecast of a variable, as far as its years are shown; null where there is none or nobody asked for it.
const vintage = (scenario, name) => (on("earlier") && scenario.earlier && scenario.earlier.variables[name]) || null;

const fan = (places) => {
  const scenario = current(), variable = scenario.variables[state.variable], unit = variable.unit;
  const host = byId("fan-chart");
  const text = parseFloat(getComputedStyle(root).fontSize) * 0.8;
  const width = Math.max(260, host.clientWidth || 680), narrow = width < 40 * text, tiny = width < 18 * text;
  const height = Math.round(Math.min(Math.max(0.62 * width, 23 * text), 34 * text));
  const found = series(scenario, state.variable, places);
  const marks = crossings(scenario, state.variable, places);
  const others = on("others") || state.all ? scenarios.filter((each, place) => place !== state.scenario && each.variables[state.variable]) : [];
  const style = preset(), shown = bandsOf(style).filter((each) => on(each.name));
  const outer = shown.length ? shown[0] : { below: MEDIAN, above: MEDIAN };
  const before = vintage(scenario, state.variable) || [];
  const history = tiny ? [] : variable.history.filter((point) => point[0] >= scenario.years[0] - (narrow ? 3 : 4));
  const values = [...found.rows.flatMap((row) => [row[outer.below], row[MEDIAN], row[outer.above]]), ...others.flatMap((each) => each.variables[state.variable].quantiles.flatMap((row) => [row[LOW], row[HIGH]])), ...before.flatMap((row) => row.slice(1)), ...history.flatMap((point) => point.slice(1))];
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
  // On a narrow screen with large letters the sentence below the chart tells the numbers alone.
  const right = tiny ? 1.2 * text : narrow ? 0.62 * text * 9 : 0.62 * text * 16, top = 0.8 * text, bottom = 2.1 * text;
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
    draw(group, "polygon", { points: [...line(rows, LOW), ...line(rows, HIGH).reverse()].join(" "), fill: "var(--hue)", "fill-opacity": 0.1, stroke: "var(--hue)", "stroke-width": 0.7, "stroke-dasharray": "2 2" });
    draw(group, "polyline", { points: line(rows, MEDIAN).join(" "), fill: "none", stroke: "var(--hue)", "stroke-width": 1.4, "stroke-dasharray": "6 3" });
  });
  if (before.length) {
    const at = (place) => before.map((row) => `${x(row[0] + 0.5).toFixed(1)},${y(row[place]).toFixed(1)}`);
    draw(svg, "polygon", { "data-earlier": before.map((row) => row.join(" ")).join(";"), points: [...at(1), ...at(3).reverse()].join(" "), fill: "var(--faint)", "fill-opacity": 0.3, stroke: "var(--muted)", "stroke-width": 0.8, "stroke-dasharray": "3 2" });
    draw(svg, "polyline", { points: at(2).join(" "), fill: "none", stroke: "var(--muted)", "stroke-width": 1.2, "stroke-dasharray": "1.5 2" });
  }
  // Bands lie on each other: each adds what it lacks to its own strength.
  let under = 0;
  shown.forEach(({ name, strength, below, above }, place) => {
    draw(svg, "polygon", {
      "data-band": name, "data-values": found.rows.map((row) => `${row[below]} ${row[above]}`).join(";"),
      points: [...line(found.rows, below), ...line(found.rows, above).reverse()].join(" "),
      fill: "var(--hue)", "fill-opacity": (1 - (1 - strength) / (1 - under)).toFixed(3), stroke: style.outlined || place === 0 ? "var(--hue)" : "none", "stroke-width": 0.8,
    });
    under = strength;
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
  draw(svg, "polyline", { "data-median": found.rows.map((row) => row[MEDIAN]).join(";"), points: line(found.rows, MEDIAN).join(" "), fill: "none", stroke: style.median ? "var(--ink)" : "none", "stroke-width": 1.6 });
  history.forEach(([date, value, from, to]) => {
    if (log && value <= 0) return;
    draw(svg, "line", { x1: x(date), x2: x(date), y1: y(log && from <= 0 ? value : from), y2: y(to), stroke: "var(--faint)", "stroke-width": 0.7 });
    draw(svg, "circle", { cx: x(date), cy: y(value), r: 2, fill: "var(--ink)" });
  });
  marks.forEach((mark) => {
    if (mark.value > high || mark.value < low) return;
    draw(svg, "line", { x1: left, x2: x(last - 0.5), y1: y(mark.value), y2: y(mark.value), stroke: "var(--ink)", "stroke-width": 0.8, "stroke-dasharray": "2 3" });
    const end = mark.by.length - 1, share = percent(mark.by[end]), name = quantity(mark.value, unit);
    const term = on("words") ? `, ${likelihood(mark.by[end])}` : "";
    const wordings = [`${name} by ${years[end]}: ${share} of paths${term}`, `${name} by ${years[end]}: ${share}${term}`, `${name} by ${years[end]}: ${share}`, `${name}: ${share}`];
    const fits = (each, room) => each.length * 0.56 * text < room;
    const words = wordings.find((each) => fits(each, x(years[0]) - left)) || wordings.slice(1).find((each) => fits(each, x(last - 0.5) - left)) || wordings[3];
    if (!tiny) draw(svg, "text", { x: left + 4, y: y(mark.value) - 0.3 * text, class: "threshold", stroke: "var(--paper)", "stroke-width": 3, "paint-order": "stroke" }, words);
  });
  if (state.year !== null) {
    draw(svg, "line", { x1: x(state.year + 0.5), x2: x(state.year + 0.5), y1: top, y2: height - bottom, stroke: "var(--ink)", "stroke-width": 0.8, "stroke-dasharray": "4 3" });
  }
  const end = found.rows[found.rows.length - 1];
  const edges = shown.flatMap(({ below, above }) => [below, above]);
  const named = tiny ? [] : (narrow ? [outer.below, outer.above] : edges).concat(style.median ? MEDIAN : []);
  const labels = [...new Set(named)].map((place) => ({ y: y(end[place]), words: narrow ? short(end[place], unit) : `${nameOf(place)} ${short(end[place], unit)}`, bold: place === MEDIAN }));
  const old = before.length ? before[before.length - 1] : null;
  if (!tiny && old && old[0] === years[years.length - 1]) labels.push({ y: y(old[2]), words: narrow ? `${short(old[2], unit)} then` : `last forecast ${short(old[2], unit)}` });
  spread(labels, 1.15 * text, top + 0.5 * text, height - bottom).forEach((label) => {
    draw(svg, "text", { x: x(last - 0.5) + 6, y: label.y + 0.35 * text, "font-weight": label.bold ? 700 : 400 }, label.words);
  });
  const words = [
    `Fan chart of ${lower(variable.title)} (${variable.axis}${log ? ", log scale" : ", linear scale"}), scenario ${scenario.name}${places ? `, ${places.length} of ${scenario.paths} stored paths` : ""}.`,
    ...years.map((year, row) => sentence(year, found.rows[row], unit)),
    ...marks.map((mark) => `${quantity(mark.value, unit)} reached by ${years[years.length - 1]} on ${percent(mark.by[mark.by.length - 1])} of paths${on("words") ? `, ${likelihood(mark.by[mark.by.length - 1])}` : ""}.`),
    ...(before.length ? [`Behind it the last forecast, as of ${scenario.earlier.as_of}: in ${before[before.length - 1][0]} median ${quantity(before[before.length - 1][2], unit)}, 90% of paths from ${quantity(before[before.length - 1][1], unit)} to ${quantity(before[before.length - 1][3], unit)}.`] : []),
  ];
  svg.setAttribute("aria-label", words.join(" "));
  host.replaceChildren(svg);
  return { found, marks };
};
const lower = (text) => text.slice(0, 1).toLowerCase() + text.slice(1);
