// What this computer's fonts can show.

/** Whether the Chinese characters of the texts are all drawn alike, as empty boxes. */
export function lacksChinese(texts, font) {
  const han = new Set();
  for (const text of texts) {
    for (const character of text.match(/\p{Script=Han}/gu) ?? []) han.add(character);
    if (han.size >= 4) break;
  }
  const drawn = new Set([...han].map(character => pixels(character, font)));
  return han.size > 1 && drawn.size === 1;
}

function pixels(character, font) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 32;
  const context = canvas.getContext("2d", {willReadFrequently: true});
  context.font = `24px ${font}`;
  context.fillText(character, 2, 26);
  return context.getImageData(0, 0, 32, 32).data.join();
}
