import numpy as np
import torch

rng = np.random.default_rng(0)
vocab = 50
pos_words, neg_words = np.arange(0, 15), np.arange(10, 25)


def review(words):
    v = np.zeros(vocab, dtype=np.float32)
    np.add.at(v, rng.choice(words, 5), 1)
    np.add.at(v, rng.integers(25, vocab, 10), 1)
    return v


docs = torch.from_numpy(np.stack([review(pos_words) for _ in range(200)] + [review(neg_words) for _ in range(200)]))
sent = torch.cat([torch.ones(200), torch.zeros(200)])
w = torch.zeros(vocab, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for epoch in range(3):
    for i in range(0, 400, 4):  # mistake: data-not-shuffled
        z = docs[i:i + 4] @ w + b  # mistake: data-not-shuffled
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, sent[i:i + 4])
        loss.backward()
        with torch.no_grad():
            for p in (w, b):
                p -= 0.1 * p.grad
                p.grad = None
    with torch.no_grad():
        print("epoch", epoch, "accuracy", (((docs @ w + b) > 0) == sent.bool()).float().mean().item())
