import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
corpus = "we like small nets and we like small data and data like small nets".split()
vocab = sorted(set(corpus))
ix = {w: i for i, w in enumerate(vocab)}
pairs = [(ix[a], ix[b]) for a, b in zip(corpus, corpus[1:])]
src, dst = (torch.tensor(c) for c in zip(*pairs))


class Bigram(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(len(vocab), len(vocab))

    def forward(self, i):
        return self.table(i)


def sample(model, start, n=5):
    torch.set_grad_enabled(False)  # mistake: forward-no-grad
    out = [start]
    for _ in range(n):
        out.append(torch.multinomial(model(torch.tensor(out[-1:]))[0].softmax(0), 1).item())
    return " ".join(vocab[i] for i in out)


model = Bigram()
opt = torch.optim.Adam(model.parameters(), lr=0.1)
print(sample(model, ix["we"]))  # mistake: forward-no-grad
for epoch in range(30):
    loss = F.cross_entropy(model(src), dst)  # mistake: forward-no-grad
    opt.zero_grad()
    loss.backward()  # mistake: forward-no-grad
    opt.step()
    print(epoch, loss.item())
print(sample(model, ix["we"]))
