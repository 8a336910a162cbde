// The page of a text as a model foresees it: how well, the text with its marks, alternatives of a piece, what surprised most.

import {make} from "./dom.js";
import {brief} from "./log_plot.js";
import {ALTERNATIVES_TEXTS} from "./alternatives_texts.js";
import {PieceText} from "./alternatives_text.js";
import {GuessTable} from "./alternatives_bars.js";
import {surpriseTable} from "./alternatives_table.js";

class AlternativesPage {
  constructor(root, data, language) {
    Object.assign(this, {root, data, at: data.surprising[0] ?? 0, view: "probability"});
    this.setLanguage(language);
  }

  setLanguage(language) {
    const {data} = this, say = ALTERNATIVES_TEXTS[language], choose = at => this.choose(at);
    this.text = new PieceText(data, say, this.view, choose, view => { this.view = view; });
    this.guesses = new GuessTable(data, say);
    const card = (title, ...inside) => make("section", {className: "card"}, make("h2", {}, title), ...inside);
    this.root.replaceChildren(make("div", {className: "cards alternatives"},
      make("p", {className: "lead"}, say.lead(data.model, data.pieces.length)),
      card(say.sums, this.sums(say)),
      card(say.text, make("div", {className: "beside"}, this.text.element, this.guesses.element)),
      card(say.surprising, make("p", {className: "quiet"}, say.surprisingLead), surpriseTable(data, say, at => this.jump(at)))));
    this.choose(this.at);
  }

  sums(say) {
    const {nats_per_char: nats, share, net_ahead: ahead, pieces} = this.data;
    const row = ([name, value]) => make("tr", {}, make("th", {scope: "row"}, say.voices[name]), make("td", {}, value.toFixed(3)), make("td", {}, Math.exp(-value).toFixed(3)));
    return make("div", {}, make("div", {className: "wide"}, make("table", {className: "sums"},
      make("thead", {}, make("tr", {}, ...["", say.nats, say.meanProbability].map(name => make("th", {scope: "col"}, name)))), make("tbody", {}, ...Object.entries(nats).map(row)))),
    make("p", {className: "quiet"}, say.mixed(brief(100 * share, 3)), " ", say.ahead(ahead, pieces.length)));
  }

  choose(at) {
    this.at = at;
    this.text.choose(at);
    this.guesses.show(at);
  }

  /** To a piece of the text from elsewhere on the page. */
  jump(at) {
    this.choose(at);
    this.text.focus();
  }
}

export function show(root, data, language) {
  return new AlternativesPage(root, data, language);
}
