// What a sheet says, in English and in Chinese.

const percent = share => `${(100 * share).toFixed(share > 0 && share < 0.0995 ? 1 : 0)} %`;

export const TEXTS = {
  en: {
    lead: "How good are these word vectors? Each line below is one thing that people know of words, and how far the " +
      "vectors know it too. The dot is the score; the bar is the 95 % interval: with other items of the same kind, " +
      "the score would mostly lie in it. Where two bars overlap widely, do not conclude.",
    size: (words, width) => `${words.toLocaleString("en")} words, width ${width}`,
    head: {
      items: "", model: "vectors", score: "score", interval: "95 % interval", n: "items",
      coverage: "coverage", difference: "difference to the first",
    },
    metrics: {
      "3cosadd": "3CosAdd", "3cosmul": "3CosMul", pairdirection: "PairDirection", spearman: "Spearman correlation",
      outlier_accuracy: "outliers found", outlier_position: "outlier position", purity: "purity",
      weat: "effect size (WEAT)",
    },
    sections: {rules: "By relation", outlier_accuracy: "By topic", weat: ""},
    none: "no item is covered",
    p: p => `p = ${p < 0.001 ? p.toExponential(0) : p.toFixed(3)}`,
    interval: (low, high) => `${low} to ${high}`,
    percent,
    example: ([a, b, c]) => `${b} − ${a} + ${c} = ?`,
    exampleLead: ([a, b, c, d]) => `${a} is to ${b} as ${c} is to ${d}? The arrow leads from ${a} to ${b}; from ` +
      `${c} it should lead to ${d}. Crossed out: the words of the question. They are often the nearest to the point ` +
      "that is computed, and every analogy score leaves them out.",
    rank: (d, rank, all) => `${d} is no. ${rank.toLocaleString("en")} without the words of the question, ` +
      `no. ${all.toLocaleString("en")} with them.`,
    share: share => `The plane shows ${percent(share)} of how the five points differ.`,
    trust: "Can the neighbors be trusted?",
    trustLead: "The training was repeated on resampled text. A neighbor is stable if it was always, in 95 % of the " +
      "trainings, within twice the length of the list (here 10). The rank is its place among all words.",
    runs: (runs, share) => `${runs} more trainings; of the 10 nearest neighbors ${percent(share)} are stable.`,
    noRuns: "Trained without --bootstrap: nothing is known of it.",
    byFrequency: (first, last) => `words ${first.toLocaleString("en")} to ${last.toLocaleString("en")} by frequency`,
    ranks: (low, high, stable) => `rank ${low} to ${high}${stable ? "" : ", unstable"}`,
    reading: "How to read this",
    terms: [
      ["analogies", "a is to b as c is to d. Right if, of all words but a, b and c, a rule finds d. 3CosAdd: the word " +
        "nearest to b − a + c. 3CosMul: near to b and c and far from a, by products. PairDirection: the step from c " +
        "to d has the direction of that from a to b."],
      ["similarities", "Spearman correlation of the cosines with the scores that people gave: 1 is the same order, 0 is none."],
      ["outliers", "A word that does not belong is put among the words of a topic. Found: it is the least like the " +
        "others. Position: its mean place among them, 1 being the last. Members that are unknown are left out."],
      ["categories", "The words are put in as many groups as there are categories (k-means). Purity: the share of " +
        "words that are in the most frequent category of their group. It compares vectors, not files."],
      ["association", "Are flowers nearer to pleasant words, insects to unpleasant ones? Effect size from −2 to 2, 0 " +
        "is no difference; p: how often a random division of the targets gives as much or more. It tells of the text " +
        "that was learnt, and with few words it tells little."],
      ["coverage", "The share of the items whose words are all in the vectors (of the words, for outliers and " +
        "association). The others are left out, neither right nor wrong: compare scores only with this in view. " +
        "The difference to the first is of the items that both cover."],
      ["interval", "Bootstrap over the items (1,000 samples); the interval of Wilson for shares of right answers. It does " +
        "not know that analogy questions share words, which makes it too narrow, nor how another training of the " +
        "same text would come out."],
    ],
  },
  zh: {
    lead: "这些词向量好不好？下面每一行考察人们对词语的一种知识，看词向量掌握了多少。圆点是得分，横条是 95 % 区间：" +
      "换一批同类题目，得分多半落在其中。两条横条重叠很多时，不要下结论。",
    size: (words, width) => `${words.toLocaleString("zh")} 个词，${width} 维`,
    head: {
      items: "", model: "词向量", score: "得分", interval: "95 % 区间", n: "题数",
      coverage: "覆盖率", difference: "与第一个相比",
    },
    metrics: {
      "3cosadd": "3CosAdd", "3cosmul": "3CosMul", pairdirection: "PairDirection", spearman: "斯皮尔曼相关",
      outlier_accuracy: "找出异类", outlier_position: "异类位置", purity: "纯度", weat: "效应量（WEAT）",
    },
    sections: {rules: "按关系", outlier_accuracy: "按主题", weat: ""},
    none: "没有覆盖任何题目",
    p: p => `p = ${p < 0.001 ? p.toExponential(0) : p.toFixed(3)}`,
    interval: (low, high) => `${low} 至 ${high}`,
    percent,
    example: ([a, b, c]) => `${b} − ${a} + ${c} = ？`,
    exampleLead: ([a, b, c, d]) => `${a} 之于 ${b}，如同 ${c} 之于 ${d}？箭头由 ${a} 指向 ${b}；从 ${c} 出发，` +
      `它应当指向 ${d}。划去的是题目中的词：它们往往离算出的点最近，而一切类比得分都把它们排除在外。`,
    rank: (d, rank, all) => `不计题目中的词，${d} 排第 ${rank.toLocaleString("zh")} 位；计入则排第 ` +
      `${all.toLocaleString("zh")} 位。`,
    share: share => `平面图显示了五个点之间差别的 ${percent(share)}。`,
    trust: "邻近词可信吗？",
    trustLead: "在重抽样的文本上重复了训练。在 95 % 的训练中始终不超出列表长度（此处为 10）两倍的邻近词是稳定的。名次是在全部词中的位次。",
    runs: (runs, share) => `另外训练 ${runs} 次；10 个最近的邻近词中 ${percent(share)} 是稳定的。`,
    noRuns: "训练时没有用 --bootstrap：无从得知。",
    byFrequency: (first, last) => `词频第 ${first.toLocaleString("zh")} 至 ${last.toLocaleString("zh")} 位的词`,
    ranks: (low, high, stable) => `名次 ${low} 至 ${high}${stable ? "" : "，不稳定"}`,
    reading: "如何阅读",
    terms: [
      ["类比", "a 之于 b，如同 c 之于 d。在 a、b、c 以外的所有词中，规则找到 d 即为正确。3CosAdd：离 b − a + c 最近的词。" +
        "3CosMul：用乘积衡量，离 b、c 近而离 a 远。PairDirection：从 c 到 d 的方向与从 a 到 b 相同。"],
      ["相似度", "余弦与人工评分的斯皮尔曼相关：1 表示次序完全相同，0 表示无关。"],
      ["异类", "把一个不属于某主题的词放进该主题的词里。找出：它与其他词最不像。位置：它在其中的平均名次，1 为最后。不认识的成员不计。"],
      ["类别", "用 k 均值把词分成与类别数相同的组。纯度：属于本组最多那一类的词所占的比例。只可比较词向量，不可比较文件。"],
      ["联想", "花是否更接近愉快的词，虫是否更接近不快的词？效应量在 −2 到 2 之间，0 表示没有差别；p：把目标词随机分成两组，" +
        "差别同样大或更大的比例。它反映所学的文本；词少时说明不了什么。"],
      ["覆盖率", "所有词都认识的题目所占的比例（异类和联想按词计算）。其余题目不计对错：比较得分时要看它。" +
        "“与第一个相比”只用双方都覆盖的题目。"],
      ["区间", "对题目做自助抽样（1,000 次）；正确率用威尔逊区间。类比题共用词语，区间因此偏窄；它也不反映重新训练会有怎样的变化。"],
    ],
  },
};
