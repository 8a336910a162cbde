// The search box of a map: suggestions while one types.

import {make} from "./dom.js";

const MOST = 8;

export class Search {
  /** choose(word) is called for a word that was found. */
  constructor(words, choose) {
    Object.assign(this, {words, choose, found: [], active: -1});
    this.input = make("input", {
      type: "text", role: "combobox", autocomplete: "off", spellcheck: false, "aria-autocomplete": "list",
      "aria-expanded": "false", "aria-controls": "suggestions", enterKeyHint: "search",
    });
    this.list = make("ul", {id: "suggestions", role: "listbox", hidden: true});
    this.element = make("div", {className: "find", role: "search"}, this.input, this.list);
    this.input.addEventListener("input", () => this.suggest());
    this.input.addEventListener("focus", () => this.input.select());
    this.input.addEventListener("blur", () => this.open(false));
    this.input.addEventListener("keydown", event => this.press(event));
  }

  setLanguage(say) {
    this.say = say;
    this.input.placeholder = this.input.ariaLabel = say.find;
  }

  clear() {
    this.input.value = "";
    this.open(false);
  }

  suggest() {
    this.found = this.words.find(this.input.value, MOST);
    this.activate(this.found.length ? 0 : -1);
    this.open(this.input.value.trim() !== "");
  }

  open(isOpen) {
    this.list.hidden = !isOpen;
    this.input.ariaExpanded = String(isOpen);
    if (!isOpen) this.input.removeAttribute("aria-activedescendant");
  }

  /** Marks a suggestion, the one that Enter takes. */
  activate(at) {
    this.active = at;
    this.list.replaceChildren(...this.found.map((i, place) => make("li", {
      id: `suggestion-${place}`, role: "option", ariaSelected: String(place === at),
      onpointerdown: event => {
        event.preventDefault();
        this.take(i);
      },
    }, make("span", {}, this.words.tokens[i]), make("span", {className: "number"}, this.say.number(i + 1)))));
    if (at >= 0) this.input.setAttribute("aria-activedescendant", `suggestion-${at}`);
    else this.list.append(make("li", {role: "presentation"}, this.say.nothing(this.input.value.trim())));
  }

  press(event) {
    if (event.isComposing) return; // an input method is being used; the key is for it
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key], {found} = this;
    if (step && found.length) {
      event.preventDefault();
      if (this.list.hidden) this.suggest();
      else this.activate((this.active + step + found.length) % found.length);
    } else if (event.key === "Enter" && !this.list.hidden && this.active >= 0) this.take(found[this.active]);
  }

  take(i) {
    this.input.value = this.words.tokens[i];
    this.input.blur();
    this.choose(i);
  }
}
