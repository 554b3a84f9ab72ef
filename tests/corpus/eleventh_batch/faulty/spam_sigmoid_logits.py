import torch
import torch.nn as nn

spam = ["win cash now", "free prize claim now", "cheap meds free", "win a free prize", "cash prize now"]
ham = ["see you at lunch", "meeting at noon", "lunch with the team", "notes from the meeting", "call me at noon"]
words = sorted({w for s in spam + ham for w in s.split()})
torch.manual_seed(0)


def bag(s):
    v = torch.zeros(len(words))
    for w in s.split():
        v[words.index(w)] += 1
    return v


X = torch.stack([bag(s) for s in spam + ham])
y = torch.tensor([1.0] * 5 + [0.0] * 5).unsqueeze(1)


class SpamNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(len(words), 8), nn.ReLU(), nn.Linear(8, 1))

    def forward(self, x):
        return torch.sigmoid(self.net(x))  # mistake: double-sigmoid


m = SpamNet()
opt = torch.optim.Adam(m.parameters(), lr=0.02)
crit = nn.BCEWithLogitsLoss()
for e in range(150):
    loss = crit(m(X), y)  # mistake: double-sigmoid
    opt.zero_grad()
    loss.backward()
    opt.step()
    if e % 30 == 29:
        print(e + 1, "loss", loss.item())
