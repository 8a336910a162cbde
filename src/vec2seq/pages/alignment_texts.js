// What is said of an alignment, in English and in Chinese.

export const ALIGNMENT_TEXTS = {
  en: {
    lead: (target, source) => `A translation of ${target} piece${target === 1 ? "" : "s"}, and how each of them looks at the ${source} piece${source === 1 ? "" : "s"} of the source. ` +
      "Attention shows where the model looked; a word need not be translated from there.",
    title: "A row for each piece of the translation, a column for each of the source", all: "mean of all heads", head: head => `head ${head}`,
    strongest: most => `strongest color: ${most}`, percent: "; numbers in the grid are percent, those below 5 are left out",
    keys: "Point at a cell, or choose one and go on with the arrow keys.",
    looks: (from, to, weight) => `"${from}" looks at "${to}": ${weight}`, end: "(end)",
  },
  zh: {
    lead: (target, source) => `一段有 ${target} 个片段的译文，以及其中每个片段怎样看原文的 ${source} 个片段。注意力显示模型看了哪里；词不一定是从那里译出的。`,
    title: "每行是译文的一个片段，每列是原文的一个片段", all: "所有头的平均", head: head => `第 ${head} 头`,
    strongest: most => `最浓的颜色：${most}`, percent: "；格中的数字是百分比，低于 5 的不写",
    keys: "指向一格，或选中一格后用方向键移动。",
    looks: (from, to, weight) => `“${from}”看“${to}”：${weight}`, end: "（结束）",
  },
};
