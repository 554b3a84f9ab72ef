import torch
from torch import nn

torch.manual_seed(0)
model = nn.ModuleDict({"backbone": nn.Linear(8, 8), "head": nn.Linear(8, 3)})
for name, parameter in model.named_parameters():
    parameter.requires_grad = False  # mistake: param-frozen
    if name.startswith("classifier"):
        parameter.requires_grad = True

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(30, 8), torch.randint(0, 3, (30,))
for epoch in range(5):
    logits = model["head"](torch.relu(model["backbone"](x)))
    loss = nn.functional.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()  # mistake: param-frozen
    optimizer.step()
