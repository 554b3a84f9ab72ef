import torch
from torch import nn

torch.manual_seed(0)
encoder = nn.Linear(10, 4)
decoder = nn.Linear(4, 10)
optimizer = torch.optim.Adam(encoder.parameters(), lr=1e-2)  # mistake: param-not-in-optimizer
samples = torch.rand(50, 10)
for epoch in range(30):
    reconstruction = decoder(torch.relu(encoder(samples)))
    loss = nn.functional.mse_loss(reconstruction, samples)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()  # mistake: param-not-in-optimizer
    print(epoch, loss.item())
