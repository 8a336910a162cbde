// The page of a net that was followed forward and back: its modules in the order they ran, with what they gave and what came back.

import {make} from "./dom.js";
import {spreadOf} from "./backprop_numbers.js";
import {checkTable, depthPlot} from "./backprop_plot.js";
import {TEXTS} from "./backprop_texts.js";
import {brief, onPhone} from "./log_plot.js";
import {NET_TEXTS} from "./netpage_texts.js";

const OPEN = 8, LONGEST = 18;

/** The end of a name, as much as a tick has room for. */
const ending = name => [...name].length > LONGEST ? `…${[...name].slice(1 - LONGEST).join("")}` : name;

/** Each module with its parameters: those whose names begin with its own, and with that of no module further inside. */
function withParameters(modules, parameters) {
  const found = modules.map(module => ({...module, parameters: []}));
  for (const parameter of parameters) {
    const owners = found.filter(({name}) => !name || parameter.name.startsWith(`${name}.`));
    const longest = Math.max(...owners.map(({name}) => name.length));
    owners.find(({name}) => name.length === longest)?.parameters.push(parameter);
  }
  return found;
}

/** Modules that compute something themselves: those with parameters, or without modules inside. */
const ofTheirOwn = modules => modules.filter(module => module.parameters.length ||
  !modules.some(({name}) => name !== module.name && (!module.name || name.startsWith(`${module.name}.`))));

/** The norm of several gradients together; null of none. */
function together(gradients) {
  const norms = gradients.filter(gradient => gradient).map(gradient => gradient.norm);
  return norms.length ? Math.hypot(...norms) : null;
}

class NetPage {
  constructor(root, data, language) {
    Object.assign(this, {root, data, modules: withParameters(data.modules, data.parameters)});
    this.setLanguage(language);
  }

  setLanguage(language) {
    const {data, modules} = this, say = this.say = {...TEXTS[language], ...NET_TEXTS[language]};
    const shown = this.root.querySelectorAll("details"), open = Array.from(modules, (_, at) => shown[at]?.open ?? (modules.length <= OPEN && !onPhone()));
    const wrong = data.checks.filter(one => !one.agrees).length, numbers = data.parameters.reduce((sum, {values}) => sum + values.shape.reduce((a, b) => a * b, 1), 0);
    this.root.replaceChildren(make("div", {className: "cards netpage"},
      make("p", {className: "lead"}, say.lead(modules.length, numbers.toLocaleString("en"), brief(data.loss))),
      make("section", {className: "card"}, make("h2", {}, say.depth), make("p", {className: "quiet"}, say.depthLead, " ", say.zeros), this.depth()),
      make("section", {className: "card"}, make("h2", {}, say.modules),
        make("p", {className: wrong ? "verdict wrong" : "verdict"}, say.verdict(data.checks.length, wrong, data.zero_checks)),
        make("p", {className: "quiet"}, say.checkLead),
        ...modules.map((module, at) => this.module(module, open[at])))));
  }

  depth() {
    const {say} = this, own = ofTheirOwn(this.modules), names = own.map(module => this.nameOf(module));
    return depthPlot(names, [[say.values, own.map(({arriving}) => arriving?.norm ?? null)],
      [say.parameters, own.map(({parameters}) => together(parameters.map(({gradient}) => gradient)))]], own.map(({name}) => ending(name || say.net)), say);
  }

  nameOf({name, kind}) { return `${name || this.say.net} (${kind})`; }

  module(module, open) {
    const {say} = this, {kind, name, values, arriving, parameters} = module;
    const norm = array => array ? brief(array.norm) : "–";
    return make("details", {open},
      make("summary", {}, make("b", {}, name || say.net), make("span", {className: "quiet"}, `${kind} [${values.shape.join(" × ")}]`),
        make("span", {className: "norms"}, make("span", {}, `${say.norm} ${norm(values)}`), " ", make("span", {}, `${say.back} ${norm(arriving)}`))),
      make("div", {className: "arrays"}, this.array(say.gave, values), arriving ? this.array(say.arrives, arriving)
        : make("figure", {}, make("h3", {}, say.arrives), make("p", {className: "quiet"}, say.unused))),
      ...parameters.map(parameter => this.parameter(parameter)));
  }

  array(title, array) {
    return make("figure", {}, make("h3", {}, title), spreadOf(array, this.say));
  }

  /** A parameter: how its gradient lies, and some of it beside finite differences. */
  parameter({name, values, gradient}) {
    const {say} = this, checks = this.data.checks.filter(one => one.name === name);
    const head = make("h3", {className: "parameter"}, name, " ", make("span", {className: "quiet"}, `[${values.shape.join(" × ")}], ${say.norm} ${brief(values.norm)}`));
    if (!gradient) return make("div", {}, head, make("p", {className: "quiet"}, say.still));
    return make("div", {}, head, make("div", {className: "arrays"}, this.array(`${say.gradient} (${say.norm} ${brief(gradient.norm)})`, gradient),
      make("figure", {}, make("h3", {}, say.check), checkTable(checks, ({place}) => `[${place.join(", ")}]`, say))));
  }
}

export function show(root, data, language) {
  return new NetPage(root, data, language);
}
