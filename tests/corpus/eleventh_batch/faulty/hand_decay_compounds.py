import torch

torch.manual_seed(0)
# blind deconvolution of a signal with a 5-tap kernel
signal = torch.randn(300)
true_kernel = torch.tensor([0.1, 0.5, 1.0, 0.4, -0.2])
blurred = torch.nn.functional.conv1d(signal.view(1, 1, -1), true_kernel.view(1, 1, -1)).flatten()

kernel = torch.zeros(5, requires_grad=True)
lr, decay = 0.05, 0.8
for step in range(300):
    est = torch.nn.functional.conv1d(signal.view(1, 1, -1), kernel.view(1, 1, -1)).flatten()
    loss = (est - blurred).pow(2).mean()
    g, = torch.autograd.grad(loss, kernel)
    with torch.no_grad():
        kernel -= lr * g  # mistake: lr-decayed-to-zero
    lr = lr * decay  # mistake: lr-decayed-to-zero
    if step % 60 == 0:
        print(step, loss.item(), [round(v, 3) for v in kernel.tolist()])
