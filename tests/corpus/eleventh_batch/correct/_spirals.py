import torch


def make(n, k, seed=0):
    g = torch.Generator().manual_seed(seed)
    label = torch.arange(k).repeat_interleave(n)
    r = torch.linspace(0.1, 1, n).repeat(k)
    angle = r * 4 + label * 2 * torch.pi / k + 0.15 * torch.randn(n * k, generator=g)
    return torch.stack([r * angle.cos(), r * angle.sin()], 1), label


def batches(x, y, size, seed):
    g = torch.Generator().manual_seed(seed)
    for idx in torch.randperm(len(x), generator=g).split(size):
        yield x[idx], y[idx]
