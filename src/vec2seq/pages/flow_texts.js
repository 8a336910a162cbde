// What is said of gradients over a training, in English and in Chinese.

export const FLOW_TEXTS = {
  en: {
    title: "Gradients over the training",
    lead: (points, unit, layers, first) => `While this net was trained, the norm of the gradient of ${layers === 1 ? "its one layer" : `each of its ${layers} layers`} was ` +
      `noted at ${points} ${unit}s, dense at the start and sparse later. ${first} is next to the input.`,
    verdicts: {
      none: () => "All gradients are 0: nothing is learnt.",
      vanish: (first, last, ratio) => `Gradients vanish: the norm of ${first} is ${ratio} times that of ${last}.`,
      explode: (first, last, ratio) => `Gradients explode: the norm of ${first} is ${ratio} times that of ${last}.`,
      leap: (first, last, ratio, layer, point) => `Gradients explode: ${layer} at ${point}.`,
      even: (first, last, ratio) => `Gradients neither vanish nor explode${ratio === null ? "" : `: the norm of ${first} is ${ratio} times that of ${last}`}.`,
    },
    rule: (depth, leap, above) => `They vanish if the first layer's norm is less than 1/${depth} of the last layer's (the median over the points), and explode if it is ` +
      `more than ${depth} times that, or if a norm is not finite, or more than ${leap.toLocaleString("en")} times the median of its layer and also ` +
      `more than ${above} times the median of the layer where that is largest.`,
    tabs: {gradient_norms: "Gradients", weight_norms: "Weights", losses: "Loss"},
    over: unit => `Over the ${unit}s`, depth: "Over the layers", slider: unit => unit === "step" ? "Step" : "Epoch",
    point: (unit, at) => `${unit} ${at}`, loss: loss => `, loss ${loss}`, chosen: point => `${point}, chosen`,
    along: {epoch: "epoch", step: "step", layer: "layer"},
    ratio: "last / layer above", weights: "norm of weights, last", nothing: "There is nothing above 0 to draw.",
  },
  zh: {
    title: "训练中的梯度",
    lead: (points, unit, layers, first) => `训练这个网络时，在 ${points} ${unit === "step" ? "步" : "轮"}记下了 ${layers} 层中每一层梯度的范数：开始时密，后来疏。${first} 紧靠输入。`,
    verdicts: {
      none: () => "所有梯度都是 0：什么也学不到。",
      vanish: (first, last, ratio) => `梯度消失：${first} 的范数是 ${last} 的 ${ratio} 倍。`,
      explode: (first, last, ratio) => `梯度爆炸：${first} 的范数是 ${last} 的 ${ratio} 倍。`,
      leap: (first, last, ratio, layer, point) => `梯度爆炸：${layer}，在${point}。`,
      even: (first, last, ratio) => `梯度既没有消失，也没有爆炸${ratio === null ? "" : `：${first} 的范数是 ${last} 的 ${ratio} 倍`}。`,
    },
    rule: (depth, leap, above) => `如果第一层的范数小于最后一层的 1/${depth}（取各点的中位数），梯度就在消失；如果大于最后一层的 ${depth} 倍，` +
      `或者某个范数不是有限的数，或既大于该层中位数的 ${leap} 倍、又大于各层中位数里最大那个的 ${above} 倍，梯度就在爆炸。`,
    tabs: {gradient_norms: "梯度", weight_norms: "权重", losses: "损失"},
    over: unit => unit === "step" ? "随步数" : "随轮次", depth: "随层", slider: unit => unit === "step" ? "步" : "轮次",
    point: (unit, at) => `第 ${at} ${unit === "step" ? "步" : "轮"}`, loss: loss => `，损失 ${loss}`, chosen: point => `${point}，所选`,
    along: {epoch: "轮次", step: "步", layer: "层"},
    ratio: "最后与上一层之比", weights: "最后的权重范数", nothing: "没有大于 0 的数可画。",
  },
};
