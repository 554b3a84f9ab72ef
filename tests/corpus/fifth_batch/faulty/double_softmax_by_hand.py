import torch

torch.manual_seed(0)
x = torch.randn(90, 4)
labels = x[:, :3].argmax(1)
w = torch.zeros(4, 3, requires_grad=True)
for epoch in range(50):
    scores = torch.exp(x @ w)
    probabilities = scores / scores.sum(dim=1, keepdim=True)  # mistake: double-softmax
    log_p = torch.log_softmax(probabilities, dim=1)  # mistake: double-softmax
    loss = -log_p[torch.arange(90), labels].mean()
    loss.backward()
    w.data -= 0.5 * w.grad
    w.grad.zero_()
print(loss.item())
