import torch
from torch import nn

torch.manual_seed(5)
data = torch.randn(64, 3) @ torch.randn(3, 12)
encoder = nn.Linear(12, 3)
decoder = nn.Linear(3, 12)
optimizer = torch.optim.Adam(decoder.parameters(), lr=0.02)

for epoch in range(20):
    code = encoder(data)
    recon = decoder(code)
    loss = nn.functional.mse_loss(recon, data)
    encoder.zero_grad()
    decoder.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 5 == 0:
        print("epoch", epoch, "reconstruction", loss.item())
