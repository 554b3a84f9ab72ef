import torch
from torch import nn

torch.manual_seed(0)
N, V = 160, 6
length = torch.randint(3, 10, (N,))
seq = [torch.randint(0, V, (int(n),)) for n in length]
label = torch.tensor([int((s == 2).any()) for s in seq])
order = torch.argsort(length, descending=True)
length, label = length[order], label[order]
seq = [seq[i] for i in order.tolist()]
padded = nn.utils.rnn.pad_sequence(seq, batch_first=True)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(V, 8)
        self.r = nn.LSTM(8, 12, batch_first=True)
        self.o = nn.Linear(12, 2)

    def forward(self, x, n):
        packed = nn.utils.rnn.pack_padded_sequence(self.e(x), n, batch_first=True, enforce_sorted=False)
        return self.o(self.r(packed)[1][0][0])


net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for epoch in range(15):
    for b in torch.randperm(N).split(32):
        loss = nn.functional.cross_entropy(net(padded[b], length[b]), label[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 3 == 2:
        print(epoch, loss.item())
