import torch
import torch.nn as nn

torch.manual_seed(0)
text_len, vocab, classes = 12, 30, 4
tokens = torch.randint(0, vocab, (160, text_len))
label = (tokens.float().mean(1) / 7.5).long().clamp(max=3)


class BagOfWords(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.width = width
        self.emb = nn.Embedding(vocab, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, t):
        h = self.norm(self.emb(t).mean(1))
        self.proj = nn.Linear(self.width, classes)  # mistake: param-reinit
        return self.proj(h)  # mistake: param-reinit


model = BagOfWords(16)
opt = torch.optim.Adam(model.parameters(), lr=0.02)  # mistake: param-reinit
for epoch in range(30):
    correct = 0
    for rows in torch.randperm(160).split(40):
        logits = model(tokens[rows])
        loss = nn.functional.cross_entropy(logits, label[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()  # mistake: param-reinit
        correct += (logits.argmax(1) == label[rows]).sum().item()
    if epoch % 5 == 4:
        print(epoch, loss.item(), correct / 160)
