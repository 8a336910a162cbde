// A map of word vectors: search, zoom, labels that do not collide, neighbors on click.

import {make} from "./dom.js";
import {lacksChinese} from "./fonts.js";
import {listenToKeys, listenToPointers} from "./map_hand.js";
import {Panel} from "./map_panel.js";
import {Plane} from "./map_plane.js";
import {Search} from "./map_search.js";
import {TEXTS} from "./map_texts.js";
import {Words} from "./map_words.js";

export function show(root, data, language) {
  const words = new Words(data), plane = new Plane(words), search = new Search(words, goTo);
  const panel = new Panel(words, {
    goTo, clear, hover: i => plane.hover(i), selectGroup: group => plane.selectGroup(group),
  });
  const status = make("div", {className: "unseen", role: "status"});
  let say = TEXTS[language];

  function select(i) {
    plane.select(i);
    panel.show(i, say);
    const near = i < 0 ? [] : words.neighborsOf(i).slice(0, 5).map(j => words.tokens[j]);
    status.textContent = i < 0 ? "" : say.spoken(words.tokens[i], near);
  }

  function goTo(i) {
    select(i);
    plane.goTo(i);
  }

  function clear() {
    search.clear();
    select(-1);
  }

  function readStyle() {
    const style = getComputedStyle(root);
    const color = name => style.getPropertyValue(`--${name}`).trim();
    const [paper, ink, accent] = ["paper", "ink", "accent"].map(color);
    plane.setStyle(style.fontFamily, {paper, ink, accent, groups: words.typical.map((_, g) => color(`c${g}`))});
  }

  function setLanguage(name) {
    say = TEXTS[name];
    search.setLanguage(say);
    plane.setLanguage(say);
    panel.show(plane.selected, say);
  }

  root.classList.add("map");
  root.replaceChildren(search.element, plane.element, panel.element, status);
  readStyle();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", readStyle);
  panel.warning = lacksChinese(words.tokens, plane.font);
  listenToPointers(plane, {select, goTo});
  listenToKeys(plane, {select, clear, search: () => search.input.focus()});
  setLanguage(language);
  return {setLanguage};
}
