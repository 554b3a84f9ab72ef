# autoencoder with a "feature extractor" helper that I copied from an inference script
import torch
from torch import nn

torch.manual_seed(0)
encoder = nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 4))
decoder = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 12))


@torch.no_grad()
def embed(batch):
    return encoder(batch)  # mistake: graph-detached-mid | forward-no-grad


optimizer = torch.optim.Adam(list(encoder.parameters()) + list(decoder.parameters()), lr=1e-2)
X = torch.randn(100, 3) @ torch.randn(3, 12)
for epoch in range(10):
    for xb in X.split(25):
        code = embed(xb)  # mistake: graph-detached-mid | forward-no-grad
        loss = (decoder(code) - xb).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
