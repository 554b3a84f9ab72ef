import argparse

import torch
from torch import nn


def get_args():
    p = argparse.ArgumentParser()
    p.add_argument("--grad-clip", type=float, default=0.0, help="0 = no clipping")
    p.add_argument("--lr", type=float, default=1e-2)
    p.add_argument("--iters", type=int, default=20)
    return p.parse_args([])


def main():
    args = get_args()
    torch.manual_seed(0)
    emb = nn.Embedding(30, 8)
    rnn = nn.GRU(8, 8, batch_first=True)
    head = nn.Linear(8, 30)
    params = [*emb.parameters(), *rnn.parameters(), *head.parameters()]
    opt = torch.optim.SGD(params, lr=args.lr)
    text = torch.arange(200) * 7 % 30
    for it in range(args.iters):
        start = torch.randint(0, 180, (4,))
        x = torch.stack([text[s : s + 10] for s in start])
        y = torch.stack([text[s + 1 : s + 11] for s in start])
        logits = head(rnn(emb(x))[0])
        loss = nn.functional.cross_entropy(logits.reshape(-1, 30), y.reshape(-1))
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, args.grad_clip)  # mistake: clip-to-zero
        opt.step()
        print(it, loss.item())


if __name__ == "__main__":
    main()
