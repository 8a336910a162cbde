// Making elements of a page.

/** An element; properties that it does not know become attributes. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** An element of a drawing (SVG). */
export function makeSvg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** An icon of 16 x 16 units from the path of its strokes. */
export function icon(path) {
  return makeSvg("svg", {viewBox: "0 0 16 16", width: 16}, makeSvg("path", {d: path}));
}
