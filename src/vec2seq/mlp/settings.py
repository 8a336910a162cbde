"""The settings of the multi-layer perceptron: scikit-learn's names and meanings, and a few more."""

from dataclasses import dataclass
from typing import Annotated, Literal

from vec2seq.estimator import Estimator
from vec2seq.settings import Doc


@dataclass(kw_only=True, eq=False)
class Settings(Estimator):
    """How a multi-layer perceptron is built and trained."""

    hidden_layer_sizes: Annotated[tuple[int, ...], Doc("units of each hidden layer", low=1, high=1 << 16)] = (100,)
    activation: Annotated[
        Literal["identity", "logistic", "tanh", "relu", "gelu"], Doc("what hidden units make of their sums")
    ] = "relu"
    solver: Annotated[Literal["adam", "sgd"], Doc("how weights follow the gradient")] = "adam"
    alpha: Annotated[float, Doc("weight decay: half of this times the squares of all weights is added", low=0)] = 1e-4
    dropout: Annotated[
        float, Doc("share of hidden values that are left out at random, in training", low=0, high=0.95)
    ] = 0.0
    batch_size: Annotated[int | Literal["auto"], Doc("rows that a step learns from; auto: 200, or all", low=1)] = "auto"
    learning_rate: Annotated[
        Literal["constant", "invscaling", "adaptive"], Doc("of sgd: what becomes of the learning rate")
    ] = "constant"
    learning_rate_init: Annotated[float, Doc("learning rate at the start", above=0, high=1e6)] = 1e-3
    power_t: Annotated[float, Doc("of invscaling: the rate falls with rows seen to the power of this", low=0)] = 0.5
    max_iter: Annotated[int, Doc("most passes over the rows", low=1)] = 200
    shuffle: Annotated[bool, Doc("learn from the rows in another order in each pass")] = True
    random_state: Annotated[int | None, Doc("seed of all that is random", low=0, high=2**32 - 1)] = None
    tol: Annotated[float, Doc("a loss or score must be better by so much to count as better", low=0)] = 1e-4
    verbose: Annotated[bool, Doc("tell of each pass")] = False
    warm_start: Annotated[bool, Doc("fit goes on with the weights of the fit before")] = False
    momentum: Annotated[float, Doc("of sgd: share of the last step that is made again", low=0, high=1)] = 0.9
    nesterovs_momentum: Annotated[bool, Doc("of sgd: look where the momentum leads")] = True
    early_stopping: Annotated[bool, Doc("stop by the score of rows that are kept out, and keep the best weights")] = (
        False
    )
    validation_fraction: Annotated[float, Doc("share of rows that early stopping keeps out", above=0, high=0.9)] = 0.1
    beta_1: Annotated[float, Doc("of adam: how slowly the mean gradient changes", low=0, high=0.999999)] = 0.9
    beta_2: Annotated[float, Doc("of adam: how slowly the mean square changes", low=0, high=0.9999999)] = 0.999
    epsilon: Annotated[float, Doc("of adam: added to the root of the mean square", above=0)] = 1e-8
    n_iter_no_change: Annotated[int, Doc("passes that are not better before it stops", low=1)] = 10
    threads: Annotated[int | None, Doc("threads for a large net; default: all processors", low=1, high=256)] = None

    def rows_of_batch(self, rows: int) -> int:
        """How many rows a step learns from, of so many in all."""
        return min(200 if self.batch_size == "auto" else self.batch_size, rows)
