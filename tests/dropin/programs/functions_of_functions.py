import torch
from torch._higher_order_ops.associative_scan import associative_scan

x = torch.arange(1.0, 13.0).reshape(3, 4)


def linear(left, right):
    return left[0] * right[0], right[0] * left[1] + right[1]


print(associative_scan(torch.add, x, 1, combine_mode="generic"))
print(associative_scan(torch.add, x, 0, reverse=True, combine_mode="generic"))
print(associative_scan(linear, (x / 10, x), 1, combine_mode="generic")[1].round(decimals=3))
