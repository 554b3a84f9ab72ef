import torch
import torch.nn as nn

torch.manual_seed(0)


class Tagger(nn.Module):
    def __init__(self, vocab=20, tags=4):
        super().__init__()
        self.emb = nn.Embedding(vocab, 8)
        self.rnn = nn.RNN(8, 12, batch_first=True)
        self.tag = nn.Linear(12, tags)

    def forward(self, words):
        return self.tag(self.rnn(self.emb(words))[0])  # mistake: loss-expects-probs


tagger = Tagger()
words = torch.randint(0, 20, (24, 7))
tags = words % 4
loss_function = nn.NLLLoss()  # mistake: loss-expects-probs
optimizer = torch.optim.SGD(tagger.parameters(), lr=0.1)
for epoch in range(20):
    tagger.zero_grad()
    tag_scores = tagger(words)  # mistake: loss-expects-probs
    loss = loss_function(tag_scores.reshape(-1, 4), tags.reshape(-1))  # mistake: loss-expects-probs
    loss.backward()
    optimizer.step()
    print(epoch, loss.item())
