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
// Every quantile that some way of drawing needs, ascending and symmetric; a row holds one value for each.
const LEVELS = data.levels, MEDIAN = LEVELS.indexOf(0.5);
const TABLE = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95].map((level) => LEVELS.indexOf(level));
const LOW = TABLE[0], HIGH = TABLE[6];
const nameOf = (place) => (place === MEDIAN ? "median" : percent(LEVELS[place]));
// The bands of a way of drawing, the widest first: what each is called, and the places of its edges.
const bandsOf = (preset) => preset.lower.map((level, place) => {
  const below = LEVELS.indexOf(level), share = percent(1 - 2 * level);
  return { name: share.replace("%", ""), words: preset.names[place] ? `${share}, ${preset.names[place]}` : share, strength: preset.strengths[place], below, above: LEVELS.length - 1 - below };
});
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
  if (!places) return { rows: variable.quantiles, errors: variable.errors, number: scenario.draws };
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
