// The page of gradients over a training.

import {make} from "./dom.js";
import {FLOW_TEXTS} from "./flow_texts.js";
import {FlowView} from "./flow_view.js";

export function show(root, data, language) {
  const view = new FlowView(data);
  const setLanguage = now => {
    const say = FLOW_TEXTS[now];
    root.replaceChildren(make("div", {className: "cards"},
      make("p", {className: "lead"}, say.lead(data.at.length, data.unit, data.layers.length, data.layers[0])), view.build(say)));
  };
  setLanguage(language);
  return {setLanguage};
}
