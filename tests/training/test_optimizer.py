"""The optimizer: Adam in a basis of its own."""

from __future__ import annotations

import pytest
import torch

from superionic.training.optimizer import EigenAdam, _renewed

BETAS = (0.95, 0.99)


def parameter(*shape: int) -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.zeros(*shape, dtype=torch.float64))


def test_without_turning_it_is_adam_from_the_second_gradient_on(generator) -> None:
    """Vectors always, matrices as long as their bases are the axes."""
    for shape in ((5,), (2, 4, 3)):
        ours, theirs = parameter(*shape), parameter(*shape)
        mine = EigenAdam([ours], 0.01, betas=BETAS, renewal=100)
        adam = torch.optim.Adam([theirs], 0.01, betas=BETAS, eps=1e-12)
        for number, gradient in enumerate(torch.as_tensor(generator.normal(size=(6, *shape)))):
            ours.grad, theirs.grad = gradient.clone(), gradient.clone()
            mine.step()
            if number == 0:
                for name in ("left_basis", "right_basis") if len(shape) == 3 else ():
                    basis = mine.state[ours][name]
                    basis.copy_(torch.eye(basis.shape[-1], dtype=basis.dtype).expand_as(basis))
                continue
            adam.step()
        assert torch.allclose(ours, theirs, atol=1e-14)
        assert float(ours.detach().abs().max()) > 0.01


def test_a_turned_step_is_the_step_of_turned_gradients(generator) -> None:
    """Gradients Uᵀ G V in the eigenbases U, V of the first one lead to Uᵀ W V."""
    gradients = torch.as_tensor(generator.normal(size=(5, 1, 4, 4)))
    left, right = (torch.linalg.eigh(product)[1] for product in (
        gradients[0] @ gradients[0].mT, gradients[0].mT @ gradients[0]
    ))  # fmt: skip
    ours, theirs = parameter(1, 4, 4), parameter(1, 4, 4)
    mine = EigenAdam([ours], 0.01, betas=BETAS, renewal=100)
    adam = torch.optim.Adam([theirs], 0.01, betas=BETAS, eps=1e-12)
    for number, gradient in enumerate(gradients):
        ours.grad, theirs.grad = gradient, left.mT @ gradient @ right
        mine.step()
        if number > 0:
            adam.step()
    assert torch.allclose(left.mT @ ours @ right, theirs, atol=1e-12)


def test_renewed_bases_come_to_the_eigenvectors(generator) -> None:
    factor = torch.as_tensor(generator.normal(size=(1, 6, 6)))
    covariance, basis = factor @ factor.mT, torch.eye(6, dtype=torch.float64)[None]
    for _ in range(400):
        basis = _renewed(covariance, basis)
    turned = basis.mT @ covariance @ basis
    off = turned - torch.diag_embed(torch.diagonal(turned, dim1=1, dim2=2))
    assert float(off.abs().max()) < 1e-6 * float(turned.abs().max())


def test_decay_shrinks_matrices_only() -> None:
    matrix, vector = (torch.nn.Parameter(torch.ones(*shape)) for shape in ((1, 2, 2), (3,)))
    optimizer = EigenAdam([matrix, vector], 0.1, weight_decay=0.5)
    for _ in range(2):
        matrix.grad, vector.grad = torch.zeros_like(matrix), torch.zeros_like(vector)
        optimizer.step()
    assert float(matrix.detach().max()) == pytest.approx(0.95)
    assert float(vector.detach().min()) == 1.0
