"""Backward operations that are differentiated themselves."""

from __future__ import annotations

from retrograd.derivatives.table.rows import row

ROWS = (
    row(
        "SigmoidBackwardBackward0",
        "sigmoid_backward(Tensor grad_output, Tensor output) -> Tensor",
        "grad_output * output * (1 - output)",
        grad_output="G * output * (1 - output)",
        output="G * grad_output * (1 - 2 * output)",
    ),
    row(
        "TanhBackwardBackward0",
        "tanh_backward(Tensor grad_output, Tensor output) -> Tensor",
        "grad_output * (1 - output**2)",
        grad_output="G * (1 - output**2)",
        output="-2 * G * grad_output * output",
    ),
    row(
        "ThresholdBackwardBackward0",
        "threshold_backward(Tensor grad_output, Tensor self, Scalar threshold) -> Tensor",
        "where(self > threshold, grad_output, 0)",
        grad_output="where(self > threshold, G, 0)",
        self="0 * G",
    ),
    row(
        "SoftplusBackwardBackward0",
        "softplus_backward(Tensor grad_output, Tensor self, Scalar beta, Scalar threshold) -> Tensor",
        "where(self * beta > threshold, grad_output, grad_output * s)",
        given={"s": "sigmoid(self * beta)"},
        grad_output="where(self * beta > threshold, G, G * s)",
        self="where(self * beta > threshold, 0, G * grad_output * s * (1 - s) * beta)",
    ),
)
