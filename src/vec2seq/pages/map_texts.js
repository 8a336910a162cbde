// What a map says, in English and in Chinese.

const NO_FONT = // in both languages: who sees it could not read it in Chinese
  "This computer has no font for Chinese. On Debian or Ubuntu: apt install fonts-noto-cjk";

export const TEXTS = {
  en: {
    find: "Find a word",
    nothing: query => `No word contains “${query}”`,
    map: "Map of words. Arrow keys move, plus and minus zoom, Enter shows the neighbors of the word in the middle.",
    zoomIn: "Zoom in", zoomOut: "Zoom out", zoomAll: "Show all words", close: "Close",
    lead: "Every dot is a word, the bigger the more frequent. Words that are used alike lie near each other. " +
      "Choose one to see its nearest neighbors.",
    groups: "Same color: similar vectors",
    comma: ", ",
    number: number => number.toLocaleString("en"),
    rank: (rank, all) => `No. ${rank} of ${all} by frequency`,
    near: "Nearest on this map",
    cosine: "The numbers are cosine similarities of the vectors: 1 is the same direction, 0 is unrelated.",
    ranks: (low, high, stable) => `rank ${low} to ${high}${stable ? "" : ", unstable"}`,
    trust: runs => "Ranks are among all words, in 95 % of " + runs + " trainings on resampled text. Unstable: beyond " +
      "twice the length of the list.",
    tsne: "Positions by t-SNE: what is close is similar; long distances and directions have no meaning.",
    pca: "Positions are the first two principal components; they show only part of what tells the words apart.",
    noFont: NO_FONT,
    keys: [["/", "search"], ["+ −", "zoom"], ["Esc", "clear"]],
    spoken: (word, near) => `${word}. Nearest: ${near.join(", ")}`,
  },
  zh: {
    find: "查找词语",
    nothing: query => `没有包含“${query}”的词`,
    map: "词语地图。方向键移动，加减键缩放，回车键显示中央词语的近邻。",
    zoomIn: "放大", zoomOut: "缩小", zoomAll: "显示全部", close: "关闭",
    lead: "每个点是一个词，点越大，词越常用。用法相近的词位置也相近。点选一个词，可查看与它最相近的词。",
    groups: "颜色相同：词向量相近",
    comma: "、",
    number: number => number.toLocaleString("zh"),
    rank: (rank, all) => `词频第 ${rank} 位，共 ${all} 词`,
    near: "本图中最相近的词",
    cosine: "数字是词向量的余弦相似度：1 表示方向相同，0 表示无关。",
    ranks: (low, high, stable) => `名次 ${low} 至 ${high}${stable ? "" : "，不稳定"}`,
    trust: runs => `名次是在全部词中的位次，取自对重抽样文本的 ${runs} 次训练中的 95 %。不稳定：超出列表长度的两倍。`,
    tsne: "位置由 t-SNE 算出：距离近表示相似；远距离和方向没有意义。",
    pca: "位置取自前两个主成分，只反映词语之间的部分差别。",
    noFont: NO_FONT,
    keys: [["/", "查找"], ["+ −", "缩放"], ["Esc", "清除"]],
    spoken: (word, near) => `${word}。最相近的词：${near.join("、")}`,
  },
};
