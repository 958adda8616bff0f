"""What torch can be asked for, each as a function of torch; run leanly and plainly by `probing`.

A probe gives back something whose repr tells two answers apart. `told` makes tensors such.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import Any

Probe = Callable[[Any], Any]

UNARY = """
    abs neg sign exp exp2 expm1 log log2 log10 log1p sqrt rsqrt reciprocal square sin cos tan asin
    acos atan sinh cosh tanh asinh acosh atanh erf erfc erfinv lgamma digamma sigmoid relu floor
    ceil round trunc frac sgn angle deg2rad rad2deg sinc i0 logit nan_to_num positive
    softmax:0 log_softmax:0 cumsum:0 cumprod:0 logcumsumexp:0 diff sort msort argsort
    isnan isfinite signbit count_nonzero nonzero
"""
REDUCTIONS = """
    sum mean prod max min amax amin std var logsumexp:0 norm median nanmedian nansum nanmean
    aminmax argmax argmin all any std_mean var_mean cummax:0 cummin:0 mode kthvalue:2 topk:2
"""
BINARY = """
    add sub mul div pow atan2 hypot fmod remainder maximum minimum fmax fmin logaddexp logaddexp2
    copysign floor_divide true_divide ldexp xlogy nextafter heaviside float_power dot inner outer
    cross kron eq lt ge isclose
"""
SPECIAL = """
    airy_ai bessel_j0 bessel_j1 bessel_y0 bessel_y1 digamma entr erf erfc erfcx erfinv exp2 expit
    expm1 gammaln i0 i0e i1 i1e log1p log_ndtr logit modified_bessel_i0 modified_bessel_i1
    modified_bessel_k0 modified_bessel_k1 ndtr ndtri psi round scaled_modified_bessel_k0
    scaled_modified_bessel_k1 sinc spherical_bessel_j0
"""
SPECIAL_TWO = """
    gammainc gammaincc xlog1py xlogy zeta chebyshev_polynomial_t chebyshev_polynomial_u
    hermite_polynomial_h hermite_polynomial_he laguerre_polynomial_l legendre_polynomial_p
    shifted_chebyshev_polynomial_t
"""
LINALG = """
    det slogdet inv pinv eigh eigvalsh svd svdvals qr cholesky lu lu_factor matrix_exp norm
    matrix_norm cond matrix_rank eig eigvals
"""


def told(value: Any) -> Any:
    """A value with tensors as their type, shape, numbers and kind of gradient."""
    if hasattr(value, "detach") and hasattr(value, "dtype"):
        plain = value.detach().clone()
        shown = str(plain.tolist()) if plain.layout == _strided() else "sparse"
        function = type(value.grad_fn).__name__ if value.grad_fn is not None else ""
        return (str(value.dtype), tuple(value.shape), shown, function)
    if isinstance(value, (tuple, list)):
        return [type(value).__name__, *map(told, value)]
    if isinstance(value, dict):
        return {str(key): told(item) for key, item in value.items()}
    return value


def _strided() -> Any:
    import torch

    return torch.strided


def _point(torch: Any) -> Any:
    return torch.tensor([0.3, 0.7, 0.45, 0.9], dtype=torch.float64, requires_grad=True)


def _matrix(torch: Any) -> Any:
    rows = [[4.0, 1.0, 0.5], [1.0, 3.0, 0.25], [0.5, 0.25, 2.0]]
    return torch.tensor(rows, dtype=torch.float64, requires_grad=True)


def _derivatives(torch: Any, value: Any, x: Any, order: int) -> list[Any]:
    found = []
    for _ in range(order):
        if not (hasattr(value, "requires_grad") and value.requires_grad):
            break
        (value,) = torch.autograd.grad(value.sum(), x, create_graph=True, allow_unused=True)
        found.append(told(value))
        if value is None:
            break
    return found


def _first_float(found: Any) -> Any:
    for value in found if isinstance(found, tuple) else (found,):
        if hasattr(value, "dtype") and value.dtype.is_floating_point:
            return value
    return None


def _of_x(name: str, order: int = 4) -> Probe:
    function, _, argument = name.partition(":")

    def probe(torch: Any) -> Any:
        x = _point(torch)
        made = torch
        for part in function.split("."):
            made = getattr(made, part)
        found = made(x, *([int(argument)] if argument else []))
        return told(found), _derivatives(torch, _first_float(found), x, order)

    return probe


def _of_two(name: str) -> Probe:
    def probe(torch: Any) -> Any:
        x = _point(torch)
        made = torch
        for part in name.split("."):
            made = getattr(made, part)
        other = torch.tensor([1.0, 2.0, 3.0, 2.0], dtype=torch.float64)
        if name == "cross":
            x, other = x[:3], other[:3]
            return told(made(x, other, dim=0))
        if name == "ldexp":
            other = other.to(torch.int32)
        found = made(x, other)
        return told(found), _derivatives(torch, _first_float(found), x, 2)

    return probe


def _of_matrix(name: str) -> Probe:
    def probe(torch: Any) -> Any:
        a = _matrix(torch)
        found = getattr(torch.linalg, name)(a)
        first = found[-1] if isinstance(found, tuple) else found
        if not first.requires_grad or first.is_complex():
            return [str(t.dtype) for t in (found if isinstance(found, tuple) else (found,))]
        return told(found), _derivatives(torch, first, a, 2)

    return probe


PROBES: dict[str, Probe] = {
    **{f"unary {name}": _of_x(name) for name in UNARY.split()},
    **{f"reduction {name}": _of_x(name) for name in REDUCTIONS.split()},
    **{f"binary {name}": _of_two(name) for name in BINARY.split()},
    **{f"special.{name}": _of_x(f"special.{name}", 3) for name in SPECIAL.split()},
    **{f"special.{name}": _of_two(f"special.{name}") for name in SPECIAL_TWO.split()},
    **{f"linalg.{name}": _of_matrix(name) for name in LINALG.split()},
}


def probe(function: Probe) -> Probe:
    """Add a probe under its function's name."""
    PROBES[function.__name__] = function
    return function


# -- autograd


@probe
def grad_outputs(torch: Any) -> Any:
    x = _point(torch)
    y = x.sin()
    return told(torch.autograd.grad(y, x, grad_outputs=torch.ones_like(y)))


@probe
def grad_outputs_of_a_bad_shape(torch: Any) -> Any:
    x = _point(torch)
    return torch.autograd.grad(x.sin(), x, grad_outputs=torch.ones(3, dtype=x.dtype))


@probe
def grad_of_no_scalar(torch: Any) -> Any:
    x = _point(torch)
    return torch.autograd.grad(x.sin(), x)


@probe
def grad_of_complex(torch: Any) -> Any:
    x = torch.tensor([1 + 2j], dtype=torch.complex128, requires_grad=True)
    return torch.autograd.grad((x * x).sum(), x)


@probe
def grad_unused(torch: Any) -> Any:
    x, y = _point(torch), _point(torch)
    return torch.autograd.grad(x.sum(), y)


@probe
def grads_batched(torch: Any) -> Any:
    x = _point(torch)
    y = x.exp()
    eye = torch.eye(4, dtype=x.dtype)
    return told(torch.autograd.grad(y, x, grad_outputs=eye, is_grads_batched=True))


@probe
def backward(torch: Any) -> Any:
    x = _point(torch)
    (x * x).sum().backward()
    return told(x.grad)


@probe
def backward_with_gradient(torch: Any) -> Any:
    x = _point(torch)
    (x * x).backward(torch.ones(4, dtype=x.dtype))
    return told(x.grad)


@probe
def custom_function(torch: Any) -> Any:
    class Cube(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, given: Any) -> Any:
            (x,) = ctx.saved_tensors
            return given * 3 * x**2

    x = _point(torch)
    value = Cube.apply(x)
    return told(value), _derivatives(torch, value, x, 3)


@probe
def custom_function_with_setup(torch: Any) -> Any:
    class Twice(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(x: Any) -> Any:
            return 2 * x

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.factor = 2

        @staticmethod
        def backward(ctx: Any, given: Any) -> Any:
            return given * ctx.factor

    x = _point(torch)
    return told(torch.autograd.grad(Twice.apply(x).sum(), x))


@probe
def no_grad(torch: Any) -> Any:
    x = _point(torch)
    with torch.no_grad():
        inside = x * 2

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def decorated() -> Any:
        return x * 2

    with torch.inference_mode():
        inferred = x * 2
    with torch.enable_grad():
        outside = x * 2
    return [t.requires_grad for t in (inside, decorated(), inferred, outside)]


@probe
def hessian(torch: Any) -> Any:
    return told(torch.autograd.functional.hessian(lambda x: (x**3).sum(), _point(torch)))


@probe
def jacobian(torch: Any) -> Any:
    return told(torch.autograd.functional.jacobian(torch.sin, _point(torch)))


@probe
def forward_ad(torch: Any) -> Any:
    forward = torch.autograd.forward_ad
    with forward.dual_level():
        x = forward.make_dual(_point(torch).detach(), torch.ones(4, dtype=torch.float64))
        return told(tuple(forward.unpack_dual(x.sin())))


@probe
def gradcheck(torch: Any) -> Any:
    return torch.autograd.gradcheck(torch.sin, (_point(torch),))


@probe
def gradgradcheck(torch: Any) -> Any:
    return torch.autograd.gradgradcheck(torch.exp, (_point(torch),))


@probe
def hooks(torch: Any) -> Any:
    x, seen = _point(torch), []
    y = x.sin()
    y.register_hook(lambda g: seen.append(told(g)))
    y.sum().backward()
    return seen


@probe
def saved_tensors_hooks(torch: Any) -> Any:
    x, seen = _point(torch), []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: seen.append(1) or t, lambda t: t):
        y = (x.sin() * x).sum()
    return len(seen), told(torch.autograd.grad(y, x))


@probe
def anomaly(torch: Any) -> Any:
    x = torch.tensor(-1.0, requires_grad=True)
    with warnings.catch_warnings(), torch.autograd.detect_anomaly():
        warnings.simplefilter("ignore")
        return torch.autograd.grad(torch.sqrt(x), x)


@probe
def profiler(torch: Any) -> Any:
    with torch.autograd.profiler.profile() as found:
        torch.ones(3).sum()
    return sorted({event.name for event in found.function_events})


@probe
def func_jvp(torch: Any) -> Any:
    x = _point(torch).detach()
    return told(torch.func.jvp(torch.sin, (x,), (torch.ones_like(x),)))


@probe
def func_vmap(torch: Any) -> Any:
    return told(torch.func.vmap(lambda x: x.sin() * 2)(_point(torch)))


@probe
def torch_vmap(torch: Any) -> Any:
    return told(torch.vmap(torch.cos)(_point(torch)))


@probe
def func_hessian(torch: Any) -> Any:
    return told(torch.func.hessian(lambda x: x.exp().sum())(_point(torch).detach()))


@probe
def func_grad_four_times(torch: Any) -> Any:
    function = torch.sin
    for _ in range(4):
        function = torch.func.grad(function)
    return told(function(torch.tensor(0.3, dtype=torch.float64)))


# -- tensors


@probe
def indexing(torch: Any) -> Any:
    a = _matrix(torch)
    return told([a[0], a[0, 1], a[1:, :2], a[:, None], a[..., -1], a[a > 1], a[[0, 2]]])


@probe
def index_put(torch: Any) -> Any:
    a = _matrix(torch).detach().clone()
    a[0] = 7.0
    a[1, 1:] = torch.tensor([8.0, 9.0], dtype=a.dtype)
    return told(a)


@probe
def shapes(torch: Any) -> Any:
    a = _matrix(torch)
    found = [a.T, a.mT, a.reshape(9), a.view(1, 9), a.unsqueeze(0), a.expand(2, 3, 3), a.flatten()]
    found += [torch.stack([a, a]), torch.cat([a, a]), torch.broadcast_tensors(a, a[0])]
    found += [a.split(2), a.chunk(3), a.unbind(), torch.meshgrid(a[0], a[1], indexing="ij")]
    return told(found)


@probe
def matmul(torch: Any) -> Any:
    a = _matrix(torch)
    return told(a @ a), _derivatives(torch, a @ a @ a[0], a, 2)


@probe
def einsum(torch: Any) -> Any:
    a = _matrix(torch)
    return told(torch.einsum("ij,jk->ik", a, a))


@probe
def tensordot(torch: Any) -> Any:
    return told(torch.tensordot(_matrix(torch), _matrix(torch), dims=1))


@probe
def scalars(torch: Any) -> Any:
    x = torch.tensor(2.5, dtype=torch.float64)
    return (
        float(x),
        int(x),
        bool(x),
        x.item(),
        format(x, ".3f"),
        complex(x),
        x.numel(),
        len(x[None]),
    )


@probe
def python_numbers(torch: Any) -> Any:
    x = _point(torch)
    return told([x + 1, 1 - x, 2 / x, 2**x, x // 1, x % 0.5, -x, abs(x), x == 0.3, x < 0.5])


@probe
def constructors(torch: Any) -> Any:
    made = [torch.zeros(2), torch.ones(2), torch.full((2,), 3.0), torch.arange(3), torch.eye(2)]
    made += [torch.linspace(0, 1, 3), torch.logspace(0, 1, 3), torch.empty(0), torch.tensor([])]
    return told([*made, torch.complex(made[0], made[1]), torch.tensor([True]), torch.tensor(1)])


@probe
def dtypes(torch: Any) -> Any:
    x = _point(torch).detach()
    kinds = [
        torch.float32,
        torch.float16,
        torch.bfloat16,
        torch.int64,
        torch.complex128,
        torch.bool,
    ]
    return told([x.to(kind) for kind in kinds]), str(torch.promote_types(kinds[0], kinds[4]))


@probe
def limits(torch: Any) -> Any:
    return str(torch.finfo(torch.float64)), str(torch.iinfo(torch.int32)), torch.get_default_dtype()


@probe
def complex_numbers(torch: Any) -> Any:
    z = torch.tensor([1 + 2j, -1j], dtype=torch.complex128, requires_grad=True)
    value = (z * z.exp()).abs().sum()
    return told([z.real, z.imag, z.conj(), z.angle(), torch.view_as_real(z)]), told(
        torch.autograd.grad(value, z)
    )


@probe
def error_of_shapes(torch: Any) -> Any:
    return torch.ones(2) + torch.ones(3)


@probe
def error_of_dtype(torch: Any) -> Any:
    return torch.dot(torch.ones(2), torch.ones(2, dtype=torch.float64))


@probe
def error_of_a_name(torch: Any) -> Any:
    return torch.no_such_name


@probe
def error_of_an_argument(torch: Any) -> Any:
    return torch.sin("x")


@probe
def error_of_inverse(torch: Any) -> Any:
    return torch.linalg.inv(torch.zeros(2, 2))


@probe
def error_of_a_device(torch: Any) -> Any:
    return torch.zeros(1, device="nowhere")


@probe
def error_of_cuda(torch: Any) -> Any:
    try:
        torch.zeros(1, device="cuda")
    except (RuntimeError, AssertionError) as error:
        return type(error).__name__


@probe
def printing(torch: Any) -> Any:
    return repr(_matrix(torch)), str(_point(torch) * 2), repr(torch.Size([1, 2]))


@probe
def numpy_both_ways(torch: Any) -> Any:
    import numpy as np

    x = torch.from_numpy(np.array([1.0, 2.0]))
    scalar = torch.tensor(np.float64(2))
    return told([x, scalar]), repr((x * 2).numpy()), repr(np.asarray(x)), repr(np.sin(x).tolist())


@probe
def frombuffer(torch: Any) -> Any:
    return told(torch.frombuffer(bytearray(16), dtype=torch.float64))


@probe
def dlpack(torch: Any) -> Any:
    return told(torch.from_dlpack(_point(torch).detach()))


@probe
def dlpack_capsule(torch: Any) -> Any:
    capsule = torch.utils.dlpack.to_dlpack(_point(torch).detach())
    return told(torch.utils.dlpack.from_dlpack(capsule))


@probe
def copies(torch: Any) -> Any:
    import copy

    x = _point(torch)
    return told([copy.deepcopy(x), copy.copy(x), x.clone(), x.detach(), x.contiguous()])


@probe
def pickling(torch: Any) -> Any:
    import pickle

    return told(pickle.loads(pickle.dumps(_point(torch))))


@probe
def saving(torch: Any) -> Any:
    buffer = io.BytesIO()
    torch.save({"x": _point(torch), "n": 3}, buffer)
    buffer.seek(0)
    return told(torch.load(buffer))


@probe
def sets(torch: Any) -> Any:
    x = torch.tensor([3, 1, 3, 2])
    return told([torch.unique(x), torch.unique(x, return_counts=True), x.unique_consecutive()])


@probe
def unique_consecutive(torch: Any) -> Any:
    return told(torch.unique_consecutive(torch.tensor([1, 1, 2]), return_inverse=True))


@probe
def lu_of_a_matrix(torch: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return told(torch.lu(_matrix(torch).detach(), get_infos=True))


@probe
def documentation(torch: Any) -> Any:
    return torch.unique.__doc__ is not None, torch.einsum.__doc__[:40], torch.vmap.__doc__[:40]


@probe
def random_numbers(torch: Any) -> Any:
    generator = torch.Generator().manual_seed(7)
    return told(torch.rand(3, generator=generator, dtype=torch.float64))


@probe
def seeded(torch: Any) -> Any:
    torch.manual_seed(3)
    found = [torch.randn(2), torch.randint(9, (3,)), torch.randperm(4), torch.rand(2)]
    return told(found), torch.initial_seed()


@probe
def threads(torch: Any) -> Any:
    torch.set_num_threads(1)
    return torch.get_num_threads()


@probe
def where_and_masks(torch: Any) -> Any:
    x = _point(torch)
    y = torch.where(x > 0.5, x * x, x.exp())
    return told([y, x.clamp(0.4, 0.8), x.masked_fill(x > 0.5, 0.0)]), _derivatives(torch, y, x, 3)


@probe
def stft(torch: Any) -> Any:
    x = torch.arange(16, dtype=torch.float64)
    window = torch.ones(8, dtype=torch.float64)
    return told(torch.stft(x, 8, window=window, return_complex=True).abs())


@probe
def fft(torch: Any) -> Any:
    x = _point(torch)
    return told(torch.fft.fft(x)), _derivatives(torch, torch.fft.rfft(x).abs(), x, 2)


@probe
def lobpcg(torch: Any) -> Any:
    a = torch.diag(torch.arange(1.0, 13.0, dtype=torch.float64))
    start = torch.eye(12, 2, dtype=torch.float64)
    return [round(v, 6) for v in torch.lobpcg(a, k=2, X=start)[0].tolist()]


@probe
def low_rank(torch: Any) -> Any:
    torch.manual_seed(0)
    return [round(v, 9) for v in torch.svd_lowrank(_matrix(torch).detach(), 2)[1].tolist()]


@probe
def subclass(torch: Any) -> Any:
    class Own(torch.Tensor):  # type: ignore[misc]
        pass

    x = torch.ones(2).as_subclass(Own)
    return type(x + 1).__name__, (x + 1).tolist()


@probe
def torch_function(torch: Any) -> Any:
    class Own:
        @classmethod
        def __torch_function__(
            cls, function: Any, kinds: Any, args: Any, kwargs: Any = None
        ) -> Any:
            return function.__name__

    return torch.sin(Own()), torch.unique(Own()), torch.einsum("i", Own())


@probe
def dispatch_mode(torch: Any) -> Any:
    from torch.utils._python_dispatch import TorchDispatchMode

    seen = []

    class Spy(TorchDispatchMode):  # type: ignore[misc]
        def __torch_dispatch__(self, function: Any, kinds: Any, args: Any, kwargs: Any) -> Any:
            seen.append(str(function))
            return function(*args, **(kwargs or {}))

    with Spy():
        torch.ones(2).sin()
    return seen


@probe
def function_mode(torch: Any) -> Any:
    from torch.overrides import TorchFunctionMode

    seen = []

    class Spy(TorchFunctionMode):  # type: ignore[misc]
        def __torch_function__(
            self, function: Any, kinds: Any, args: Any, kwargs: Any = None
        ) -> Any:
            seen.append(function.__name__)
            return function(*args, **(kwargs or {}))

    with Spy():
        torch.sin(torch.ones(2))
    return seen


@probe
def default_device(torch: Any) -> Any:
    with torch.device("meta"):
        return str(torch.ones(2).device)


@probe
def autocast(torch: Any) -> Any:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return told(torch.ones(2, 2) @ torch.ones(2, 2))


# -- what lies deeper


@probe
def modules_of_nn(torch: Any) -> Any:
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    return told(model(torch.ones(1, 2))), repr(model), told(dict(model.state_dict()))


@probe
def parameter(torch: Any) -> Any:
    return told(torch.nn.Parameter(torch.ones(2))), isinstance(torch.ones(1), torch.nn.Parameter)


@probe
def functional(torch: Any) -> Any:
    x = _point(torch)
    return told([torch.nn.functional.gelu(x), torch.nn.functional.softplus(x)])


@probe
def lbfgs(torch: Any) -> Any:
    x = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([x], line_search_fn="strong_wolfe")

    def loss() -> Any:
        optimizer.zero_grad()
        value = ((x - 1) ** 4).sum()
        value.backward()
        return value

    for _ in range(3):
        optimizer.step(loss)
    return told(x)


@probe
def adam(torch: Any) -> Any:
    x = torch.tensor([3.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([x], lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (x**2).sum().backward()
        optimizer.step()
    return told(x)


@probe
def distributions(torch: Any) -> Any:
    normal = torch.distributions.Normal(torch.tensor(0.0), torch.tensor(1.0))
    return told(normal.log_prob(torch.tensor(0.5))), repr(normal)


@probe
def jit_script(torch: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(lambda x: x * 2 + 1, torch.ones(2))
    return told(traced(torch.ones(2)))


@probe
def make_fx(torch: Any) -> Any:
    from torch.fx.experimental.proxy_tensor import make_fx

    return make_fx(lambda x: x.sin() * 2)(torch.ones(2)).code


@probe
def symbolic_trace(torch: Any) -> Any:
    return torch.fx.symbolic_trace(lambda x: torch.sin(x) + 1).code


@probe
def export(torch: Any) -> Any:
    class Module(torch.nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            return x.sin() + 1

    found = torch.export.export(Module(), (torch.ones(2),))
    return found.graph_module.code, told(found.module()(torch.ones(2)))


@probe
def compiled_eagerly(torch: Any) -> Any:
    function = torch.compile(lambda x: x.sin() * 3, backend="eager")
    return told(function(torch.ones(2)))


@probe
def fake_tensors(torch: Any) -> Any:
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        found = torch.ones(2, 3) @ torch.ones(3, 4)
    return type(found).__name__, tuple(found.shape)


@probe
def meta(torch: Any) -> Any:
    a = torch.ones(3, 3, device="meta")
    found = [torch.linalg.inv(a), torch.linalg.eigh(a)[0], a @ a, torch.logsumexp(a, 0)]
    return [(str(t.device), tuple(t.shape)) for t in found]


@probe
def cond(torch: Any) -> Any:
    x = torch.ones(2)
    return told(torch.cond(x.sum() > 1, lambda x: x + 1, lambda x: x - 1, (x,)))


@probe
def nested(torch: Any) -> Any:
    found = torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=torch.jagged)
    return type(found).__name__, told((found * 2).unbind())


@probe
def nested_strided(torch: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])
    return [told(part) for part in (found * 2).unbind()], found.is_nested


@probe
def nested_gradient(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    found = torch.nested.as_nested_tensor([x, x], layout=torch.jagged)
    return told(torch.autograd.grad(found.values().sum(), x))


@probe
def masked(torch: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = torch.masked.masked_tensor(torch.ones(2), torch.tensor([True, False]))
    return told(torch.masked.sum(torch.ones(2), mask=torch.tensor([True, False]))), repr(found)


@probe
def library(torch: Any) -> Any:
    def double(x):  # type: ignore[no-untyped-def]
        return x * 2

    double.__annotations__ = {"x": torch.Tensor, "return": torch.Tensor}
    double = torch.library.custom_op("adiff_probe::double", mutates_args=())(double)
    return told(double(torch.ones(2))), told(torch.ops.adiff_probe.double(torch.ones(2)))


@probe
def library_define(torch: Any) -> Any:
    own = torch.library.Library("adiff_other", "DEF")
    own.define("triple(Tensor x) -> Tensor")
    own.impl("triple", lambda x: x * 3, "CompositeImplicitAutograd")
    return told(torch.ops.adiff_other.triple(torch.ones(2)))


@probe
def ops(torch: Any) -> Any:
    return told(torch.ops.aten.sin(torch.ones(2))), repr(torch.ops.aten.sin), str(torch.ops.aten)


@probe
def quantize(torch: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.quint8)
    return found.int_repr().tolist()


@probe
def sparse(torch: Any) -> Any:
    a = torch.eye(3, dtype=torch.float64).to_sparse()
    return told(torch.sparse.mm(a, _matrix(torch).detach())), told(torch.sparse.sum(a))


@probe
def sparse_rows(torch: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return told((torch.eye(3).to_sparse_csr() @ torch.ones(3, 1)).to_dense())


@probe
def symbols(torch: Any) -> Any:
    found = [torch.sym_not(True), torch.sym_int(2.5), torch.sym_max(1, 2), torch.sym_float(3)]
    return found, torch.SymInt.__name__, hasattr(torch.SymInt, "__add__")


@probe
def backends(torch: Any) -> Any:
    found = [torch.backends.mkldnn.is_available(), torch.backends.cudnn.enabled]
    return found, torch.cuda.is_available(), torch.backends.openmp.is_available()


@probe
def deprecated(torch: Any) -> Any:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = torch.has_mps
    return found, [str(warning.message) for warning in caught]


@probe
def distributed(torch: Any) -> Any:
    return torch.distributed.is_available(), torch.distributed.rpc.is_available()


@probe
def settings(torch: Any) -> Any:
    return (
        torch.__config__.parallel_info().splitlines()[:2],
        torch.__version__,
        torch.get_num_threads(),
    )


@probe
def contents(torch: Any) -> Any:
    return len(dir(torch.nn)), len(dir(torch.fft)), len(dir(torch.special)), torch.special.__all__


@probe
def all_names(torch: Any) -> Any:
    return sorted(torch.__all__), sorted(name for name in dir(torch) if name[0] != "_")


@probe
def named_tensors(torch: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.zeros(2, 3, names=("a", "b"), dtype=torch.float64).sum("a").names


@probe
def dataloader(torch: Any) -> Any:
    found = torch.utils.data.TensorDataset(torch.arange(4))
    return told(list(torch.utils.data.DataLoader(found, batch_size=2)))


@probe
def pytree(torch: Any) -> Any:
    return str(torch.utils._pytree.tree_structure([1, {"a": torch.ones(1)}]))


@probe
def weights_only(torch: Any) -> Any:
    buffer = io.BytesIO()
    torch.save(torch.nn.Linear(2, 1).state_dict(), buffer)
    buffer.seek(0)
    return sorted(torch.load(buffer, weights_only=True))


@probe
def checkpoint(torch: Any) -> Any:
    x = _point(torch)
    found = torch.utils.checkpoint.checkpoint(torch.sin, x, use_reentrant=False)
    return told(torch.autograd.grad(found.sum(), x))


@probe
def multiplied_by_foreach(torch: Any) -> Any:
    return told(torch._foreach_mul([torch.ones(2), torch.ones(1)], 2.0))


@probe
def windows(torch: Any) -> Any:
    return told(torch.signal.windows.hann(4)), told(torch.hann_window(4))


@probe
def quasirandom(torch: Any) -> Any:
    return told(torch.quasirandom.SobolEngine(2).draw(3))


@probe
def split_of_tensors(torch: Any) -> Any:
    return told(torch.split(torch.arange(5), [2, 3])), told(torch.cartesian_prod(torch.arange(2)))


@probe
def block_diagonal(torch: Any) -> Any:
    a = torch.ones(1, 2)
    return told(torch.block_diag(a, a)), told(torch.cdist(a, a)), told(torch.atleast_2d(a[0]))


@probe
def norms(torch: Any) -> Any:
    x = _point(torch)
    return told([torch.norm(x), torch.norm(x, 1), x.norm(), torch.linalg.vector_norm(x, 3)])


@probe
def integrals(torch: Any) -> Any:
    x = _point(torch)
    return told(torch.trapezoid(x)), told(torch.cumulative_trapezoid(x)), told(torch.gradient(x))


@probe
def logs(torch: Any) -> Any:
    registry = torch._logging._internal.log_registry
    return sorted(registry.log_alias_to_log_qnames), sorted(registry.artifact_names)


@probe
def replaced_modules(torch: Any) -> Any:
    import sys

    names = ["torch.backends", "torch.backends.cudnn", "torch.backends.mkldnn"]
    held = [torch.backends, torch.backends.cudnn, torch.backends.mkldnn]
    kinds = [type(sys.modules[name]).__name__ for name in names]
    return kinds, [sys.modules[name] is module for name, module in zip(names, held, strict=True)]


@probe
def loaded_when_imported_from(torch: Any) -> Any:
    from torch.nn import functional
    from torch.nn.functional import relu
    from torch.utils._pytree import tree_map

    return functional is torch.nn.functional, relu is functional.relu, tree_map(len, [[1], "ab"])
