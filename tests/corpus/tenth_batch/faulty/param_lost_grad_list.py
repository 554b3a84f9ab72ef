import torch
import torch.nn.functional as F

torch.manual_seed(0)
seq = torch.randint(0, 6, (40, 9))
nxt = (seq + seq.roll(1, 1)) % 6


def init(*shape):
    return (torch.randn(*shape) * 0.3).requires_grad_()


params = [init(6, 8), init(8, 8), init(8, 8), init(8, 6)]


def rnn(ps, tokens):
    E, U, V, O = ps
    h = torch.zeros(len(tokens), 8)
    outs = []
    for t in range(tokens.shape[1]):
        h = torch.tanh(E[tokens[:, t]] @ U + h @ V)
        outs.append(h @ O)
    return torch.stack(outs, 1)


def sgd(ps, lr):
    return [p.detach() - lr * p.grad for p in ps]  # mistake: param-lost-grad


for step in range(50):
    logits = rnn(params, seq)
    loss = F.cross_entropy(logits.reshape(-1, 6), nxt.reshape(-1))
    loss.backward()  # mistake: param-lost-grad
    params = sgd(params, 0.5)  # mistake: param-lost-grad
    if step % 10 == 0:
        print(step, loss.item())
