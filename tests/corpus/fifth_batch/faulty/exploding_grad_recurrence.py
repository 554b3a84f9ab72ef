import torch

torch.manual_seed(0)
A = (torch.randn(10, 10) * 0.9).requires_grad_()
readout = torch.randn(10, 1, requires_grad=True)
start = torch.randn(16, 10)
goal = torch.randn(16, 1)
for it in range(8):
    state = start
    for t in range(30):
        state = torch.relu(state @ A)  # mistake: exploding-grad
    error = ((state @ readout - goal) ** 2).mean()
    error.backward()  # mistake: exploding-grad
    with torch.no_grad():
        A -= 0.001 * A.grad
        readout -= 0.001 * readout.grad
    A.grad = readout.grad = None
    print(error.item())
