import torch
from torch import nn

torch.manual_seed(0)
rnn, fc = nn.GRU(4, 16, bidirectional=True), nn.Linear(32, 6)
opt = torch.optim.Adam([*rnn.parameters(), *fc.parameters()], lr=0.01)
ctc = nn.CTCLoss(blank=0, zero_infinity=True)
x = torch.randn(20, 8, 4)
targets = torch.randint(1, 6, (8, 5))
for step in range(20):
    log_probs = fc(rnn(x)[0]).log_softmax(2)
    loss = ctc(log_probs, targets, torch.full((8,), 20), torch.full((8,), 5))
    opt.zero_grad()
    loss.backward()
    opt.step()
