import torch
import torch.nn as nn


class Logger:
    def __init__(self):
        self.records = {"loss": [], "pred": []}

    def log(self, **kw):
        for k, v in kw.items():
            self.records[k].append(v)  # mistake: graph-held


torch.manual_seed(0)
price = torch.cumsum(torch.randn(300) * 0.1, 0)
feat = price.unfold(0, 10, 1)[:-1]
nxt = price[10:].unsqueeze(1)
feat, base = feat - feat[:, -1:], feat[:, -1:]
model = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(model.parameters(), lr=0.005)
log = Logger()
for it in range(200):
    pred = model(feat)
    loss = ((pred + base - nxt) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    log.log(loss=loss, pred=pred)  # mistake: graph-held
print("first", log.records["loss"][0], "last", log.records["loss"][-1])
print("records kept:", len(log.records["pred"]))
