import torch
from torch import nn

torch.manual_seed(0)
image_tower, text_tower = nn.Linear(16, 8), nn.Linear(10, 8)
log_scale = torch.tensor(1.0, requires_grad=True)
optimizer = torch.optim.AdamW(list(image_tower.parameters()) + list(text_tower.parameters()), lr=1e-2)  # mistake: param-not-in-optimizer
shared = torch.randn(32, 4)
images = shared @ torch.randn(4, 16)
texts = shared @ torch.randn(4, 10)
for step in range(20):
    a = nn.functional.normalize(image_tower(images), dim=-1)
    b = nn.functional.normalize(text_tower(texts), dim=-1)
    logits = log_scale.exp() * a @ b.t()  # mistake: param-not-in-optimizer
    labels = torch.arange(32)
    loss = (nn.functional.cross_entropy(logits, labels) + nn.functional.cross_entropy(logits.t(), labels)) / 2
    optimizer.zero_grad()
    loss.backward()  # mistake: param-not-in-optimizer | grad-not-cleared
    optimizer.step()  # mistake: param-not-in-optimizer
    print(step, loss.item(), log_scale.item())
