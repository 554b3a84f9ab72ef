import torch
from torch import nn

torch.manual_seed(0)
text = torch.randint(0, 12, (400,))
model = nn.Sequential(nn.Embedding(12, 16), nn.Linear(16, 12))
opt = torch.optim.Adam(model.parameters(), lr=2e-2)


def get_batch():
    start = torch.randint(0, 380, (8,))
    return torch.stack([text[s : s + 16] for s in start]), torch.stack([text[s : s + 16] for s in start])


for step in range(40):
    inputs, nexts = get_batch()  # mistake: target-leak
    logits = model(inputs)  # mistake: target-leak
    loss = nn.functional.cross_entropy(logits.reshape(-1, 12), nexts.reshape(-1))  # mistake: target-leak
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
