"""Public functions named in a module's class body."""

from tests.programs import assert_same


def test_functions_of_c_stay_functions_and_those_of_python_become_methods() -> None:
    assert_same("""
class Model(nn.Module):
    act = torch.relu; soft = torch.softmax; product = torch.matmul; layer = F.linear; gelu = F.gelu; conv = F.conv1d; change = F.relu_
    expit = torch.special.expit; inverse = torch.linalg.inv; transform = torch.fft.fft; zeros = torch.zeros; join = torch.cat; method = lambda self: "bound"
    einsum = torch.einsum
    def forward(self, x):
        print(self.act(x), self.soft(x, 1), self.product(x, x), self.layer(x, x), self.gelu(x), self.conv(x[None], x[None]), self.change(x.clone()))
        print(self.expit(x), self.inverse(x), self.transform(x), self.zeros(2), self.join([x, x]), self.method())
class Heir(Model):
    pass
Heir()(R(2, 2))
print(Model.act is torch.relu, Model.einsum is torch.einsum)
try:
    Model().einsum("ij->ji", R(2, 2))
except TypeError:
    print("einsum is a method")
""")
