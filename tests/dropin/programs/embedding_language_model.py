import torch
import torch.nn as nn
import torch.nn.functional as F

text = "hello world, hello torch"
chars = sorted(set(text))
index = {c: k for k, c in enumerate(chars)}
ids = torch.tensor([index[c] for c in text])
model = nn.Sequential(nn.Embedding(len(chars), 8), nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, len(chars)))
with torch.no_grad():
    for k, p in enumerate(model.parameters()):
        p.copy_(torch.cos(torch.arange(p.numel(), dtype=torch.float32) * 1.3 + k).view(p.shape) * 0.4)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.05)
for step in range(30):
    loss = F.cross_entropy(model(ids[:-1]), ids[1:])
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if step % 10 == 0:
        print(f"{step} {loss.item():.2f}")
token, said = ids[0], []
for _ in range(5):
    token = model(token[None])[0].argmax()
    said.append(chars[token.item()])
print("".join(said))
