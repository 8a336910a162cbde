// The panel beside a map: the groups of words, or the selected word and its neighbors.

import {make} from "./dom.js";
import {within} from "./map_camera.js";

export class Panel {
  /** actions: goTo(word), hover(word or -1), clear(), selectGroup(group or -1). */
  constructor(words, actions) {
    Object.assign(this, {words, actions});
    this.element = make("aside", {className: "panel"});
    this.warning = false; // that there is no font for Chinese
  }

  /** Shows a word, or the groups for -1. */
  show(selected, say) {
    this.element.replaceChildren(...(selected >= 0 ? this.word(selected, say) : this.groups(say)));
    this.element.scrollTop = 0;
  }

  word(selected, say) {
    const {words, actions} = this, {tokens, n} = words;
    const similarities = words.similaritiesOf(selected);
    const near = words.neighborsOf(selected).map((i, at) => {
      const ranks = words.ranksOf(selected, at);
      const bar = make("i");
      bar.style.width = `${100 * within(similarities[at], 0, 1)}%`;
      const entry = make("button", {
        type: "button", className: ranks && !ranks[2] ? "unstable" : "",
        onpointerenter: () => actions.hover(i), onpointerleave: () => actions.hover(-1),
        onclick: () => {
          actions.goTo(i);
          this.element.querySelector("button").focus({preventScroll: true}); // the one that had the focus is gone
        },
      }, make("span", {}, tokens[i]), make("span", {className: "bar"}, bar),
      make("span", {className: "number"}, similarities[at].toFixed(2)),
      ...(ranks ? [make("small", {}, say.ranks(...ranks))] : []));
      entry.style.setProperty("--color", `var(--c${words.groups[i]})`);
      return make("li", {}, entry);
    });
    const close = {type: "button", onclick: actions.clear, ariaLabel: say.close, title: say.close};
    return [
      make("div", {},
        make("div", {className: "word"}, make("strong", {}, tokens[selected]), make("button", close, "×")),
        make("p", {className: "quiet"}, say.rank(say.number(selected + 1), say.number(n)))),
      make("div", {className: "near"}, make("h2", {}, say.near), make("ol", {}, ...near)),
      make("div", {className: "foot"}, make("p", {className: "quiet"}, say.cosine),
        ...(words.runs ? [make("p", {className: "quiet"}, say.trust(words.runs))] : [])),
    ];
  }

  groups(say) {
    const {words} = this;
    const buttons = words.typical.map((typical, g) => {
      const button = make("button", {
        type: "button", ariaPressed: "false", onclick: () => {
          const pressed = button.ariaPressed === "true";
          for (const other of buttons) other.ariaPressed = String(other === button && !pressed);
          this.actions.selectGroup(pressed ? -1 : g);
        },
      }, make("span", {className: "dot"}), make("span", {}, typical.map(i => words.tokens[i]).join(say.comma)),
      make("span", {className: "number"}, say.number(words.groupSizes[g])));
      button.style.setProperty("--color", `var(--c${g})`);
      return button;
    });
    const keys = say.keys.map(([key, does]) => make("span", {}, make("kbd", {}, key), ` ${does}`));
    return [
      make("p", {}, say.lead),
      make("div", {className: "groups"}, make("h2", {}, say.groups),
        make("ul", {}, ...buttons.map(button => make("li", {}, button)))),
      make("div", {className: "foot"},
        ...(this.warning ? [make("p", {className: "quiet warning", role: "note"}, say.noFont)] : []),
        make("p", {className: "quiet"}, say[words.method]), make("p", {className: "quiet keys"}, ...keys)),
    ];
  }
}
