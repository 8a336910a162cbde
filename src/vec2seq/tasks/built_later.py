"""A loaded model whose weights stay arrays, until its net is asked for: what does without the net loads no PyTorch."""

import copy
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from vec2seq.tasks.data_estimator import DataEstimator

if TYPE_CHECKING:
    from torch import nn


class BuiltLater(DataEstimator):
    """Base of estimators that know what weights their net has."""

    @property
    @abstractmethod
    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Of the net's weights, in its order."""

    def take_weights(self, weights: dict[str, NDArray[Any]], where: str) -> None:
        """Become the estimator of a net with these weights; UserError, naming the place, if they are not its own."""
        wanted = self.weight_shapes
        if {name: (weight.shape, weight.dtype.str) for name, weight in weights.items()} == {
            name: (shape, "<f4") for name, shape in wanted.items()
        }:
            self._unbuilt = {name: weights[name] for name in wanted}
        else:  # the net says what is wrong
            super().take_weights(weights, where)

    def take_net(self, net: "nn.Module") -> None:
        """Become the estimator of a trained net, on the processor: what writes has small steps."""
        super().take_net(net.cpu())
        self.__dict__.pop("_unbuilt", None)

    def _weights(self) -> dict[str, NDArray[Any]]:
        return self._unbuilt if "_unbuilt" in self.__dict__ else super()._weights()

    def __getattr__(self, name: str) -> Any:
        weights = self.__dict__.get("_unbuilt")
        if name != "net_" or weights is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        made = copy.copy(self)
        vars(made).update(self._used)
        super(BuiltLater, made).take_weights(weights, "")
        vars(self).update(net_=made.net_, beside_=made.beside_)
        self.__dict__.pop("_unbuilt", None)
        return self.net_
