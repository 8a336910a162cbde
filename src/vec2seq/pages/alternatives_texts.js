// What is said of a text as a model foresees it, in English and in Chinese.

export const ALTERNATIVES_TEXTS = {
  en: {
    lead: (model, pieces) => `The model ${model} read a text of ${pieces.toLocaleString("en")} piece${pieces === 1 ? "" : "s"}, from the first to the last, and said before each what might stand there. ` +
      "What it says is a mix of a neural net and of counted n-grams; both are shown beside it.",
    sums: "How well the text is foreseen", voices: {both: "net and counts", net: "net alone", counts: "counts alone"},
    nats: "nats per character", meanProbability: "as if each character had", mixed: percent => `The net has ${percent} % in the mix, the counts have the rest.`,
    ahead: (ahead, all) => `${ahead.toLocaleString("en")} of ${all.toLocaleString("en")} pieces were more probable to the net than to the counts.`,
    text: "The text, piece by piece", views: {probability: "Probability", lead: "Net against counts"},
    textLead: "Point at a piece, or go from one to the next with the arrow keys, to see what else might have stood there.",
    atLeast: level => `${level} or more`, below: level => `below ${level}`, sample: "abc",
    toNet: factor => `net ≥ ${factor} times counts`, toCounts: factor => `counts ≥ ${factor} times net`, alike: factor => `within ${factor} times`,
    end: "(end)", piece: "piece", stands: "stands here", place: (piece, at, all) => `${piece}  – piece ${at.toLocaleString("en")} of ${all.toLocaleString("en")}`,
    unsure: (rank, bits, most) => `Rank ${rank.toLocaleString("en")}; before it the model was unsure by ${bits} bits. The longest bar is ${most}.`,
    surprising: "What surprised most", surprisingLead: "The least probable pieces, by net and counts together. The number leads to the place in the text.",
    number: "no.", before: "after", rank: "rank", bits: "bits", likely: "likely there", jump: at => `To piece ${at} in the text`,
  },
  zh: {
    lead: (model, pieces) => `模型 ${model} 从头到尾读了一段有 ${pieces.toLocaleString("en")} 个片段的文本，在每个片段之前说出那里可能是什么。` +
      "它的预测由神经网络和 n 元计数混合而成；两者各自的预测也列在旁边。",
    sums: "预测得有多好", voices: {both: "网络加计数", net: "仅网络", counts: "仅计数"},
    nats: "每字符奈特", meanProbability: "相当于每个字符的概率", mixed: percent => `混合中网络占 ${percent} %，其余为计数。`,
    ahead: (ahead, all) => `${all.toLocaleString("en")} 个片段中，有 ${ahead.toLocaleString("en")} 个网络给出的概率高于计数。`,
    text: "逐个片段看文本", views: {probability: "概率", lead: "网络与计数相比"},
    textLead: "指向一个片段，或用方向键逐个移动，就能看到那里还可能是什么。",
    atLeast: level => `${level} 或以上`, below: level => `低于 ${level}`, sample: "文本",
    toNet: factor => `网络 ≥ 计数的 ${factor} 倍`, toCounts: factor => `计数 ≥ 网络的 ${factor} 倍`, alike: factor => `相差不到 ${factor} 倍`,
    end: "（结束）", piece: "片段", stands: "文中所写", place: (piece, at, all) => `${piece}  – 第 ${at.toLocaleString("en")} 个片段，共 ${all.toLocaleString("en")} 个`,
    unsure: (rank, bits, most) => `排名第 ${rank.toLocaleString("en")}；看到它之前，模型的不确定程度为 ${bits} 比特。最长的条是 ${most}。`,
    surprising: "最意外的片段", surprisingLead: "按网络加计数的概率，最不可能的片段。点序号可以回到文中的位置。",
    number: "序号", before: "前文", rank: "排名", bits: "比特", likely: "那里可能是", jump: at => `到文中第 ${at} 个片段`,
  },
};
