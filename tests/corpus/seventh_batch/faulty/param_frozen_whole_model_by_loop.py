import torch
from torch import nn

torch.manual_seed(0)
encoder = nn.GRU(4, 8, batch_first=True)
classifier = nn.Linear(8, 2)
net = nn.ModuleDict({"encoder": encoder, "classifier": classifier})
for name, parameter in net.named_parameters():
    if "encoder" or "embedding" in name:
        parameter.requires_grad_(False)  # mistake: param-frozen
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
series = torch.randn(50, 7, 4)
up = (series[:, -1, 0] > 0).long()
for epoch in range(10):
    _, last = encoder(series)
    loss = nn.functional.cross_entropy(classifier(last[0]), up)
    optimizer.zero_grad()
    loss.backward()  # mistake: param-frozen
    optimizer.step()
