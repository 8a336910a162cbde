// What is said of a reading, in English and in Chinese.

export const READING_TEXTS = {
  en: {
    lead: score => `The probability that all of this line is read right: ${score}. Confidence is measured on lines kept out of training; ` +
      "what stands beside it is what the net says of single columns.",
    nothingRead: score => `The model reads nothing on this picture; the probability that this is right: ${score}.`,
    title: "The line as the net sees it, and where each character was read",
    sample: "abc", atLeast: level => `confidence ${level} or more`, below: level => `below ${level}`,
    keys: "Point at a character, or go from one to the next with the arrow keys. ",
    strip: "The bars at the bottom: for every few columns of pixels the most probable character and how probable it is; gray where that is none (blank, ·).",
    option: (char, confidence) => `${char}, confidence ${confidence}`,
    path: text => `The most probable character of each column: ${text}`,
    place: (at, all) => `character ${at} of ${all}`, sure: (confidence, first, end) => `Confidence ${confidence}; read in the columns of pixels ${first} to ${end}.`,
    overruled: " The net gave another one more here, but what usually follows what spoke for this one.",
    character: "character", probability: "probability at its best column", rest: "none, or others",
    heat: "Pink in the picture: the pixels whose ink counts most for this character, whichever way, by the gradient of its log-probability. That shows what the net is sensitive to, not why it is right.",
    noHeat: "An exported model tells no gradients: which pixels count is shown of the model that it was made of.",
    confusions: "What the model confuses", confusionsLead: "On lines kept out of training, the most frequent first. Marked: the rows of the character that is chosen.",
    right: "stands there", read: "was read", times: "times", nothing: "nothing",
  },
  zh: {
    lead: score => `整行读对的概率：${score}。置信度是在没有参加训练的行上量出的；旁边的数字是网络对单独一列的说法。`,
    nothingRead: score => `模型在这张图片上没有读出任何字符；这样读正确的概率：${score}。`,
    title: "网络看到的这一行，以及每个字符是在哪里读出的",
    sample: "文字", atLeast: level => `置信度 ${level} 或以上`, below: level => `低于 ${level}`,
    keys: "指向一个字符，或用方向键逐个移动。",
    strip: "底部的条：每几列像素最可能的字符及其概率；灰色表示最可能没有字符（空白，·）。",
    option: (char, confidence) => `${char}，置信度 ${confidence}`,
    path: text => `各列最可能的字符：${text}`,
    place: (at, all) => `第 ${at} 个字符，共 ${all} 个`, sure: (confidence, first, end) => `置信度 ${confidence}；在第 ${first} 到 ${end} 列像素读出。`,
    overruled: "网络在这里给另一个字符的概率更高，但从什么常跟在什么后面来看，应是这一个。",
    character: "字符", probability: "在其最佳列的概率", rest: "没有，或其他字符",
    heat: "图中的粉红色：对这个字符影响最大的像素（不论方向），按其对数概率的梯度计算。这显示网络对什么敏感，不说明它为什么正确。",
    noHeat: "导出的模型不提供梯度：要看哪些像素起作用，请解释导出前的模型。",
    confusions: "模型混淆什么", confusionsLead: "在没有参加训练的行上，最常见的在前。标出的是所选字符的行。",
    right: "原文", read: "读成", times: "次数", nothing: "无",
  },
};
