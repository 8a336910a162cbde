// The page of an explanation of a text model: its answer, the marked text, the methods beside chance, and its insides.

import {make} from "./dom.js";
import {TEXTVIEW_TEXTS} from "./textview_texts.js";
import {answersOf, labelsOf} from "./textview_answers.js";
import {MarkedText, shownTokens} from "./textview_tokens.js";
import {Methods} from "./textview_methods.js";
import {AttentionMaps} from "./textview_maps.js";
import {GateStrips} from "./textview_gates.js";
import {keywordTable} from "./textview_words.js";

class TextPage {
  constructor(root, data, language) {
    Object.assign(this, {root, data, method: 0, token: data.explained.token ?? this.heaviest(data)});
    data.shown = shownTokens(data);
    this.maps = data.attention && new AttentionMaps(data);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    new ResizeObserver(([{contentRect: {width}}]) => {
      if (width !== this.width) this.draw();
      this.width = width;
    }).observe(root);
    this.setLanguage(language);
  }

  heaviest({methods: [method], tokens}) {
    const sizes = method ? method.weights.map(Math.abs) : tokens.map(() => 0);
    return sizes.indexOf(Math.max(...sizes));
  }

  setLanguage(language) {
    const {data} = this, say = this.say = TEXTVIEW_TEXTS[language], sections = [];
    const section = (title, ...inside) => sections.push(make("section", {className: "card"}, make("h2", {}, title), ...inside));
    const choose = at => this.choose(at);
    this.parts = [];
    const part = made => (this.parts.push(made), made.element);
    section(data.task === "tag" ? say.labels : say.answer, ...(data.task === "tag" ? labelsOf(data, say, choose) : answersOf(data, say)));
    if (data.methods.length) {
      section(say.text, part(new MarkedText(data, say, this.method, choose, at => this.show(at))));
      section(say.methods, part(new Methods(data, say, this.method, choose, at => this.show(at))));
    }
    if (data.keywords) section(say.keywords, ...keywordTable(data, say));
    if (this.maps) section(say.attention, part(this.maps.build(say, choose)));
    if (data.gates?.length) section(say.gates, part(new GateStrips(data, say, choose)));
    this.root.replaceChildren(make("div", {className: "cards textview"}, make("p", {className: "lead"}, say.lead(data)), ...sections));
    this.choose(this.token);
    this.draw();
  }

  draw() { for (const part of this.parts) part.draw(); }

  /** Of another method. */
  show(method) {
    this.method = method;
    for (const part of this.parts) part.show?.(method);
  }

  /** A token that is looked at, in all parts of the page. */
  choose(at) {
    this.token = at;
    for (const part of this.parts) part.choose(at);
  }
}

export function show(root, data, language) {
  return new TextPage(root, data, language);
}
