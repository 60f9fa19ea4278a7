"""Adam in the eigenbasis of the gradients' covariance: far fewer epochs than Adam on ab-initio labels.

The loss of a potential is ill conditioned, and not along single parameters: descriptors are correlated, so
are radial functions. For every matrix W (m × n) of parameters two covariances are followed,

    L ← β L + (1-β) G Gᵀ,   R ← β R + (1-β) Gᵀ G,

with eigenvectors Q_L, Q_R. Adam then works on the rotated gradient Q_Lᵀ G Q_R, and its step is rotated back.
The eigenvectors are renewed every few steps by one power iteration, orthonormalised by QR. Matrices here
have at most a hundred rows, so a step costs little beside the gradient.

Source: N. Vyas et al., SOAP: improving and stabilizing Shampoo using Adam, arXiv:2409.11321 (2024),
algorithm 3. Differences: the momentum is kept in the parameters' own basis, and the first gradient only
starts the covariances.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

State = dict[str, Tensor]


class EigenAdam(torch.optim.Optimizer):
    """Parameters of three axes (T, m, n) are T matrices, each with its own basis; others get plain Adam."""

    def __init__(
        self,
        parameters: Iterable[Tensor],
        learning_rate: float,
        weight_decay: float = 0.0,
        betas: tuple[float, float] = (0.95, 0.99),
        covariance_beta: float = 0.95,
        renewal: int = 10,
    ) -> None:
        """betas: decay of momentum and of the squared gradients; renewal: steps between new eigenvectors.

        weight_decay is decoupled: per step and unit of learning rate, on matrices only.
        """
        defaults = {
            "lr": learning_rate, "weight_decay": weight_decay, "betas": betas,
            "covariance_beta": covariance_beta, "renewal": renewal,
        }  # fmt: skip
        super().__init__(parameters, defaults)

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One step with the gradients in `.grad`."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, parameter.grad, group)

    def _update(self, parameter: Tensor, gradient: Tensor, group: dict) -> None:
        state, is_matrix = self.state[parameter], parameter.dim() == 3
        if not state:
            state.update(_first_state(parameter, gradient))
            return
        state["steps"] += 1
        beta1, beta2 = group["betas"]
        steps = int(state["steps"])
        state["momentum"].lerp_(gradient, 1.0 - beta1)
        rotated, momentum = gradient, state["momentum"]
        if is_matrix:
            rotated, momentum = _rotated(state, gradient), _rotated(state, momentum)
        state["squares"].lerp_(rotated.square(), 1.0 - beta2)
        scale = (state["squares"] / (1.0 - beta2**steps)).sqrt() + 1e-12
        change = momentum / (1.0 - beta1**steps) / scale
        if is_matrix:
            change = state["left_basis"] @ change @ state["right_basis"].mT
            parameter.mul_(1.0 - group["lr"] * group["weight_decay"])
        parameter.add_(change, alpha=-group["lr"])
        if is_matrix:
            state["left"].lerp_(gradient @ gradient.mT, 1.0 - group["covariance_beta"])
            state["right"].lerp_(gradient.mT @ gradient, 1.0 - group["covariance_beta"])
            if steps % group["renewal"] == 0:
                state["left_basis"] = _renewed(state["left"], state["left_basis"])
                state["right_basis"] = _renewed(state["right"], state["right_basis"])


def _first_state(parameter: Tensor, gradient: Tensor) -> State:
    state = {
        "steps": torch.zeros((), dtype=torch.int64),
        "momentum": torch.zeros_like(parameter),
        "squares": torch.zeros_like(parameter),
    }
    if parameter.dim() == 3:
        left, right = gradient @ gradient.mT, gradient.mT @ gradient
        state |= {"left": left, "right": right}
        state |= {"left_basis": torch.linalg.eigh(left)[1], "right_basis": torch.linalg.eigh(right)[1]}
    return state


def _rotated(state: State, values: Tensor) -> Tensor:
    """Q_Lᵀ values Q_R."""
    return state["left_basis"].mT @ values @ state["right_basis"]


def _renewed(covariance: Tensor, basis: Tensor) -> Tensor:
    """One step of orthogonal iteration towards the eigenvectors of `covariance`."""
    return torch.linalg.qr(covariance @ basis)[0]
