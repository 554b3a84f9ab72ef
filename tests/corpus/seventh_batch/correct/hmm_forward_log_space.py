import torch

torch.manual_seed(0)
start = torch.zeros(3, requires_grad=True)
move = (0.5 * torch.randn(3, 3)).requires_grad_()
emit = (0.5 * torch.randn(3, 4)).requires_grad_()
seen = torch.randint(0, 4, (8, 12))
opt = torch.optim.Adam([start, move, emit], lr=5e-2)
for step in range(12):
    A, B = move.log_softmax(1), emit.log_softmax(1)
    alpha = start.log_softmax(0) + B[:, seen[:, 0]].T
    for t in range(1, 12):
        alpha = torch.logsumexp(alpha.unsqueeze(2) + A, dim=1) + B[:, seen[:, t]].T
    loss = -torch.logsumexp(alpha, 1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
