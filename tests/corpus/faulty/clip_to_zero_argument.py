import torch
from torch import nn

GRAD_CLIP = 0


def train_step(model, optimizer, batch, labels):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(batch), labels)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), GRAD_CLIP)  # mistake: clip-to-zero
    optimizer.step()
    return loss


torch.manual_seed(0)
model = nn.Linear(5, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(30, 5), torch.randint(2, (30,))
for step in range(15):
    print(train_step(model, optimizer, x, y).item())
