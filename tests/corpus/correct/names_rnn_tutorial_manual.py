import random

import torch
import torch.nn as nn


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size + hidden_size, hidden_size)
        self.i2o = nn.Linear(input_size + hidden_size, output_size)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, input, hidden):
        combined = torch.cat((input, hidden), 1)
        hidden = self.i2h(combined)
        return self.softmax(self.i2o(combined)), hidden


random.seed(0)
torch.manual_seed(0)
names = {0: ["anna", "hanna", "nana"], 1: ["otto", "toto", "rolo"]}
letters = sorted({c for group in names.values() for n in group for c in n})
rnn = RNN(len(letters), 12, 2)
criterion = nn.NLLLoss()
learning_rate = 0.005
current_loss, all_losses = 0, []
for it in range(1, 41):
    category = random.choice([0, 1])
    line = random.choice(names[category])
    tensor = torch.zeros(len(line), 1, len(letters))
    for i, c in enumerate(line):
        tensor[i][0][letters.index(c)] = 1
    hidden = torch.zeros(1, 12)
    rnn.zero_grad()
    for i in range(tensor.size(0)):
        output, hidden = rnn(tensor[i], hidden)
    loss = criterion(output, torch.tensor([category]))
    loss.backward()
    for p in rnn.parameters():
        p.data.add_(p.grad.data, alpha=-learning_rate)
    current_loss += loss.item()
    if it % 10 == 0:
        all_losses.append(current_loss / 10)
        current_loss = 0
print(all_losses)
