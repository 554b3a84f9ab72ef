"""Regression with numpy data, plots of predictions in between, early stopping, gradient norms."""
import math
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim

rng = np.random.default_rng(0)
xs = rng.uniform(-3, 3, size=(200, 1)).astype(np.float32)
ys = np.sin(xs) + 0.1 * rng.normal(size=xs.shape).astype(np.float32)
x, y = torch.from_numpy(xs), torch.from_numpy(ys)


class MLP(nn.Module):
    def __init__(self, hidden=(32, 32)):
        super().__init__()
        sizes = [1, *hidden, 1]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:]))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.gelu(layer(x))
        return self.layers[-1](x)


torch.manual_seed(0)
model = MLP()
optimizer = optim.AdamW([{"params": model.layers[0].parameters(), "lr": 1e-3}, {"params": model.layers[1:].parameters()}], lr=3e-3, weight_decay=1e-2)
scheduler = optim.lr_scheduler.LambdaLR(optimizer, lambda s: min(1, (s + 1) / 20) * 0.5 * (1 + math.cos(math.pi * min(s, 200) / 200)))
best, patience = float("inf"), 0
curve = []
for step in range(150):
    index = torch.from_numpy(rng.choice(160, 32, replace=False))
    pred = model(x[index])
    loss = F.mse_loss(pred, y[index])
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    grad_norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    scheduler.step()
    curve.append((step, loss.item(), grad_norm.item(), scheduler.get_last_lr()[0]))
    if step % 25 == 0:
        model.eval()
        with torch.inference_mode():
            validation = F.mse_loss(model(x[160:]), y[160:]).item()
            picture = model(torch.linspace(-3, 3, 50)[:, None]).squeeze().numpy()
        model.train()
        if validation < best - 1e-4:
            best, patience = validation, 0
        else:
            patience += 1
        if patience > 4:
            break
print(best, picture.shape)
