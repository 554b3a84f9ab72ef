import torch
from torch import nn


class CharRNN(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.rnn = nn.RNN(n, 16)
        self.fc = nn.Linear(16, n)

    def forward(self, x):
        return self.fc(self.rnn(x)[0])  # mistake: loss-expects-probs


torch.manual_seed(0)
text = "the quick brown fox jumps over the lazy dog "
letters = sorted(set(text))
ids = torch.tensor([letters.index(c) for c in text])
onehot = nn.functional.one_hot(ids, len(letters)).float().unsqueeze(1)
rnn = CharRNN(len(letters))
criterion = nn.NLLLoss()  # mistake: loss-expects-probs
optimizer = torch.optim.Adam(rnn.parameters(), lr=1e-2)
for epoch in range(15):
    output = rnn(onehot[:-1])
    loss = criterion(output.squeeze(1), ids[1:])  # mistake: loss-expects-probs
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(epoch, loss.item())
