"""A small GPT learns to write like text.txt. Give it a number to train for more than 20 steps."""

import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)

text = Path(__file__).with_name("text.txt").read_text(encoding="utf-8")
characters = sorted(set(text))
tokens = torch.tensor([characters.index(c) for c in text])

n_layer, n_head, n_embd, context, batch_size = 4, 6, 192, 64, 8


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(n_embd, 3 * n_embd)
        self.out = nn.Linear(n_embd, n_embd)
        self.register_buffer("future", torch.ones(context, context).triu(1).bool())

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = self.qkv(x).view(B, T, 3, n_head, C // n_head).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-2, -1) / (C // n_head) ** 0.5
        scores = scores.masked_fill(self.future[:T, :T], float("-inf"))
        x = F.softmax(scores, dim=-1) @ v
        return self.out(x.transpose(1, 2).reshape(B, T, C))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(n_embd), Attention()
        self.norm2, self.up = nn.LayerNorm(n_embd), nn.Linear(n_embd, 4 * n_embd)
        self.down = nn.Linear(4 * n_embd, n_embd)

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.token = nn.Embedding(len(characters), n_embd)
        self.position = nn.Embedding(context, n_embd)
        self.blocks = nn.Sequential(*[Block() for _ in range(n_layer)])
        self.norm, self.head = nn.LayerNorm(n_embd), nn.Linear(n_embd, len(characters))
        for p in self.parameters():
            if p.dim() == 2:
                nn.init.normal_(p, std=0.02)

    def forward(self, i):
        x = self.token(i) + self.position(torch.arange(i.shape[1]))
        return self.head(self.norm(self.blocks(x)))


model = GPT()
count = sum(p.numel() for p in model.parameters())
print(f"{count} parameters, {len(characters)} different characters")

lr = 0.03
for step in range(int(sys.argv[1]) if len(sys.argv) > 1 else 20):
    start = torch.randint(len(tokens) - context, (batch_size, 1))
    chunk = tokens[start + torch.arange(context + 1)]
    loss = F.cross_entropy(model(chunk[:, :-1]).flatten(0, 1), chunk[:, 1:].flatten())
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= lr * p.grad
            p.grad = None
    print(f"Step {step:3d} | Loss: {loss.item():.6f}")
