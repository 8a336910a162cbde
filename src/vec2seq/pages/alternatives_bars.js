// What may stand at one place: the likeliest pieces as bars - net and counts together, the net alone, counting alone.

import {make} from "./dom.js";
import {brief} from "./log_plot.js";
import {pieceShown} from "./alternatives_text.js";

const VOICES = {probability: "both", net: "net", counts: "counts"};

export class GuessTable {
  constructor(data, say) {
    Object.assign(this, {data, say});
    this.heading = make("h3", {});
    this.told = make("p", {className: "quiet"});
    this.rows = make("tbody", {});
    this.element = make("div", {className: "guesses", ariaLive: "polite"}, this.heading, this.told, make("table", {className: "bars"},
      make("thead", {}, make("tr", {}, make("th", {scope: "col"}, say.piece), ...Object.values(VOICES).map(name => make("th", {scope: "col"}, say.voices[name])))), this.rows));
  }

  show(at) {
    const {data: {pieces}, say} = this, piece = pieces[at];
    this.heading.textContent = say.place(pieceShown(piece.text, say), at + 1, pieces.length);
    this.most = Math.max(...[piece, ...piece.alternatives].flatMap(guess => Object.keys(VOICES).map(name => guess[name])), 1e-9);
    this.told.textContent = say.unsure(piece.rank, piece.entropy_bits.toFixed(2), brief(this.most, 3));
    const others = piece.alternatives.map(other => this.row(other, other.text === piece.text));
    const listed = piece.alternatives.some(({text}) => text === piece.text);
    this.rows.replaceChildren(...others, this.row(piece, true, listed));
  }

  /** ``blank``: it is not seen, and keeps the table as high as it is elsewhere. */
  row(guess, stands, blank = false) {
    const {say} = this;
    return make("tr", {className: blank ? "blank" : stands ? "stands" : "", ariaHidden: blank ? "true" : null},
      make("th", {scope: "row"}, make("span", {className: "name", lang: ""}, pieceShown(guess.text, say)), ...(stands && !blank ? [make("span", {className: "mark"}, ` ${say.stands}`)] : [])),
      ...Object.entries(VOICES).map(([name, voice]) => {
        const fill = make("i");
        fill.style.width = `${100 * guess[name] / this.most}%`;
        return make("td", {className: voice}, make("span", {className: "track"}, fill), make("span", {className: "number"}, brief(guess[name], 3)));
      }));
  }
}
