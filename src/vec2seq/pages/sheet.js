// An evaluation sheet: for every file of items a table with intervals, and one analogy worked out.

import {make, makeSvg} from "./dom.js";
import {plane} from "./sheet_plane.js";
import {TEXTS} from "./sheet_texts.js";
import {trusted} from "./sheet_trust.js";

const RULES = ["3cosadd", "3cosmul", "pairdirection"];
const RANGES = {weat: [-2, 2], spearman: [-1, 1]};
const WIDTH = 240;

const colored = (element, at) => {
  element.style.setProperty("--color", `var(--c${at % 8})`);
  return element;
};
const fixed = number => (Math.round(number * 1000) / 1000 + 0).toFixed(3).replace("-", "−");
const signed = number => (number >= 0 ? "+" : "") + fixed(number);

/** Where the values of a metric stand on its axis, and the values that it marks. */
function axis(metric) {
  const [from, to] = RANGES[metric] ?? [0, 1];
  const x = value => (Math.min(Math.max(value, from), to) - from) / (to - from) * WIDTH;
  return {x, ticks: [from, (from + to) / 2, to]};
}

function scale(metric) {
  const {x, ticks} = axis(metric);
  const texts = ticks.map((tick, k) => {
    const text = makeSvg("text", {x: x(tick), y: 14, "text-anchor": ["start", "middle", "end"][k]});
    text.textContent = String(tick).replace("-", "−");
    return text;
  });
  return makeSvg("svg", {class: "plot", viewBox: `0 0 ${WIDTH} 20`}, ...texts);
}

/** A score and its interval on an axis. */
function whisker(cell, metric, at) {
  const {x, ticks} = axis(metric);
  const svg = makeSvg("svg", {class: "plot", viewBox: `0 0 ${WIDTH} 20`, role: "presentation"},
    makeSvg("line", {class: "axis", x1: 0, x2: WIDTH, y1: 10, y2: 10}),
    ...ticks.map(tick => makeSvg("line", {class: "axis", x1: x(tick), x2: x(tick), y1: 5, y2: 15})));
  if (cell.low !== null) svg.append(makeSvg("line", {class: "whisker", x1: x(cell.low), x2: x(cell.high), y1: 10, y2: 10}));
  if (cell.score !== null) svg.append(makeSvg("circle", {class: "point", cx: x(cell.score), cy: 10, r: 4.5}));
  return colored(svg, at);
}

/** The rows of one measure, one for each set of vectors. */
function lines(row, label, models, say) {
  return row.cells.map((cell, at) => {
    const {difference} = cell, tr = make("tr", {className: at ? "" : "first"});
    if (!at) tr.append(make("th", {scope: "row", rowSpan: models.length}, label));
    if (models.length > 1) {
      tr.append(make("td", {className: "model", title: models[at].name}, colored(make("span", {className: "dot"}), at),
        models[at].name));
    }
    const score = cell.score === null ? (cell.n ? "–" : say.none) : fixed(cell.score);
    tr.append(make("td", {}, whisker(cell, row.metric, at)),
      make("td", {className: "right"}, score, ...(cell.p === null ? [] : [make("div", {className: "quiet"}, say.p(cell.p))])),
      make("td", {}, cell.low === null ? "–" : say.interval(fixed(cell.low), fixed(cell.high))),
      make("td", {className: "right"}, cell.n.toLocaleString()),
      make("td", {className: "right"}, say.percent(cell.coverage)));
    if (models.length > 1) {
      const sure = difference && (difference.low > 0 || difference.high < 0);
      tr.append(make("td", {className: sure ? "sure" : ""}, difference
        ? `${signed(difference.score)} (${say.interval(signed(difference.low), signed(difference.high))})` : ""));
    }
    return tr;
  });
}

function table(rows, label, models, say) {
  const names = ["items", ...(models.length > 1 ? ["model"] : []), "plot", "score", "interval", "n", "coverage",
    ...(models.length > 1 ? ["difference"] : [])];
  const right = new Set(["score", "n", "coverage"]);
  const head = names.map(name => make("th", {scope: "col", className: right.has(name) ? "right" : ""},
    name === "plot" ? scale(rows[0].metric) : say.head[name]));
  return make("div", {className: "wide"}, make("table", {},
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, ...rows.flatMap(row => lines(row, label(row), models, say)))));
}

/** The sections of a file: those of one rule at a time, if they are analogies. */
function sections(rows, models, say) {
  const metrics = [...new Set(rows.map(row => row.metric))], holder = make("div");
  const show = metric => holder.replaceChildren(
    table(rows.filter(row => row.metric === metric), row => row.section, models, say));
  show(metrics[0]);
  if (metrics.length === 1) return [holder];
  const buttons = metrics.map(metric => make("button", {
    type: "button", ariaPressed: String(metric === metrics[0]), onclick: event => {
      for (const button of buttons) button.ariaPressed = String(button === event.currentTarget);
      show(metric);
    },
  }, say.metrics[metric]));
  return [make("div", {className: "tabs"}, ...buttons), holder];
}

function card(file, models, say) {
  const whole = file.rows.filter(row => row.section === null), parts = file.rows.filter(row => row.section !== null);
  const body = [make("h2", {}, file.name)];
  if (whole.length) body.push(table(whole, row => say.metrics[row.metric], models, say));
  if (parts.length) {
    const kind = say.sections[RULES.includes(parts[0].metric) ? "rules" : parts[0].metric];
    const content = sections(parts, models, say);
    body.push(...(whole.length ? [make("details", {}, make("summary", {}, kind), ...content)] : content));
  }
  return make("section", {className: "card"}, ...body);
}

/** What is told of each model, side by side, under its name. */
function beside(models, content) {
  return make("div", {className: "beside"}, ...models.map((model, at) => colored(make("div", {},
    ...(models.length > 1 ? [make("h3", {}, make("span", {className: "dot"}), model.name)] : []),
    ...content(at)), at)));
}

function worked(example, models, say) {
  const parts = at => {
    const model = example.models[at];
    return [plane(example.words, model.plane, at),
      make("p", {className: "quiet"}, say.rank(example.words[3], model.rank, model.rank_of_all), " ", say.share(model.share)),
      make("ol", {className: "near"}, ...model.near.map(([word, cosine, asked]) => make("li", {},
        make("span", {className: asked ? "asked" : word === example.words[3] ? "answer" : ""}, word),
        make("span", {className: "quiet"}, fixed(cosine)))))];
  };
  return make("section", {className: "card"}, make("h2", {}, say.example(example.words)),
    make("p", {className: "quiet"}, say.exampleLead(example.words)), beside(models, parts));
}

function trustOf(trust, models, say) {
  return make("section", {className: "card trust"}, make("h2", {}, say.trust), make("p", {className: "quiet"}, say.trustLead),
    beside(models, at => trusted(trust[at], say)));
}

export function show(root, data, language) {
  const {models, files, example, trust} = data;
  const setLanguage = code => {
    const say = TEXTS[code];
    root.replaceChildren(make("div", {className: "sheet"},
      make("p", {className: "lead"}, say.lead),
      make("ul", {className: "models"}, ...models.map((model, at) => make("li", {},
        colored(make("span", {className: "dot"}), at), make("strong", {}, model.name), " ",
        make("span", {className: "quiet"}, say.size(model.words, model.width))))),
      ...files.map(file => card(file, models, say)),
      ...(example ? [worked(example, models, say)] : []),
      ...(trust.some(Boolean) ? [trustOf(trust, models, say)] : []),
      make("section", {className: "card"}, make("h2", {}, say.reading),
        make("dl", {}, ...say.terms.flatMap(([term, text]) => [make("dt", {}, term), make("dd", {}, text)])))));
  };
  setLanguage(language);
  return {setLanguage};
}
