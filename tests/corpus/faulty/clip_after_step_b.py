import torch
from torch import nn

torch.manual_seed(0)
rnn = nn.RNN(3, 10, batch_first=True)
head = nn.Linear(10, 1)
params = list(rnn.parameters()) + list(head.parameters())
opt = torch.optim.RMSprop(params, lr=0.005)
sequences = torch.randn(24, 12, 3)
labels = sequences.sum((1, 2)).unsqueeze(1)


def optimise(loss):
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: clip-after-step
    nn.utils.clip_grad_value_(params, 0.5)  # mistake: clip-after-step


for epoch in range(20):
    states, _ = rnn(sequences)
    optimise(nn.functional.smooth_l1_loss(head(states[:, -1]), labels))
