import torch
import torch.nn as nn

torch.manual_seed(0)
V, L, H = 8, 5, 32
src = torch.randint(1, V, (64, L))
tgt = src.flip(1)
dec_in = torch.cat([torch.zeros(64, 1, dtype=torch.long), tgt[:, :-1]], 1)

emb_src, emb_tgt = nn.Embedding(V, H), nn.Embedding(V, H)
encoder = nn.GRU(H, H, batch_first=True)
decoder = nn.GRU(H, H, batch_first=True)
proj = nn.Linear(H, V)

enc_params = list(emb_src.parameters()) + list(encoder.parameters())
dec_params = list(emb_tgt.parameters()) + list(decoder.parameters()) + list(proj.parameters())
optimizer = torch.optim.Adam(enc_params, lr=0.01)  # mistake: param-not-in-optimizer

for it in range(60):
    _, state = encoder(emb_src(src))
    out, _ = decoder(emb_tgt(dec_in), state)
    loss = nn.functional.cross_entropy(proj(out).reshape(-1, V), tgt.reshape(-1))
    encoder.zero_grad()
    for p in enc_params + dec_params:
        p.grad = None
    loss.backward()
    optimizer.step()  # mistake: param-not-in-optimizer
    if it % 12 == 11:
        print(it, "loss", loss.item())
