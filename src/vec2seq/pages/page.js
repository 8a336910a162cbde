// A page: its data unpacked, its view shown, and the button that changes the language.

const ARRAYS = {
  int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array,
  float32: Float32Array, float64: Float64Array,
};

/** The typed array that stands in JSON as its type and the base64 of its bytes. */
function unpack(key, value) {
  if (value?.base64 === undefined) return value;
  return new ARRAYS[value.array](Uint8Array.from(atob(value.base64), byte => byte.charCodeAt(0)).buffer);
}

export function start(show) {
  const page = document.documentElement, button = document.getElementById("language");
  const data = JSON.parse(document.getElementById("data").textContent, unpack);
  const view = show(document.getElementById("view"), data, page.lang.slice(0, 2));
  const offer = () => {
    button.textContent = page.lang === "en" ? "中文" : "English";
    button.lang = page.lang === "en" ? "zh-Hans" : "en";
  };
  button.addEventListener("click", () => {
    page.lang = button.lang;
    view.setLanguage(page.lang.slice(0, 2));
    offer();
  });
  offer();
}
