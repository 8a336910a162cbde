// What the page of a net says besides what that of a perceptron says, in English and in Chinese.

export const NET_TEXTS = {
  en: {
    lead: (modules, numbers, loss) => `What ${modules} calls of modules of a net with ${numbers} parameters gave, in the order in which they ended, and what gradient of the loss ` +
      `came back to each. L = ${loss}; all numbers are of float64, without dropout.`,
    modules: "The modules, in the order they ran", net: "the net", norm: "norm", back: "gradient", gave: "What it gave", arrives: "The gradient that arrives",
    unused: "None: the loss does not depend on it.", still: "No gradient: the loss does not depend on it, or it is frozen.", gradient: "Gradient",
    values: "gradient of what a module gave", parameters: "gradient of its parameters", normOf: name => `norm of the ${name}`, along: "module",
    depthLead: "The loss is to the right. If norms get smaller by a factor from module to module on the way to the left, gradients vanish; if they grow, they explode.",
    zeros: "What has no gradient, or one of 0, is not drawn.",
    checkHead: ["place, from 0", "gradient", "finite difference", "relative error", ""],
  },
  zh: {
    lead: (modules, numbers, loss) => `一个有 ${numbers} 个参数的网络中 ${modules} 次模块调用各给出了什么（按结束的先后），损失的梯度又各传回了什么。L = ${loss}；所有数都用 float64 计算，不用 dropout。`,
    modules: "各模块，按运行的先后", net: "整个网络", norm: "范数", back: "梯度", gave: "给出的值", arrives: "到达的梯度",
    unused: "没有：损失不依赖于它。", still: "没有梯度：损失不依赖于它，或者它被冻结了。", gradient: "梯度",
    values: "模块输出的梯度", parameters: "模块参数的梯度", normOf: name => `${name}的范数`, along: "模块",
    depthLead: "损失在右边。如果范数往左逐个模块成倍地变小，梯度就在消失；如果变大，就在爆炸。",
    zeros: "没有梯度或梯度为 0 的，不画。",
    checkHead: ["位置（从 0 数）", "梯度", "有限差分", "相对误差", ""],
  },
};
