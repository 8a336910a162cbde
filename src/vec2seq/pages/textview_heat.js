// Heat maps on canvases: one color whose strength is a number from 0 to 1, or two colors for numbers of both signs.

/** Red, green and blue of a color of the style sheet, such as --for. */
function rgb(element, name) {
  const hex = getComputedStyle(element).getPropertyValue(name).trim().slice(1);
  return [0, 2, 4].map(at => parseInt(hex.slice(at, at + 2), 16));
}

export class Heat {
  /** The context of a canvas as many pixels large as it is shown; null of one that is not shown. */
  static fit(canvas) {
    const {clientWidth: width, clientHeight: height} = canvas, context = canvas.getContext("2d");
    if (!width || !height) return null;
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    context.scale(canvas.width / width, canvas.height / height);
    return context;
  }

  /** A picture of rows and columns, a pixel for each; ``valueAt(row, column)`` from -1 to 1. */
  static picture(element, rows, columns, valueAt) {
    const canvas = document.createElement("canvas"), colors = [rgb(element, "--for"), rgb(element, "--against")];
    Object.assign(canvas, {width: columns, height: rows});
    const context = canvas.getContext("2d"), image = context.createImageData(columns, rows), {data} = image;
    for (let row = 0, to = 0; row < rows; row++) for (let column = 0; column < columns; column++, to += 4) {
      const value = valueAt(row, column);
      data.set(colors[value < 0 ? 1 : 0], to);
      data[to + 3] = Math.round(255 * Math.min(Math.abs(value), 1));
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }

  static paint(context, picture, x, y, width, height) {
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, x, y, width, height);
  }
}

/** Every how many of them have room for a label, where ``step`` pixels lie between them. */
export const labelled = (step, room) => Math.max(Math.ceil(room / step), 1);

/** A text cut to so many characters. */
export const shortened = (text, most) => [...text].length > most ? `${[...text].slice(0, most - 1).join("")}…` : text;
