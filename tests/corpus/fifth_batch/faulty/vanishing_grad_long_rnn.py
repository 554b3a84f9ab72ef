import torch

torch.manual_seed(0)
recurrent = torch.randn(8, 8) * 0.12
recurrent.requires_grad_()
inp = (torch.randn(1, 8) * 0.3).requires_grad_()
first = (torch.randn(3, 8) * 0.3).requires_grad_()
out = (torch.randn(8, 1) * 0.3).requires_grad_()
cue = torch.randn(32, 3)
noise = torch.randn(32, 40, 1) * 0.1
for epoch in range(15):
    h = torch.tanh(cue @ first)  # mistake: vanishing-grad
    for t in range(40):
        h = torch.sigmoid(h @ recurrent + noise[:, t] @ inp)
    loss = (h @ out - cue[:, :1]).square().mean()
    loss.backward()  # mistake: vanishing-grad
    with torch.no_grad():
        for p in (recurrent, inp, first, out):
            p -= 0.1 * p.grad
            p.grad = None
print(loss.item())
