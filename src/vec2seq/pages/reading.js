// The page of a reading: the picture of a line with its characters, one of them closely, and what the model confuses.

import {make} from "./dom.js";
import {brief} from "./log_plot.js";
import {LEVELS, LinePicture, doubtOf, signOf} from "./reading_line.js";
import {READING_TEXTS} from "./reading_texts.js";

class ReadingPage {
  constructor(root, data, language) {
    const doubts = data.characters.map(one => one.confidence);
    Object.assign(this, {root, data, at: doubts.indexOf(Math.min(...doubts))});
    this.setLanguage(language);
  }

  setLanguage(language) {
    const {data} = this, say = this.say = READING_TEXTS[language], some = data.characters.length > 0;
    this.line = new LinePicture(data, say, at => this.choose(at));
    this.heading = make("h2", {});
    this.told = make("p", {className: "quiet"});
    this.guesses = make("tbody", {});
    this.rows = data.confusions.map(row => this.confusion(row));
    const table = (className, names, body) => make("div", {className: "wide"}, make("table", {className},
      make("thead", {}, make("tr", {}, ...names.map(name => make("th", {scope: "col"}, name)))), body));
    const card = (...inside) => make("section", {className: "card"}, ...inside);
    const chosen = card(make("div", {ariaLive: "polite"}, this.heading, this.told, table("guesses", [say.character, say.probability, ""], this.guesses)),
      make("p", {className: "quiet"}, data.characters.some(one => one.saliency) ? say.heat : say.noHeat));
    const confused = card(make("h2", {}, say.confusions), make("p", {className: "quiet"}, say.confusionsLead), table("confusions", [say.right, say.read, say.times], make("tbody", {}, ...this.rows)));
    this.root.replaceChildren(make("div", {className: "cards reading"},
      make("p", {className: "lead"}, some ? say.lead(brief(data.score, 2)) : say.nothingRead(brief(data.score, 2))),
      card(make("h2", {}, say.title), make("p", {className: "text", lang: "", hidden: !some}, data.text), this.line.element, ...(some ? [this.legend()] : []), make("p", {className: "quiet"}, some ? say.keys : "", say.strip)),
      make("div", {className: "two"}, ...(some ? [chosen] : []), ...(this.rows.length ? [confused] : []))));
    if (!some) return;
    this.choose(this.at);
    this.line.reveal();
  }

  legend() {
    const {say} = this, sample = (confidence, told) => make("li", {}, make("span", {className: `sign ${doubtOf(confidence)}`, ariaHidden: "true"}, say.sample), ` ${told}`);
    return make("ul", {className: "doubts"}, sample(1, say.atLeast(LEVELS[0])), ...LEVELS.map(level => sample(level - 1e-9, say.below(level))));
  }

  choose(at) {
    const {data: {characters, confusions}, say} = this, {char, confidence, probability, first, end, alternatives} = characters[at];
    this.at = at;
    this.line.choose(at);
    this.heading.replaceChildren(make("span", {className: "sign", lang: ""}, signOf(char)), ` ${say.place(at + 1, characters.length)}`);
    const overruled = alternatives.some(other => other.probability > probability);
    this.told.textContent = say.sure(brief(confidence, 3), first, end) + (overruled ? say.overruled : "");
    const rest = 1 - alternatives.reduce((sum, other) => sum + other.probability, probability);
    this.guesses.replaceChildren(this.guess(signOf(char), probability, "stands"), ...alternatives.map(other => this.guess(signOf(other.char), other.probability)),
      this.guess(say.rest, Math.max(rest, 0), "rest"));
    confusions.forEach(({right, read}, row) => this.rows[row].classList.toggle("stands", right === char || read === char));
  }

  guess(name, probability, className = "") {
    const fill = make("i");
    fill.style.width = `${100 * probability}%`;
    return make("tr", {className}, make("th", {scope: "row", lang: className === "rest" ? this.root.lang : ""}, name), make("td", {}, make("span", {className: "track"}, fill)), make("td", {}, probability.toFixed(3)));
  }

  confusion({right, read, times}) {
    const named = char => char ? make("span", {className: "sign", lang: ""}, signOf(char)) : make("span", {className: "quiet"}, this.say.nothing);
    return make("tr", {}, make("td", {}, named(right)), make("td", {}, named(read)), make("td", {}, times.toLocaleString("en")));
  }
}

export function show(root, data, language) {
  return new ReadingPage(root, data, language);
}
