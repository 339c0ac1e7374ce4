// Numbers in words: the same rules as the tables that stand on the page, so that no figure is told in two ways.
const data = JSON.parse(document.getElementById("data").textContent);
const scenarios = data.scenarios;
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
// Calibrated words as the tables say them; the steps of the scale stand in the data.
const likelihood = (share) => {
  if (!Number.isFinite(share)) return "";
  const [high, low, middle] = data.likelihood;
  const found = high.find(([least]) => share >= least) || low.find(([most]) => share <= most);
  return found ? found[1] : middle;
};
