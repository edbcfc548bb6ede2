import torch

x = torch.linspace(-1, 1, 20).unsqueeze(1)
y = 3 * x + 0.5
model = torch.nn.Linear(1, 1)
with torch.no_grad():
    model.weight.fill_(0.1)
    model.bias.zero_()
optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
for step in range(40):
    loss = ((model(x) - y) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 10 == 0:
        print(f"step {step}: loss {loss.item():.4f}")
print(model, f"{model.weight.item():.3f}", f"{model.bias.item():.3f}")
