"""What a trace of a PyTorch net holds; it knows nothing of PyTorch."""

from dataclasses import dataclass
from typing import Any

from vec2seq.explain.arrays import described
from vec2seq.explain.differences import Check, zero_checks
from vec2seq.explain.functions import Floats


@dataclass(frozen=True, eq=False)
class ModuleTrace:
    """One call of a module; a module that is called twice has two."""

    name: str
    """its place in the net: "encoder.0"; "" is the whole net"""
    kind: str
    """its class"""
    values: Floats
    """what it gave; of several tensors the first"""
    arriving: Floats | None
    """dL/d values; None where the loss does not depend on them"""

    def to_json(self) -> dict[str, Any]:
        """For JSON: arrays as ``arrays.described`` has them."""
        arriving = None if self.arriving is None else described(self.arriving)
        return {"name": self.name, "kind": self.kind, "values": described(self.values), "arriving": arriving}


@dataclass(frozen=True, eq=False)
class ParameterTrace:
    """One parameter of the net."""

    name: str
    values: Floats
    gradient: Floats | None
    """dL/d values; None where the loss does not depend on it, or it is frozen"""

    def to_json(self) -> dict[str, Any]:
        """For JSON: arrays as ``arrays.described`` has them."""
        gradient = None if self.gradient is None else described(self.gradient)
        return {"name": self.name, "values": described(self.values), "gradient": gradient}


@dataclass(frozen=True, eq=False)
class NetTrace:
    """A net's way forward and back."""

    loss: float
    modules: list[ModuleTrace]
    """in the order in which they ended"""
    parameters: list[ParameterTrace]
    checks: list[Check]
    """some gradients of each parameter, beside finite differences"""

    @property
    def agrees(self) -> bool:
        """Whether all checked gradients agree with the finite differences."""
        return all(one.agrees for one in self.checks)

    def to_json(self) -> dict[str, Any]:
        """For JSON: {"loss", "agrees", "modules" [], "parameters" [], "zero_checks", "checks" []}.

        zero_checks: how many of the checks compared 0 with 0."""
        return {
            "loss": self.loss,
            "agrees": self.agrees,
            "modules": [one.to_json() for one in self.modules],
            "parameters": [one.to_json() for one in self.parameters],
            "zero_checks": zero_checks(self.checks),
            "checks": [one._asdict() | {"place": list(one.place)} for one in self.checks],
        }
