"""Losses."""

from __future__ import annotations

from retrograd.derivatives.table.rows import row

_N = {"N": "terms(self, reduction)"}

ROWS = (
    row(
        "BinaryCrossEntropyWithLogitsBackward0",
        "binary_cross_entropy_with_logits(Tensor self, Tensor target, Tensor? weight=None, Tensor? pos_weight=None,"
        " int reduction=Mean) -> Tensor",
        # PyTorch computes both so, and where two parts nearly cancel it loses digits.
        "reduced(((1 - target) * self + c * softplus(-self)) * either(weight, 1), reduction)",
        given={**_N, "c": "1 if pos_weight is None else (pos_weight - 1) * target + 1"},
        self="G * (sigmoid(self) - target) * either(weight, 1) / N if pos_weight is None else"
        " G * ((pos_weight * target + 1 - target) * sigmoid(self) - pos_weight * target) * either(weight, 1) / N",
        target="-G * self * either(weight, 1) / N if pos_weight is None else"
        " G * (pos_weight * softplus(-self) - softplus(self)) * either(weight, 1) / N",
    ),
    row(
        "BinaryCrossEntropyBackward0",
        "binary_cross_entropy(Tensor self, Tensor target, Tensor? weight=None, int reduction=Mean) -> Tensor",
        "reduced(-(target * maximum(log(self), -100) + (1 - target) * maximum(log1p(-self), -100))"
        " * either(weight, 1), reduction)",
        given=_N,
        # 1e-12, as float32 has it: that is the kernel's number for every dtype.
        self="G * (self - target) / maximum(self * (1 - self), 9.999999960041972e-13) * either(weight, 1) / N",
        target="G * (log1p(-self) - log(self)) * either(weight, 1) / N",
    ),
    row(
        "MseLossBackward0",
        "mse_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor",
        "reduced((self - target) ** 2, reduction)",
        given=_N,
        self="2 * G * (self - target) / N",
        target="-2 * G * (self - target) / N",
    ),
    row(
        "SmoothL1LossBackward0",
        "smooth_l1_loss(Tensor self, Tensor target, int reduction=Mean, float beta=1.0) -> Tensor",
        "reduced(where(abs(d) < beta, 0.5 * d**2 / beta, abs(d) - 0.5 * beta), reduction)",
        given={**_N, "d": "self - target"},
        self="G * where(abs(d) < beta, d / beta, sign(d)) / N",
        target="-G * where(abs(d) < beta, d / beta, sign(d)) / N",
    ),
    row(
        "HuberLossBackward0",
        "huber_loss(Tensor self, Tensor target, int reduction=Mean, float delta=1.0) -> Tensor",
        "reduced(where(abs(d) <= delta, 0.5 * d**2, delta * (abs(d) - 0.5 * delta)), reduction)",
        given={**_N, "d": "self - target"},
        self="G * where(abs(d) <= delta, d, delta * sign(d)) / N",
        target="-G * where(abs(d) <= delta, d, delta * sign(d)) / N",
    ),
    row(
        "SoftMarginLossBackward0",
        "soft_margin_loss(Tensor self, Tensor target, int reduction=Mean) -> Tensor",
        "reduced(log1p(exp(-target * self)), reduction)",
        given=_N,
        self="-G * target * sigmoid(-target * self) / N",
    ),
    row(
        "NllLossBackward0",
        "nll_loss_forward(Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index)"
        " -> (Tensor output, Tensor total_weight)",
        (
            "-sum(where(hit, c * self, 0), -1) if reduction == 0 else"
            " -sum(where(hit, c * self, 0)) / (result1 if reduction == 1 else 1)",
            "result1 if reduction == 0 else sum(hit * c)",
        ),
        given={
            "hit": "one_hot(target, self, -1, ignore_index)",
            "c": "class_weights(self, weight, -1)",
        },
        self="-hit * c * (unsqueeze(G, -1) if reduction == 0 and shape(G) else G) / (result1 if reduction == 1 else 1)",
    ),
    row(
        "NllLoss2DBackward0",
        "nll_loss2d_forward(Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index)"
        " -> (Tensor output, Tensor total_weight)",
        (
            "-sum(where(hit, c * self, 0), 1) if reduction == 0 else"
            " -sum(where(hit, c * self, 0)) / (result1 if reduction == 1 else 1)",
            "result1 if reduction == 0 else sum(hit * c)",
        ),
        given={
            "hit": "one_hot(target, self, 1, ignore_index)",
            "c": "class_weights(self, weight, 1)",
        },
        self="-hit * c * (unsqueeze(G, 1) if reduction == 0 else G) / (result1 if reduction == 1 else 1)",
    ),
)
