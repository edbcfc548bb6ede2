"""Uses that PyTorch's documentation shows, beside PyTorch: what its examples do, in small programs."""

from __future__ import annotations

import pytest
from torch.utils import _pytree as theirs

from cltorch.utils import pytree
from tests.programs import assert_same

TRY = """
def told(f):
    try:
        print(f())
    except Exception as error:
        print(type(error).__name__, error)
"""

PROGRAMS = {
    "generators of loaders' threads, and floats that a layer quantizes as it runs": """
print(torch.random.thread_safe_generator(), torch.randint(0, 10, (5,), generator=torch.thread_safe_generator()).shape)
for x in (torch.tensor([1.0, 70000.0, -1e6]), torch.arange(3)):
    print(torch.quantize_per_tensor_dynamic(x, torch.float16, True))
""",
    "what hooks of functions are told": """
from torch.overrides import TorchFunctionMode, resolve_name
class Log(TorchFunctionMode):
    def __torch_function__(self, func, types, args, kwargs=None):
        print(resolve_name(func), [type(a).__name__ for a in args], kwargs)
        return func(*args, **(kwargs or {}))
with Log():
    b = torch.rand(10)
    b.sum(dim=0), b.sum(), b.shape, b.grad, b.T, b.is_leaf, b.add_(1), b[0], 1 - b, len(b), b.float(), b @ b, torch.cat([b, b])
    F.linear(torch.ones(2, 2), torch.ones(2, 2))
""",
    "asking once less": """
from torch.overrides import TorchFunctionMode, get_ignored_functions, get_overridable_functions, get_testing_overrides
from torch.overrides import handle_torch_function, has_torch_function, is_tensor_method_or_property, redispatch_function
class Logged(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args, kwargs=None):
        print("calling", func.__name__)
        return redispatch_function(func, types, args, kwargs)
class Mode(TorchFunctionMode):
    def __torch_function__(self, func, types, args, kwargs=None):
        print("calling", func.__name__)
        with self:
            return redispatch_function(func, types, args, kwargs)
def scaled(a, b):
    if has_torch_function((a, b)):
        return handle_torch_function(scaled, (a, b), a, b)
    return a * b + 1
print(scaled(Logged(torch.tensor([3.0])), Logged(torch.tensor([4.0]))))
with Mode():
    scaled(torch.ones(1), torch.ones(1))
told(lambda: redispatch_function(lambda: 1 / 0, (), (), None))
ignored, asked, tested = get_ignored_functions(), get_overridable_functions(), get_testing_overrides()
print(torch.Tensor.as_subclass in ignored, torch.zeros in ignored, torch.add in ignored, torch.mean in asked[torch])
print(torch.Tensor.view in asked[torch.Tensor], F.relu in asked[F], torch.zeros in asked[torch], tested[torch.abs](1))
try:
    tested[torch.abs]()
except TypeError:
    print("an argument is missing")
print(is_tensor_method_or_property(torch.Tensor.view), is_tensor_method_or_property(torch.Tensor.shape.__get__))
""",
    "a module's backward hook gives a list": """
m = nn.Identity()
m.register_full_backward_hook(lambda m, arrived, left: [g * 42 for g in arrived])
x = torch.ones(2, requires_grad=True)
m(x).sum().backward()
print(x.grad)
""",
    "files without their bytes": """
import io
def saved(thing, **more):
    file = io.BytesIO()
    torch.save(thing, file, **more)
    file.seek(0)
    return file
with torch.serialization.skip_data():
    empty = saved([torch.ones(2, 3), torch.tensor([True])])
    told(lambda: saved(torch.ones(1), _use_new_zipfile_serialization=False))
print(torch.load(empty))
full = saved(torch.ones(2))
with torch.serialization.skip_data():
    print(torch.load(full).shape)
print(torch.load(saved(torch.ones(2))))
""",
    "stores of one rank": """
import os, tempfile
import torch.distributed as dist
path = os.path.join(tempfile.mkdtemp(), "store")
first, second = dist.FileStore(path, 2), dist.FileStore(path, 2)
first.set("k", "v")
part = dist.PrefixStore("p", first)
part.set("q", "1")
print(second.get("k"), first.get("p/q"), part.get("q"), part.add("n", 2), first.get("p/n"), first.path == path)
store = dist.TCPStore("127.0.0.1", 0, 1, True)
store.set("z", "1")
print(store.num_keys(), store.check(["z"]), store.check(["y"]), isinstance(store, dist.Store), dist.HashStore().num_keys())
store.barrier("b", 1)
""",
    "what a fuzzer draws": """
from torch.utils.benchmark import FuzzedParameter, FuzzedTensor, Fuzzer, ParameterAlias
print(ParameterAlias("a"))
def drawn(seed):
    sizes = [FuzzedParameter("m", 1, 100, "loguniform"), [FuzzedParameter("n", 1, 100, "uniform", strict=True)]]
    more = [FuzzedParameter("p", 0.5, 1, "uniform")]
    tensors = [FuzzedTensor("x", ("m", "n"), steps=(2,), min_elements=4, max_elements=1000, probability_contiguous=0.3)]
    tensors.append([FuzzedTensor("y", (3, "n"), dtype=torch.int64, max_allocation_bytes=2000)])
    fuzzer = Fuzzer(sizes + more, tensors, [lambda params: params["m"] > 3], seed=seed)
    for made, known, params in fuzzer.take(3):
        print([(one.shape, one.stride(), one.dtype) for one in made.values()], known, params)
    return fuzzer.rejection_rate
told(lambda: drawn(3)), told(lambda: drawn(4))
told(lambda: FuzzedParameter("a", 1, 2, "normal"))
told(lambda: FuzzedParameter("a", distribution={1: -1}))
told(lambda: Fuzzer([FuzzedParameter("a", 1, 2, "uniform")], [FuzzedTensor("a", (1,))]))
""",
    "gradients of functions of sparse tensors": """
class Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    def backward(ctx, g):
        return g * 3
check = torch.sparse.as_sparse_gradcheck(torch.autograd.gradcheck)
dense = torch.tensor([[0.0, 1], [2, 3]], dtype=torch.float64)
for layout in (torch.sparse_coo, torch.sparse_csr, torch.sparse_csc):
    x = dense.to_sparse(layout=layout).requires_grad_()
    for masked in (False, True):
        told(lambda: (check(lambda x: x.to_dense() * 2, x), check(lambda x: x.to_sparse_coo(), x, masked=masked)))
    told(lambda: check(lambda x: Wrong.apply(x.to_dense()), x, raise_exception=False))
x, y = dense.to_sparse().requires_grad_(), dense.clone().requires_grad_()
print(check(lambda x, y: torch.sparse.mm(x, y), (x, y), masked=True))
""",
    "norms of gradients in a log": """
import logging, sys
from torch.utils.debug_log import debug_grad_log
log = logging.getLogger("torch.utils.debug_log")
log.handlers, log.propagate = [logging.StreamHandler(sys.stdout)], False
log.setLevel(logging.INFO)
x, y = torch.ones(4, requires_grad=True), torch.ones(4, requires_grad=True)
z = x * 2 + y * 3
debug_grad_log(x, y)
z.sum().backward()
""",
    "passes in order": """
from torch.fx import symbolic_trace
from torch.fx.passes import pass_manager as older
from torch.fx.passes.infra.pass_base import PassBase, PassResult
from torch.fx.passes.infra.pass_manager import PassManager, pass_result_wrapper, this_before_that_pass_constraint
class Renamed(PassBase):
    def requires(self, gm):
        print("requires")
    def call(self, gm):
        for node in gm.graph.nodes:
            if node.target is torch.add:
                node.target = torch.mul
                return PassResult(gm, True)
        return PassResult(gm, False)
def cleaned(gm):
    print("cleaned", gm.graph.eliminate_dead_code())
first, second = Renamed(), pass_result_wrapper(cleaned)
manager = PassManager([second, first], [this_before_that_pass_constraint(first, second)], steps=2, run_checks_after_each_pass=True)
manager.add_checks(lambda module: print("checked"))
found = manager(symbolic_trace(lambda x, y: torch.add(torch.add(x, y), y)))
print(found.modified, found.graph_module.code, [one.__class__.__name__ for one in manager.passes])
for order in ([second, first], [first, second]):
    try:
        print(PassManager(order, [this_before_that_pass_constraint(first, second)]).validate_constraints())
    except RuntimeError:
        print("violated")
told(lambda: PassManager([lambda gm: None])(found.graph_module))
told(lambda: manager.add_checks(lambda a, b: None))
a, b = (lambda n: n + 1), (lambda n: n * 2)
a.__name__, b.__name__ = "a", "b"
print(older.PassManager([older.loop_pass(a, 3), older.loop_pass(b, predicate=lambda n: n < 50)])(1))
told(lambda: older.loop_pass(a, 0)(1)), told(lambda: older.loop_pass(a))
both = older.PassManager.build_from_passlist([a, b])
both.replace_pass(a, b), both.add_pass(older.inplace_wrapper(a)), both.remove_pass(["none"])
print(both(3))
both.add_constraint(older.these_before_those_pass_constraint(a, b))
try:
    both(3)
except RuntimeError:
    print("violated")
""",
    "a network for inference": """
from torch.fx.experimental.optimization import optimize_for_inference
net = fill(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(), nn.ReLU())).eval()
x = R(1, 3, 5, 5)
for config in (None, {"conv_bn_fuse": False}, {"remove_dropout": False}):
    config = {**(config or {}), "mkldnn_layout_optimize": False}
    fast = optimize_for_inference(net, config)
    print([type(one).__name__ for one in fast.modules()][1:], (fast(x) - net(x)).abs().max() < 1e-5)
""",
    "settings of files": """
import io, mmap
from torch.utils.serialization import config
ser = torch.serialization
print(config.load.mmap, config.load.endianness, config.save.storage_alignment, ser.get_crc32_options(), ser.get_default_load_endianness())
told(lambda: ser.set_default_load_endianness(3)), told(lambda: ser.set_default_mmap_options(7))
ser.set_default_load_endianness(ser.LoadEndianness.BIG)
print(ser.get_default_load_endianness(), ser.set_default_load_endianness(None), ser.get_default_load_endianness())
with ser.set_default_mmap_options(mmap.MAP_SHARED):
    print(ser.get_default_mmap_options() == mmap.MAP_SHARED)
print(ser.get_default_mmap_options() == mmap.MAP_PRIVATE)
for name in ("other.x", "load.x", "load"):
    told(lambda: config.patch(name, 1).__enter__())
with config.patch("save.storage_alignment", 4096):
    file = io.BytesIO()
    torch.save(torch.ones(3), file)
print(config.save.storage_alignment, file.getvalue().index(torch.ones(3).numpy().tobytes()) % 4096, torch.load(io.BytesIO(file.getvalue())))
""",
    "stacks of a profile": """
import os, tempfile
from torch.profiler import ProfilerActivity, profile
path = os.path.join(tempfile.mkdtemp(), "stacks.txt")
with profile(activities=[ProfilerActivity.CPU]) as found:
    torch.ones(64, 64) @ torch.ones(64, 64)
found.events().export_stacks(path, "self_cpu_time_total")
print(os.path.getsize(path), found.events().self_cpu_time_total > 0)
try:
    found.events().export_stacks(path, "count")
except ValueError:
    print("no such metric")
with torch.autograd.profiler.profile() as found:
    torch.ones(3).exp()
print(found.self_cpu_time_total > 0, len(found.function_events) > 0)
told(lambda: torch.zeros(2).long() @ torch.zeros(2))
""",
    "numbers of one slice": """
from torch.func import vmap
x = torch.ones(3)
told(lambda: vmap(lambda t: t.item())(x)), told(lambda: vmap(lambda t: t if t > 0 else -t)(x)), told(lambda: vmap(lambda t: float(t))(x))
""",
    "annotations, attributes, and a transformer": """
import torch.fx, torch.jit
from torch.fx.traceback import annotate_fn
print(annotate_fn({"stage": 1})(lambda x: x + 1)(2))
class Attributes(torch.jit.ScriptModule):
    def __init__(self):
        super().__init__()
        self.foo = torch.jit.Attribute(0.1, float)
        print(0 < self.foo)
Attributes()
class Negated(torch.fx.Transformer):
    def call_function(self, target, args, kwargs):
        return torch.neg(*args, **kwargs) if target == torch.sigmoid else super().call_function(target, args, kwargs)
print(Negated(torch.fx.symbolic_trace(lambda x: torch.sigmoid(x).abs())).transform().code)
told(lambda: torch.fx.symbolic_trace(lambda x: [y for y in x]))
""",
    "a hook's result after accumulation counts for nothing": """
v = torch.zeros(2, requires_grad=True)
v.register_post_accumulate_grad_hook(lambda p: p.add_(p.grad, alpha=-0.5))
v.sum().backward()
print(v)
""",
    "the order of dimensions": """
x = torch.zeros(2, 3, 4, 5)
views = (x, x.permute(0, 2, 3, 1), x.to(memory_format=torch.channels_last), x[:, :1], x[:1], torch.zeros(3, 1).expand(3, 4))
formats = [torch.contiguous_format, torch.channels_last]
for t in (*views, torch.zeros(4, 5, 1), torch.tensor(1.0)):
    for check in (False, True, formats, formats[:1], 5):
        told(lambda: t.dim_order(ambiguity_check=check))
""",
    "how sparse tensors of usual dtypes print": """
for kind in ("int64", "int32", "bool", "float64", "complex64", "float16"):
    m = torch.tensor([[0, 1], [2, 0]]).to(getattr(torch, kind))
    print(m.to_sparse(), m.to_sparse_csr())
""",
    "sparse invariants": """
check = torch.sparse.check_sparse_tensor_invariants
def made(ends, plain, *size, **asked):
    return torch.sparse_csr_tensor(ends, plain, [1.0] * len(plain), *size, **asked)
for given in (([0, 1, 3], [0, 1]), ([1, 1, 2], [0, 1], (2, 2)), ([0, 2, 1, 2], [0, 1], (3, 2)), ([0, 1, 2], [0, 5], (2, 2)),
              ([0, 2, 2], [1, 0], (2, 2)), ([0, 1, 2], [1, 0], (2, 2))):
    told(lambda: made(*given, check_invariants=True))
    with check():
        told(lambda: made(*given))
told(lambda: torch.sparse_csc_tensor([0, 1, 2], [0, 5], [1.0, 2.0], (2, 2), check_invariants=True))
told(lambda: torch.sparse_coo_tensor([[0, 5], [0, 1]], [1.0, 2.0], (2, 2), check_invariants=True))
told(lambda: torch.sparse_coo_tensor([[0, 1], [0, -1]], [1.0, 2.0], (2, 2), check_invariants=True))
print(check.is_enabled(), check.enable(), check.is_enabled(), check.disable(), check.is_enabled())
@check()
def inside():
    with check(False):
        print(check.is_enabled())
    return check.is_enabled()
print(inside(), check.is_enabled())
again = check()
with again:
    told(again.__enter__)
print(check.is_enabled())
""",
    "is_storage": """
t = torch.tensor([1.0])
print(torch.is_storage(t.untyped_storage()), torch.is_storage(t.storage()), torch.is_storage(t), torch.is_storage([1]))
""",
    "least squares of one matrix and many right sides": """
for a, b in (((1, 3, 3), (2, 3, 3)), ((2, 1, 4, 3), (2, 5, 4, 2)), ((4, 3), (4, 3)), ((1, 2, 3), (2, 2, 1)), ((2, 4, 3), (2, 4))):
    A = torch.ones(a).cumsum(-1).cumsum(-2) + torch.eye(*a[-2:])
    for driver in ("gels", "gelsy", "gelsd"):
        told(lambda: tuple(torch.linalg.lstsq(A, torch.ones(b), driver=driver)))
""",
    "asarray and gradients": """
leaf, plain = torch.tensor([1.0], requires_grad=True), torch.tensor([1.0])
inner = leaf * 2
for given in (leaf, inner, plain, [1.0], 2.0):
    for asked in ({}, {"copy": True}, {"dtype": torch.float64}, {"requires_grad": True}, {"requires_grad": True, "copy": True}):
        told(lambda: torch.asarray(given, **asked))
print(torch.asarray(plain, requires_grad=True) is plain, torch.asarray(leaf, requires_grad=False) is leaf, leaf.requires_grad)
print(torch.asarray(inner, requires_grad=False), inner.requires_grad)
""",
    "directions and structures that do not fit": """
told(lambda: torch.func.jvp(lambda x: x**2, (torch.ones(1),), (torch.tensor(1.0),)))
_, product = torch.func.vjp(lambda x: {"first": x, "second": (x, x)}, torch.ones(2))
told(lambda: product(torch.ones(2)))
""",
    "masked functions by their module": """
x, mask = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[True, False], [True, True]])
print(torch.masked._ops.sum(x, 1, mask=mask), torch.masked.sum is torch.masked._ops.sum)
""",
    "names of backends": """
print(torch.compiler.set_default_backend("eager"), torch.compiler.get_default_backend())
torch.compiler.set_default_backend(None)
print(torch.compiler.get_default_backend())
""",
    "a store": """
import torch.distributed
store = torch.distributed.HashStore()
store.multi_set(["a", "b"], ["x", "y"])
store.append("a", "z")
print(store.multi_get(["a", "b"]), store.compare_set("a", "no", "new"), store.compare_set("a", "xz", "new"), store.get("a"))
""",
    "the address that does not answer": """
import tempfile, urllib.error
with tempfile.TemporaryDirectory() as folder:
    try:
        torch.hub.download_url_to_file("http://127.0.0.1:9/weights.pt", f"{folder}/weights.pt", progress=False)
    except urllib.error.URLError:
        print("URLError")
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_beside_pytorch(name: str) -> None:
    assert_same(TRY + PROGRAMS[name])


@pytest.mark.parametrize("tree", [{"a": 1, "b": [1, (2, 3)]}, [], (1,), 5, [[1], [2, 3]]])
def test_how_the_shape_of_a_tree_prints(tree: object) -> None:
    ours, spec = pytree.tree_structure(tree), theirs.tree_structure(tree)
    assert repr(ours) == repr(spec)
    assert pytree.treespec_pprint(ours) == theirs.treespec_pprint(spec)
