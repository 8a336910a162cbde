// A map of word vectors: search, zoom, labels that do not collide, neighbors on click.
//
// data: tokens [n] by descending frequency; xy [n, 2] within -1 .. 1, neighbors [n, k] and similarities [n, k], best
// first, and groups [n], all flat; typical: for each group a list of words, by number; method: "tsne" or "pca".

const TEXTS = {
  en: {
    find: "Find a word",
    nothing: query => `No word contains “${query}”`,
    map: "Map of words. Arrow keys move, plus and minus zoom, Enter shows the neighbors of the word in the middle.",
    zoomIn: "Zoom in", zoomOut: "Zoom out", zoomAll: "Show all words", close: "Close",
    lead: "Every dot is a word, the bigger the more frequent. Words that are used alike lie near each other. " +
      "Choose one to see its nearest neighbors.",
    groups: "Same color: similar vectors",
    comma: ", ",
    rank: (rank, all) => `No. ${rank} of ${all} by frequency`,
    near: "Nearest on this map",
    cosine: "The numbers are cosine similarities of the vectors: 1 is the same direction, 0 is unrelated.",
    tsne: "Positions by t-SNE: what is close is similar; long distances and directions have no meaning.",
    pca: "Positions are the first two principal components; they show only part of what tells the words apart.",
    keys: [["/", "search"], ["+ −", "zoom"], ["Esc", "clear"]],
    spoken: (word, near) => `${word}. Nearest: ${near.slice(0, 5).join(", ")}`,
  },
  zh: {
    find: "查找词语",
    nothing: query => `没有包含“${query}”的词`,
    map: "词语地图。方向键移动，加减键缩放，回车键显示中央词语的近邻。",
    zoomIn: "放大", zoomOut: "缩小", zoomAll: "显示全部", close: "关闭",
    lead: "每个点是一个词，点越大，词越常用。用法相近的词位置也相近。点选一个词，可查看与它最相近的词。",
    groups: "颜色相同：词向量相近",
    comma: "、",
    rank: (rank, all) => `词频第 ${rank} 位，共 ${all} 词`,
    near: "本图中最相近的词",
    cosine: "数字是词向量的余弦相似度：1 表示方向相同，0 表示无关。",
    tsne: "位置由 t-SNE 算出：距离近表示相似；远距离和方向没有意义。",
    pca: "位置取自前两个主成分，只反映词语之间的部分差别。",
    keys: [["/", "查找"], ["+ −", "缩放"], ["Esc", "清除"]],
    spoken: (word, near) => `${word}。最相近的词：${near.slice(0, 5).join("、")}`,
  },
};

const SUGGESTIONS = 8;
const LABEL_SIZES = [17, 15, 13.5, 12]; // pixels, from the most frequent words to the rest
const NO_CHINESE_FONT = "This computer has no font for Chinese. On Debian or Ubuntu: apt install fonts-noto-cjk";
const SIDES = ["right", "left", "above", "below"]; // of its dot, where a label may stand
const CROWDED = 60; // pixels; a click on a word whose neighbors are nearer than this goes there
const BEYOND = 0.15; // share of the screen, beyond its edges, that gets labels too: so far the map moves as it is

/** What is still free of a screen and of the strips beyond its edges, in cells of 4 x 4 pixels. */
class Room {
  constructor(width, height, beyondX, beyondY) {
    [this.x, this.y] = [beyondX, beyondY];
    [this.columns, this.rows] = [(width + 2 * beyondX >> 2) + 1, (height + 2 * beyondY >> 2) + 1];
    this.taken = new Uint8Array(this.columns * this.rows);
  }

  /** The cells of a box: first and last column, first and last row. */
  cells([left, top, right, bottom]) {
    return [
      Math.max(left + this.x >> 2, 0), Math.min(right + this.x >> 2, this.columns - 1),
      Math.max(top + this.y >> 2, 0), Math.min(bottom + this.y >> 2, this.rows - 1),
    ];
  }

  isFree(box) {
    const [first, last, top, bottom] = this.cells(box);
    for (let row = top; row <= bottom; row++) {
      for (let column = first; column <= last; column++) if (this.taken[row * this.columns + column]) return false;
    }
    return true;
  }

  take(box) {
    const [first, last, top, bottom] = this.cells(box);
    for (let row = top; row <= bottom; row++) {
      if (last >= first) this.taken.fill(1, row * this.columns + first, row * this.columns + last + 1);
    }
  }
}

/** A DOM element; properties that the element does not know become attributes. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Whether this computer draws the Chinese characters of the words all alike, as empty boxes. */
function lacksChinese(tokens, font) {
  const han = new Set();
  for (const token of tokens) {
    for (const character of token.match(/\p{Script=Han}/gu) ?? []) han.add(character);
    if (han.size >= 4) break;
  }
  if (han.size < 2) return false;
  const pixels = [...han].map(character => {
    const context = make("canvas", {width: 32, height: 32}).getContext("2d", {willReadFrequently: true});
    context.font = `24px ${font}`;
    context.fillText(character, 2, 26);
    return context.getImageData(0, 0, 32, 32).data.join();
  });
  return pixels.every(drawn => drawn === pixels[0]);
}

export function show(root, data, language) {
  const {tokens, xy, neighbors, similarities, groups, typical, method} = data;
  const n = tokens.length;
  const k = neighbors.length / n;
  const folded = tokens.map(token => token.normalize("NFKC").toLowerCase());
  const frequent = Float32Array.from(tokens, (_, i) => 1 - Math.log1p(i) / Math.log1p(n)); // 1 for the first word .. 0
  const sizes = Float32Array.from(tokens, (_, i) => LABEL_SIZES[i < n / 60 ? 0 : i < n / 15 ? 1 : i < n / 4 ? 2 : 3]);
  const widths = new Float32Array(n); // of labels, as a share of their size, measured when first needed
  const extent = [1e-6, 1e-6]; // how far the map reaches from its middle
  xy.forEach((value, i) => { extent[i % 2] = Math.max(extent[i % 2], Math.abs(value)); });
  const groupSizes = typical.map((_, g) => groups.reduce((count, other) => count + (other === g), 0));

  let say = TEXTS[language];
  let selected = -1, hovered = -1, group = -1, focus = new Set(); // focus: the selected word, then its neighbors
  let colors = {}, font = "", unreadable = false;

  // the page

  root.classList.add("map");
  const input = make("input", {
    type: "text", role: "combobox", autocomplete: "off", spellcheck: false, "aria-autocomplete": "list",
    "aria-expanded": "false", "aria-controls": "suggestions", enterKeyHint: "search",
  });
  const list = make("ul", {id: "suggestions", role: "listbox", hidden: true});
  const canvas = make("canvas", {tabIndex: 0, role: "application"});
  const panel = make("aside", {className: "panel"});
  const status = make("div", {className: "unseen", role: "status"});
  const icon = path => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("width", 16);
    svg.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
    svg.firstChild.setAttribute("d", path);
    return svg;
  };
  const zoomIn = make("button", {type: "button", onclick: () => zoomBy(2)}, icon("M3 8h10M8 3v10"));
  const zoomOut = make("button", {type: "button", onclick: () => zoomBy(1 / 2)}, icon("M3 8h10"));
  const zoomAll = make("button", {type: "button", onclick: () => flyTo(whole())},
    icon("M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10"));
  const zooms = make("div", {className: "zoom"}, zoomIn, zoomOut, zoomAll);
  root.replaceChildren(
    make("div", {className: "find", role: "search"}, input, list),
    make("section", {className: "plane"}, canvas, zooms),
    panel,
    status,
  );
  const context = canvas.getContext("2d");

  // the view: the point in the middle and how much of the map one pixel is

  let width = 0, height = 0;
  let view = {x: 0, y: 0, unit: 0}, goal = view, haste = 0.1; // seconds for most of the way from view to goal
  let smallest = 1; // radius of the dot of the rarest word in pixels
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  const inner = size => Math.max(size - 2 * within(size * 0.06, 20, 48), 80); // without a margin
  const whole = () => ({x: 0, y: 0, unit: 2 * Math.max(extent[0] / inner(width), extent[1] / inner(height))});
  const within = (value, low, high) => Math.min(Math.max(value, low), high);
  const bounded = ({x, y, unit}) => ({
    x: within(x, -extent[0], extent[0]), y: within(y, -extent[1], extent[1]),
    unit: within(unit, whole().unit / (2 + Math.sqrt(n) / 2), whole().unit * 1.5),
  });
  const screenX = i => (xy[2 * i] - view.x) / view.unit + width / 2;
  const screenY = i => (view.y - xy[2 * i + 1]) / view.unit + height / 2;
  const radius = i => smallest * (1 + 1.8 * frequent[i]);

  function flyTo(place, seconds = 0.12) {
    goal = bounded(place);
    if (still.matches || !seconds) view = goal;
    haste = seconds;
    hover(-1); // another word is under the pointer now
    wake();
  }

  /** Zoom so that the point at (px, py) of the screen stays where it is: x, y and unit go to the goal in step. */
  function zoomBy(factor, px = width / 2, py = height / 2, seconds = 0.12) {
    const unit = bounded({...view, unit: goal.unit / factor}).unit;
    const x = view.x + (px - width / 2) * (view.unit - unit);
    const y = view.y - (py - height / 2) * (view.unit - unit);
    flyTo({x, y, unit}, seconds);
  }

  function moveBy(dx, dy) {
    view = goal = bounded({x: view.x - dx * view.unit, y: view.y + dy * view.unit, unit: view.unit});
    wake();
  }

  // labels

  let placed = new Map(); // word -> side, for the view in `placedFor`
  let placedFor = null;
  const lastSide = new Map(); // of labels that fade away
  const shown = new Map(); // word -> how visible its label is, 0 .. 1

  const labelFont = i => `${i === selected ? "bold " : ""}${sizeOf(i)}px ${font}`;
  const sizeOf = i => i === selected ? 20 : focus.has(i) ? Math.max(sizes[i], 14) : sizes[i];

  function widthOf(i) {
    if (i === selected || !widths[i]) context.font = i === selected ? labelFont(i) : `100px ${font}`;
    if (i === selected) return context.measureText(tokens[i]).width;
    widths[i] ||= context.measureText(tokens[i]).width / 100;
    return widths[i] * sizeOf(i);
  }

  function boxOf(i, side, x, y) {
    const w = widthOf(i), h = sizeOf(i) * 1.15, away = radius(i) + (i === selected ? 7 : 3);
    const left = side === "right" ? x + away : side === "left" ? x - away - w : x - w / 2;
    const top = side === "above" ? y - away - h : side === "below" ? y + away : y - h / 2;
    return [left, top, left + w, top + h];
  }

  const isCut = ([left, top, right, bottom]) => left < 2 && right > 0 || right > width - 2 && left < width ||
    top < 2 && bottom > 0 || bottom > height - 2 && top < height;

  /** Places labels by rank, the focus first; a word gets one where a side of its dot is free. */
  function placeLabels() {
    const before = placed;
    const room = new Room(width, height, BEYOND * width, BEYOND * height);
    const [apartX, apartY] = focus.size ? [5, 2] : [12, 6]; // pixels between labels
    placed = new Map();
    const {offsetLeft, offsetTop, offsetWidth, offsetHeight} = zooms;
    room.take([offsetLeft, offsetTop, offsetLeft + offsetWidth, offsetTop + offsetHeight]);
    const tryLabel = i => {
      const x = screenX(i), y = screenY(i);
      if (Math.abs(x / width - 0.5) > 0.5 + BEYOND || Math.abs(y / height - 0.5) > 0.5 + BEYOND) return;
      const last = before.get(i);
      for (const side of last ? [last, ...SIDES.filter(other => other !== last)] : SIDES) {
        const box = boxOf(i, side, x, y);
        if (!isCut(box) && room.isFree(box)) {
          const r = radius(i);
          room.take([box[0] - apartX, box[1] - apartY, box[2] + apartX, box[3] + apartY]);
          room.take([x - r, y - r, x + r, y + r]);
          placed.set(i, side);
          return;
        }
      }
    };
    focus.forEach(tryLabel);
    for (let i = 0; i < n; i++) {
      if (!placed.has(i) && (group < 0 || groups[i] === group)) tryLabel(i);
    }
    placedFor = {...view};
  }

  function replace() {
    placedFor = null;
    wake();
  }

  const needsPlacing = () => !placedFor || placedFor.unit !== view.unit ||
    Math.abs(placedFor.x - view.x) > BEYOND * width * view.unit ||
    Math.abs(placedFor.y - view.y) > BEYOND * height * view.unit;

  // drawing

  let sleeping = true, then = 0;

  function wake() {
    if (!sleeping) return;
    sleeping = false;
    delete canvas.dataset.still;
    then = performance.now();
    requestAnimationFrame(frame);
  }

  function frame(now) {
    const seconds = within((now - then) / 1000, 0.001, 0.1);
    then = now;
    const share = 1 - Math.exp(-seconds / haste);
    const moving = Math.hypot(goal.x - view.x, goal.y - view.y) / view.unit; // pixels
    const zooming = Math.abs(goal.unit / view.unit - 1) * width;
    if (moving + zooming < 0.5) view = goal;
    else {
      const toward = name => view[name] + (goal[name] - view[name]) * share;
      view = {x: toward("x"), y: toward("y"), unit: toward("unit")};
    }
    const room = Math.sqrt(width * height / n);
    smallest = within(room * 0.1, 0.8, 2) * within((whole().unit / view.unit) ** 0.4, 1, 3);
    if (needsPlacing()) placeLabels();
    const fading = fade(still.matches ? 1 : seconds / 0.15);
    draw();
    if (view !== goal || fading) requestAnimationFrame(frame);
    else {
      sleeping = true;
      canvas.dataset.still = "";
    }
  }

  /** Moves every label a step to where it should be, seen or not; true if one is still on its way. */
  function fade(step) {
    let fading = false;
    for (const i of placed.keys()) if (!shown.has(i)) shown.set(i, 0);
    for (const [i, alpha] of shown) {
      const next = within(alpha + (placed.has(i) ? step : -step), 0, 1);
      if (next === 0) shown.delete(i);
      else shown.set(i, next);
      if (next !== (placed.has(i) ? 1 : 0)) fading = true;
    }
    return fading;
  }

  function draw() {
    const ratio = devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    drawDots();
    drawLines();
    drawLabels();
    if (hovered >= 0) drawHovered();
  }

  function drawDots() {
    const lit = focus.size ? i => focus.has(i) : group >= 0 ? i => groups[i] === group : null;
    for (const bright of lit ? [false, true] : [true]) {
      context.globalAlpha = bright ? 0.85 : 0.16;
      for (let g = groupSizes.length - 1; g >= 0; g--) {
        context.beginPath();
        for (let i = n - 1; i >= 0; i--) {
          if (groups[i] !== g || (lit && lit(i) !== bright)) continue;
          const x = screenX(i), y = screenY(i), r = radius(i);
          if (x < -r || x > width + r || y < -r || y > height + r) continue;
          if (r < 1.2) context.rect(x - r, y - r, 2 * r, 2 * r);
          else {
            context.moveTo(x + r, y);
            context.arc(x, y, r, 0, 2 * Math.PI);
          }
        }
        context.fillStyle = colors.groups[g];
        context.fill();
      }
    }
    context.globalAlpha = 1;
  }

  function drawLines() {
    if (selected < 0) return;
    context.strokeStyle = colors.accent;
    neighborsOf(selected).forEach((i, at) => {
      const likeness = within(similarities[selected * k + at], 0, 1);
      context.globalAlpha = 0.15 + 0.6 * likeness;
      context.lineWidth = 0.5 + 1.5 * likeness;
      context.beginPath();
      context.moveTo(screenX(selected), screenY(selected));
      context.lineTo(screenX(i), screenY(i));
      context.stroke();
    });
    context.globalAlpha = 1;
    ring(selected, colors.accent);
  }

  function ring(i, color) {
    context.beginPath();
    context.arc(screenX(i), screenY(i), radius(i) + 2.5, 0, 2 * Math.PI);
    context.strokeStyle = color;
    context.lineWidth = 2;
    context.stroke();
  }

  function drawLabels() {
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.strokeStyle = colors.paper;
    for (const [i, alpha] of shown) {
      const side = placed.get(i) ?? lastSide.get(i);
      lastSide.set(i, side);
      const [left, top, right, bottom] = boxOf(i, side, screenX(i), screenY(i));
      if (right < 0 || left > width || bottom < 0 || top > height) continue;
      context.globalAlpha = alpha * (focus.size && !focus.has(i) ? 0.3 : 1);
      context.font = labelFont(i);
      context.fillStyle = i === selected ? colors.accent : colors.ink;
      context.lineWidth = 3;
      context.strokeText(tokens[i], left, (top + bottom) / 2);
      context.fillText(tokens[i], left, (top + bottom) / 2);
    }
    context.globalAlpha = 1;
  }

  function drawHovered() {
    ring(hovered, colors.ink);
    if (hovered === selected) return;
    context.font = `14px ${font}`;
    const w = context.measureText(tokens[hovered]).width + 16;
    const side = placed.get(hovered) ?? "above";
    const [left, top, right, bottom] = boxOf(hovered, side, screenX(hovered), screenY(hovered));
    const x = within((left + right - w) / 2, 4, width - w - 4), y = within((top + bottom) / 2 - 13, 4, height - 30);
    context.fillStyle = colors.ink;
    context.beginPath();
    context.roundRect(x, y, w, 26, 5);
    context.fill();
    context.fillStyle = colors.paper;
    context.textBaseline = "middle";
    context.fillText(tokens[hovered], x + 8, y + 13);
  }

  // which word is where

  /** The word whose label or dot is at (px, py), or the nearest dot within `reach` pixels; -1 if there is none. */
  function wordAt(px, py, reach) {
    let best = -1, least = Infinity;
    for (let i = 0; i < n; i++) {
      const distance = Math.hypot(screenX(i) - px, screenY(i) - py) - radius(i);
      if (distance < least) [best, least] = [i, distance];
    }
    if (least <= 1) return best;
    for (const [i, side] of placed) {
      const [left, top, right, bottom] = boxOf(i, side, screenX(i), screenY(i));
      if (px >= left && px <= right && py >= top && py <= bottom) return i;
    }
    return least <= reach ? best : -1;
  }

  function hover(i) {
    if (hovered === i) return;
    hovered = i;
    canvas.classList.toggle("over", i >= 0);
    wake();
  }

  // choosing

  const neighborsOf = i => Array.from(neighbors.slice(i * k, (i + 1) * k));

  function select(i) {
    selected = i;
    group = -1;
    focus = new Set(i < 0 ? [] : [i, ...neighborsOf(i)]);
    fillPanel();
    if (i >= 0) status.textContent = say.spoken(tokens[i], neighborsOf(i).map(j => tokens[j]));
    replace();
  }

  /** How far from a word its neighbors are on the map, in ascending order. */
  const distances = i =>
    neighborsOf(i).map(j => Math.hypot(xy[2 * j] - xy[2 * i], xy[2 * j + 1] - xy[2 * i + 1])).sort((a, b) => a - b);

  /** Selects a word and brings it and most of its neighbors into view. */
  function goTo(i) {
    select(i);
    const far = Math.min(distances(i)[k - 1], 3 * distances(i)[k >> 1]);
    const unit = 2 * far / Math.min(inner(width), inner(height));
    flyTo({x: xy[2 * i], y: xy[2 * i + 1], unit: within(unit, whole().unit / 24, whole().unit / 2)}, 0.16);
  }

  function clear() {
    group = -1;
    input.value = "";
    closeList();
    select(-1);
  }

  // the panel

  const formatted = number => number.toLocaleString(say === TEXTS.en ? "en" : "zh");

  function fillPanel() {
    panel.replaceChildren(...(selected >= 0 ? wordPanel() : groupPanel()));
    panel.scrollTop = 0;
  }

  function wordPanel() {
    const near = neighborsOf(selected).map((i, at) => {
      const likeness = similarities[selected * k + at];
      const bar = make("i");
      bar.style.width = `${100 * within(likeness, 0, 1)}%`;
      const entry = make("button", {
        type: "button", onpointerenter: () => hover(i), onpointerleave: () => hover(-1), onclick: () => {
          goTo(i);
          panel.querySelector("button").focus({preventScroll: true}); // the one that had the focus is gone
        },
      }, make("span", {}, tokens[i]), make("span", {className: "bar"}, bar),
      make("span", {className: "number"}, likeness.toFixed(2)));
      entry.style.setProperty("--color", `var(--c${groups[i]})`);
      return make("li", {}, entry);
    });
    return [
      make("div", {},
        make("div", {className: "word"}, make("strong", {}, tokens[selected]),
          make("button", {type: "button", onclick: clear, ariaLabel: say.close, title: say.close}, "×")),
        make("p", {className: "quiet"}, say.rank(formatted(selected + 1), formatted(n)))),
      make("div", {className: "near"}, make("h2", {}, say.near), make("ol", {}, ...near)),
      make("div", {className: "foot"}, make("p", {className: "quiet"}, say.cosine)),
    ];
  }

  function groupPanel() {
    const entries = typical.map((words, g) => {
      const entry = make("button", {
        type: "button", ariaPressed: String(group === g), onclick: () => {
          group = group === g ? -1 : g;
          panel.querySelectorAll("button").forEach((button, at) => { button.ariaPressed = String(at === group); });
          replace();
        },
      }, make("span", {className: "dot"}), make("span", {}, words.map(i => tokens[i]).join(say.comma)),
      make("span", {className: "number"}, formatted(groupSizes[g])));
      entry.style.setProperty("--color", `var(--c${g})`);
      return make("li", {}, entry);
    });
    const keys = say.keys.flatMap(([key, does]) => [make("kbd", {}, key), ` ${does}  `]);
    return [
      make("p", {}, say.lead),
      make("div", {className: "groups"}, make("h2", {}, say.groups), make("ul", {}, ...entries)),
      make("div", {className: "foot"},
        ...(unreadable ? [make("p", {className: "quiet warning", role: "note"}, NO_CHINESE_FONT)] : []),
        make("p", {className: "quiet"}, say[method]), make("p", {className: "quiet keys"}, ...keys)),
    ];
  }

  // search

  let suggestions = [], active = -1;

  /** Words for a query: the same, then those that begin with it, then those that contain it, each by rank. */
  function find(query) {
    const wanted = query.trim().normalize("NFKC").toLowerCase();
    if (!wanted) return [];
    const tiers = [[], [], []];
    for (let i = 0; i < n; i++) {
      const at = folded[i].indexOf(wanted);
      if (at >= 0) tiers[folded[i] === wanted ? 0 : at === 0 ? 1 : 2].push(i);
    }
    return tiers.flat().slice(0, SUGGESTIONS);
  }

  function suggest() {
    suggestions = find(input.value);
    activate(suggestions.length ? 0 : -1);
    list.hidden = !input.value.trim();
    input.ariaExpanded = String(!list.hidden);
  }

  function activate(at) {
    active = at;
    list.replaceChildren(...suggestions.map((i, place) => make("li", {
      id: `suggestion-${place}`, role: "option", ariaSelected: String(place === at),
      onpointerdown: event => { event.preventDefault(); choose(i); },
    }, make("span", {}, tokens[i]), make("span", {className: "number"}, formatted(i + 1)))));
    if (!suggestions.length) list.append(make("li", {role: "presentation"}, say.nothing(input.value.trim())));
    if (at >= 0) input.setAttribute("aria-activedescendant", `suggestion-${at}`);
    else input.removeAttribute("aria-activedescendant");
  }

  function closeList() {
    list.hidden = true;
    input.ariaExpanded = "false";
    input.removeAttribute("aria-activedescendant");
  }

  function choose(i) {
    input.value = tokens[i];
    input.blur();
    goTo(i);
  }

  input.addEventListener("input", suggest);
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", closeList);
  input.addEventListener("keydown", event => {
    if (event.isComposing) return; // an input method is being used; the key is for it
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (step && suggestions.length) {
      event.preventDefault();
      if (list.hidden) suggest();
      else activate((active + step + suggestions.length) % suggestions.length);
    } else if (event.key === "Enter" && !list.hidden && active >= 0) choose(suggestions[active]);
  });

  // pointers and keys

  const pointers = new Map();
  let travelled = 0;
  const position = event => [event.offsetX, event.offsetY];

  canvas.addEventListener("pointerdown", event => {
    canvas.setPointerCapture(event.pointerId);
    if (!pointers.size) travelled = 0;
    pointers.set(event.pointerId, position(event));
  });
  canvas.addEventListener("pointermove", event => {
    const now = position(event), before = pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") hover(wordAt(...now, 8));
      return;
    }
    travelled += Math.hypot(now[0] - before[0], now[1] - before[1]);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, now);
    if (travelled < 4) return;
    canvas.classList.add("drag");
    if (other) {
      const spread = ([x, y]) => Math.hypot(x - other[0], y - other[1]);
      moveBy((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
      zoomBy(spread(now) / Math.max(spread(before), 1), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2, 0);
    } else moveBy(now[0] - before[0], now[1] - before[1]);
  });
  const lift = event => {
    if (event.type === "pointerup" && pointers.size === 1 && travelled < 4) {
      const i = wordAt(...position(event), event.pointerType === "mouse" ? 8 : 22);
      if (i >= 0 && distances(i)[k >> 1] / view.unit < CROWDED) goTo(i);
      else select(i);
    }
    pointers.delete(event.pointerId);
    if (pointers.size) return;
    canvas.classList.remove("drag");
    replace();
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("pointerleave", () => hover(-1));
  canvas.addEventListener("blur", () => hover(-1));
  canvas.addEventListener("dblclick", event => zoomBy(2, ...position(event)));
  canvas.addEventListener("wheel", event => {
    event.preventDefault();
    const pixels = event.deltaY * [1, 20, height][event.deltaMode];
    zoomBy(Math.exp(-within(pixels, -240, 240) * (event.ctrlKey ? 0.01 : 0.0025)), ...position(event), 0.06);
  }, {passive: false});

  canvas.addEventListener("keydown", event => {
    const way = {ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[event.key];
    if (way) {
      event.preventDefault();
      moveBy(way[0] * width * 0.08, way[1] * height * 0.08);
      replace();
    } else if (event.key === "Enter") select(wordAt(width / 2, height / 2, Infinity));
    if (way || event.key === "Enter") hover(wordAt(width / 2, height / 2, Infinity));
  });
  document.addEventListener("keydown", event => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") clear();
    else if (event.target === input) return;
    else if (event.key === "/") {
      event.preventDefault();
      input.focus();
    } else if (event.key === "+" || event.key === "=") zoomBy(1.5);
    else if (event.key === "-") zoomBy(1 / 1.5);
    else if (event.key === "0") flyTo(whole());
  });

  // beginning, and what changes around us

  function readStyle() {
    const style = getComputedStyle(root);
    const color = name => style.getPropertyValue(`--${name}`).trim();
    const [paper, ink, accent] = ["paper", "ink", "accent"].map(color);
    colors = {paper, ink, accent, groups: typical.map((_, g) => color(`c${g}`))};
    font = style.fontFamily;
    unreadable = lacksChinese(tokens, font);
    wake();
  }

  function setLanguage(name) {
    say = TEXTS[name];
    input.placeholder = input.ariaLabel = say.find;
    canvas.ariaLabel = say.map;
    zoomIn.ariaLabel = zoomIn.title = say.zoomIn;
    zoomOut.ariaLabel = zoomOut.title = say.zoomOut;
    zoomAll.ariaLabel = zoomAll.title = say.zoomAll;
    fillPanel();
  }

  function resize() {
    const before = width && whole().unit;
    const ratio = devicePixelRatio || 1;
    ({clientWidth: width, clientHeight: height} = canvas);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    goal = before ? bounded({...goal, unit: goal.unit * whole().unit / before}) : whole();
    view = goal;
    replace();
  }

  readStyle();
  setLanguage(language);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", readStyle);
  new ResizeObserver(resize).observe(canvas);
  return {
    setLanguage,
    goTo: word => goTo(tokens.indexOf(word)),
    labels: () => Array.from(placed, ([i, side]) => ({word: tokens[i], box: boxOf(i, side, screenX(i), screenY(i))})),
    positionOf: word => [screenX(tokens.indexOf(word)), screenY(tokens.indexOf(word))],
  };
}
