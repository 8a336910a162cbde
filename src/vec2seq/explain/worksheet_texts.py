"""What a worksheet says, in English and in Chinese."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Texts:
    """The texts of one language."""

    title: str
    title_answers: str
    lead: str
    given: str
    inputs: str
    target: str
    weights: Callable[[int, str], str]
    forward: str
    loss: str
    backward: str
    update: Callable[[str, str], str]
    after: str
    bias: str
    row: Callable[[int], str]
    row_of: Callable[[str, str], str]
    unit: Callable[[int], str]
    names: dict[str, Callable[[int], str]]
    """of the arrays of a layer"""


TEXTS = {
    "en": Texts(
        title="Back-propagation by hand",
        title_answers="Back-propagation by hand: the answers",
        lead="B is the number of rows, [A, 1] is A with a column of ones behind it, ' transposes a matrix, * "
        "multiplies number by number, log is natural, sum is over outputs and rows; Phi and phi, if they occur, are "
        "distribution and density of the standard normal distribution. Four digits do; the last one may differ.",
        given="What is given",
        inputs="The inputs",
        target="The target",
        weights=lambda n, activation: f"Weights into layer {n} ({activation})",
        forward="Forward: compute the sums, the values and the derivatives",
        loss="The loss",
        backward="Backward: compute the gradients, from the last layer to the first",
        update=lambda solver, rate: (
            f"Update: how the weights change in the first step (solver {solver}, learning rate {rate})"
        ),
        after="Compute the loss again with the new weights. Is it lower?",
        bias="bias",
        row=lambda number: f"row {number}",
        row_of=lambda place, model: f"The row is {place}, the net that of the model {model}.",
        unit=lambda number: f"unit {number}",
        names={
            "sums": lambda n: f"Sums of layer {n}",
            "values": lambda n: f"Values of layer {n}",
            "slopes": lambda n: f"Derivatives of layer {n}",
            "arriving": lambda n: f"Gradient that arrives at layer {n}",
            "leaving": lambda n: f"Gradient of the sums of layer {n}",
            "gradient": lambda n: f"Gradient of the weights into layer {n}",
            "update": lambda n: f"W{n} changes by",
        },
    ),
    "zh": Texts(
        title="手算反向传播",
        title_answers="手算反向传播：答案",
        lead="B 是行数；[A, 1] 表示在 A 的后面加一列 1；' 表示矩阵的转置；* 表示逐个数相乘；log 是自然对数；"
        "sum 对各输出和各行求和；Phi 和 phi（如果出现）是标准正态分布的分布函数和密度。"
        "保留四位有效数字即可，最后一位可以不同。",
        given="已知",
        inputs="输入",
        target="目标",
        weights=lambda n, activation: f"第 {n} 层的权重（{activation}）",
        forward="前向：求加权和、输出值和导数",
        loss="损失",
        backward="反向：从最后一层到第一层求梯度",
        update=lambda solver, rate: f"更新：第一步中权重的变化（优化器 {solver}，学习率 {rate}）",
        after="用新的权重再求一次损失。它变小了吗？",
        bias="偏置",
        row=lambda number: f"第 {number} 行",
        row_of=lambda place, model: f"这一行是 {place}，网络是模型 {model} 的。",
        unit=lambda number: f"单元 {number}",
        names={
            "sums": lambda n: f"第 {n} 层的加权和",
            "values": lambda n: f"第 {n} 层的值",
            "slopes": lambda n: f"第 {n} 层的导数",
            "arriving": lambda n: f"到达第 {n} 层的梯度",
            "leaving": lambda n: f"第 {n} 层加权和的梯度",
            "gradient": lambda n: f"第 {n} 层权重的梯度",
            "update": lambda n: f"W{n} 的变化",
        },
    ),
}
