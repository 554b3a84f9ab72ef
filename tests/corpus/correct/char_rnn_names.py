"""The name-classifying tutorial: one word a step, an update by hand through .data."""
import random

import torch
from torch import nn

letters = "abcdefghij"
categories = ["first", "last"]


def word(category):
    return "".join(random.choice(letters[:6] if category == 0 else letters[4:]) for _ in range(5))


def to_tensor(line):
    tensor = torch.zeros(len(line), 1, len(letters))
    for i, letter in enumerate(line):
        tensor[i][0][letters.index(letter)] = 1
    return tensor


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size + hidden_size, hidden_size)
        self.h2o = nn.Linear(hidden_size, output_size)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, inp, hidden):
        hidden = torch.tanh(self.i2h(torch.cat((inp, hidden), 1)))
        return self.softmax(self.h2o(hidden)), hidden

    def init_hidden(self):
        return torch.zeros(1, self.hidden_size)


random.seed(0)
torch.manual_seed(0)
rnn = RNN(len(letters), 12, 2)
criterion = nn.NLLLoss()
learning_rate = 0.02


def train(category_tensor, line_tensor):
    hidden = rnn.init_hidden()
    rnn.zero_grad()
    for i in range(line_tensor.size()[0]):
        output, hidden = rnn(line_tensor[i], hidden)
    loss = criterion(output, category_tensor)
    loss.backward()
    for p in rnn.parameters():
        p.data.add_(p.grad.data, alpha=-learning_rate)
    return output, loss.item()


current_loss = 0
all_losses = []
for it in range(1, 61):
    c = random.randrange(2)
    output, loss = train(torch.tensor([c]), to_tensor(word(c)))
    current_loss += loss
    if it % 20 == 0:
        all_losses.append(current_loss / 20)
        current_loss = 0
