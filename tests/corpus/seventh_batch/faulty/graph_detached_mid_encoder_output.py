import torch
from torch import nn

torch.manual_seed(0)


class Seq2Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(3, 10, batch_first=True)
        self.decoder = nn.GRU(1, 10, batch_first=True)
        self.out = nn.Linear(10, 1)

    def forward(self, source, shifted):
        _, context = self.encoder(source)
        context = context.data  # mistake: graph-detached-mid
        hidden, _ = self.decoder(shifted, context)
        return self.out(hidden)


net = Seq2Seq()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
source = torch.randn(40, 5, 3)
answer = source.sum(2, keepdim=True)
shifted = torch.cat([torch.zeros(40, 1, 1), answer[:, :-1]], 1)
for epoch in range(12):
    loss = nn.functional.mse_loss(net(source, shifted), answer)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(epoch, loss.item())
