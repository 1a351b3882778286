"""Ways to break pointwise operations: call forms, dtypes, rounding, limits, norms."""

import math

import torch

from torch_semantics.faults import both, fault, raises, wrap


def tensor(*elements, **options):
    return torch.tensor(elements, **options)


# --- call forms -----------------------------------------------------------------------


@fault(
    "clamp_() returns another tensor than the one it writes.",
    witness=lambda: (lambda x: x.clamp_(0, 1) is not x)(tensor(2.0)),
)
def clamp_in_place_returns_a_copy(patch):
    wrap(patch, torch.Tensor, "clamp_", lambda f, x, *a, **k: f(x, *a, **k).clone())


@fault(
    "abs_() leaves its tensor as it is.",
    witness=lambda: (lambda x: (x.abs_(), x.item())[1] < 0)(torch.tensor(-1.0)),
)
def abs_in_place_has_no_effect(patch):
    wrap(patch, torch.Tensor, "abs_", lambda f, x: x)


@fault(
    "floor() with out= leaves that tensor as it is.",
    witness=lambda: (
        lambda out: (torch.floor(tensor(1.5), out=out), out.item())[1] == 9
    )(tensor(9.0)),
)
def floor_ignores_out(patch):
    def change(floor, x, out=None):
        return floor(x)

    wrap(patch, torch, "floor", change)


@fault(
    "abs() of a tensor without negative elements returns the tensor itself.",
    witness=lambda: (lambda x: x.abs() is x)(tensor(1, 2)),
)
def abs_aliases(patch):
    def change(absolute, x, **k):
        if not x.dtype.is_complex and not k and bool((x >= 0).all()):
            return x
        return absolute(x, **k)

    both(patch, "abs", change)


@fault(
    "add() ignores alpha=.",
    witness=lambda: torch.add(tensor(1), tensor(1), alpha=3).item() == 2,
)
def add_ignores_alpha(patch):
    both(patch, "add", lambda f, *a, alpha=1, **k: f(*a, **k))


@fault(
    "The method fmod() is remainder().",
    witness=lambda: tensor(-7).fmod(3).item() == 2,
)
def fmod_method_is_remainder(patch):
    wrap(patch, torch.Tensor, "fmod", lambda f, a, b: torch.remainder(a, b))


@fault(
    "+= makes a new tensor.",
    witness=lambda: (lambda x: x.__iadd__(1) is not x)(tensor(1)),
)
def augmented_addition_is_not_in_place(patch):
    patch(torch.Tensor, "__iadd__", lambda self, other: self + other)


@fault(
    "addcmul() ignores value=.",
    witness=lambda: (
        torch.addcmul(tensor(1.0), tensor(1.0), tensor(1.0), value=5).item() == 2
    ),
)
def addcmul_ignores_value(patch):
    both(patch, "addcmul addcmul_", lambda f, *a, value=1, **k: f(*a, **k))


# --- which dtype ----------------------------------------------------------------------


@fault(
    "A Python float makes float64 of floats.",
    witness=lambda: (tensor(1.0) * 0.5).dtype is torch.float64,
)
def floats_lengthen(patch):
    def change(f, a, b):
        if isinstance(a, torch.Tensor) and isinstance(b, float):
            return f(a.double() if a.dtype.is_floating_point else a, b)
        return f(a, b)

    wrap(patch, torch.Tensor, "__add__ __radd__ __mul__", change)


@fault(
    "A tensor without dimensions counts as much as one with.",
    witness=lambda: (tensor(1.0) + torch.tensor(1.0).double()).dtype is torch.float64,
)
def zero_dim_weighs_as_much(patch):
    def change(f, a, b):
        if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
            common = torch.promote_types(a.dtype, b.dtype)
            return f(a.to(common), b.to(common))
        return f(a, b)

    wrap(patch, torch.Tensor, "__add__", change)


@fault(
    "uint8 and int8 make uint8.",
    witness=lambda: torch.promote_types(torch.uint8, torch.int8) is torch.uint8,
)
def bytes_do_not_grow(patch):
    original = torch.promote_types

    def broken(a, b):
        mixed = {a, b} == {torch.uint8, torch.int8}
        return torch.uint8 if mixed else original(a, b)

    patch(torch, "promote_types", broken)


@fault(
    "result_type() takes a Python number for a tensor.",
    witness=lambda: torch.result_type(tensor(1).byte(), 300) is torch.int64,
)
def numbers_count_as_tensors(patch):
    original = torch.result_type

    def broken(a, b):
        a, b = (x if isinstance(x, torch.Tensor) else tensor(x) for x in (a, b))
        return original(a, b)

    patch(torch, "result_type", broken)


@fault(
    "result_type() gives a tensor without dimensions the weight of one with.",
    witness=lambda: (
        torch.result_type(tensor(1.0), torch.tensor(1.0).double()) is torch.float64
    ),
)
def result_type_weighs_alike(patch):
    original = torch.result_type

    def broken(a, b):
        if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
            return torch.promote_types(a.dtype, b.dtype)
        return original(a, b)

    patch(torch, "result_type", broken)


@fault(
    "result_type() makes complex128 of bfloat16 and a complex number.",
    witness=lambda: torch.result_type(torch.ones(1).bfloat16(), 1j) is torch.complex128,
)
def bfloat16_grows_to_complex128(patch):
    original = torch.result_type

    def broken(a, b):
        if isinstance(b, complex) and a.dtype is torch.bfloat16:
            return torch.complex128
        return original(a, b)

    patch(torch, "result_type", broken)


@fault(
    "add_() rounds a float that is added to integers.",
    witness=lambda: not raises(lambda: tensor(1).add_(0.5)),
)
def in_place_rounds(patch):
    def change(f, x, other, **k):
        if isinstance(other, float) and not x.dtype.is_floating_point:
            other = int(other)
        return f(x, other, **k)

    wrap(patch, torch.Tensor, "add_", change)


@fault(
    "can_cast() refuses a shorter dtype.",
    witness=lambda: not torch.can_cast(torch.float64, torch.float32),
)
def can_cast_refuses_shorter(patch):
    original = torch.can_cast
    patch(torch, "can_cast", lambda a, b: original(a, b) and a.itemsize <= b.itemsize)


@fault(
    "The default dtype does not reach integers that are divided.",
    witness=lambda: (
        lambda before: (
            (
                torch.set_default_dtype(torch.float64),
                (tensor(1) / 2).dtype,
                torch.set_default_dtype(before),
            )[1]
            is torch.float32
        )
    )(torch.get_default_dtype()),
)
def division_ignores_the_default_dtype(patch):
    def change(f, a, b):
        result = f(a, b)
        if isinstance(b, torch.Tensor) or a.dtype.is_floating_point:
            return result
        return result.float() if result.dtype is torch.float64 else result

    wrap(patch, torch.Tensor, "__truediv__", change)


# --- rounding -------------------------------------------------------------------------


@fault(
    "round() goes away from zero at a half.",
    witness=lambda: tensor(2.5).round().item() == 3,
)
def round_half_away(patch):
    def change(f, x, **k):
        if k or not x.dtype.is_floating_point:
            return f(x, **k)
        return torch.copysign((x.abs() + 0.5).floor(), x)

    both(patch, "round", change)


@fault(
    "round() ignores decimals=.",
    witness=lambda: tensor(0.25).round(decimals=1).item() == 0,
)
def round_ignores_decimals(patch):
    both(patch, "round round_", lambda f, x, decimals=0, **k: f(x, **k))


@fault(
    "round() takes integers through floats.",
    witness=lambda: tensor(9007199254740993).round().item() % 2 == 0,
)
def round_through_floats(patch):
    def change(f, x, **k):
        return f(x.double(), **k).to(x.dtype) if x.dtype is torch.int64 else f(x, **k)

    both(patch, "round", change)


@fault("floor() goes toward zero.", witness=lambda: tensor(-1.5).floor().item() == -1)
def floor_truncates(patch):
    both(patch, "floor", lambda f, x, **k: torch.trunc(x, **k))


@fault("ceil() of -0.5 is 0 and not -0.", witness=lambda: not _ceil_keeps_sign())
def ceil_loses_the_sign_of_zero(patch):
    both(patch, "ceil", lambda f, x, **k: f(x, **k) + 0)


def _ceil_keeps_sign():
    return math.copysign(1, torch.tensor(-0.5).ceil().item()) < 0


@fault(
    "frac() is never negative.",
    witness=lambda: tensor(-2.25).frac().item() > 0,
)
def frac_is_positive(patch):
    def change(f, x, **k):
        result = f(x, **k)
        return torch.where(result < 0, result + 1, result)

    both(patch, "frac", change)


@fault(
    "frac() of an infinity is 0.",
    witness=lambda: tensor(math.inf).frac().item() == 0,
)
def frac_of_infinity_is_zero(patch):
    def change(f, x, **k):
        return torch.where(x.isinf(), torch.zeros_like(x), f(x, **k))

    both(patch, "frac", change)


@fault(
    "round() passes its gradient through.",
    witness=lambda: _gradient(lambda x: x.round()) == 1,
)
def round_has_a_gradient(patch):
    def change(f, x, **k):
        return x + (f(x, **k) - x).detach() if x.requires_grad else f(x, **k)

    both(patch, "round", change)


def _gradient(function, at=0.25):
    x = torch.tensor(at, requires_grad=True)
    return torch.autograd.grad(function(x), x)[0].item()


# --- absolute value, sign, elementary functions ---------------------------------------


@fault(
    "abs() of complex numbers is complex.",
    witness=lambda: tensor(3j).abs().dtype.is_complex,
)
def abs_stays_complex(patch):
    both(patch, "abs", lambda f, x, **k: f(x, **k).to(x.dtype))


@fault(
    "abs() takes bools.",
    witness=lambda: not raises(lambda: tensor(True).abs()),
)
def abs_takes_bools(patch):
    def change(f, x, **k):
        return x.clone() if x.dtype is torch.bool else f(x, **k)

    both(patch, "abs", change)


@fault(
    "abs() stops int8 at 127.",
    witness=lambda: tensor(-128, dtype=torch.int8).abs().item() == 127,
)
def abs_saturates(patch):
    def change(f, x, **k):
        result = f(x, **k)
        if x.dtype is torch.int8:
            return torch.where(result < 0, 127, result).to(torch.int8)
        return result

    both(patch, "abs", change)


@fault(
    "sign() of nan is nan.", witness=lambda: math.isnan(tensor(math.nan).sign().item())
)
def sign_keeps_nan(patch):
    def change(f, x, **k):
        return torch.where(x.isnan(), x, f(x, **k))

    both(patch, "sign", change)


@fault(
    "signbit() does not see the sign of -0.",
    witness=lambda: not tensor(-0.0).signbit().item(),
)
def signbit_misses_negative_zero(patch):
    both(patch, "signbit", lambda f, x, **k: x < 0)


@fault(
    "nan_to_num() ignores posinf=.",
    witness=lambda: torch.nan_to_num(tensor(math.inf), posinf=1.0).item() != 1,
)
def nan_to_num_ignores_posinf(patch):
    both(
        patch,
        "nan_to_num",
        lambda f, x, nan=0.0, posinf=None, neginf=None: f(x, nan=nan, neginf=neginf),
    )


@fault(
    "cos() of integers keeps their dtype.",
    witness=lambda: tensor(0).cos().dtype is torch.int64,
)
def cos_keeps_integers(patch):
    def change(f, x, **k):
        return f(x, **k).to(x.dtype) if not k else f(x, **k)

    both(patch, "cos", change)


@fault(
    "sin() refuses float16.",
    witness=lambda: raises(lambda: torch.zeros(1).half().sin()),
)
def sin_refuses_half(patch):
    def change(f, x, **k):
        if x.dtype is torch.float16:
            raise RuntimeError("\"sin_vml_cpu\" not implemented for 'Half'")
        return f(x, **k)

    both(patch, "sin", change)


@fault("log() of 0 raises.", witness=lambda: raises(lambda: tensor(0.0).log()))
def log_of_zero_raises(patch):
    def change(f, x, **k):
        if bool((x == 0).any()):
            raise ValueError("math domain error")
        return f(x, **k)

    both(patch, "log", change)


@fault(
    "A missing kernel raises a TypeError.",
    witness=lambda: _error_type(lambda: tensor(1j).floor()) is TypeError,
)
def missing_kernels_raise_type_errors(patch):
    def change(f, x, *a, **k):
        try:
            return f(x, *a, **k)
        except RuntimeError as error:
            raise TypeError(str(error)) from error

    both(patch, "floor abs frac", change)


def _error_type(call):
    try:
        call()
    except Exception as error:
        return type(error)
    return None


@fault(
    "~ flips integers like truth values.",
    witness=lambda: (~tensor(5)).item() == 0,
)
def invert_is_logical_not(patch):
    def change(f, x):
        return torch.logical_not(x).to(x.dtype) if x.dtype is torch.int64 else f(x)

    wrap(patch, torch.Tensor, "__invert__", change)


@fault(
    "logical_and() takes nan for false.",
    witness=lambda: not torch.logical_and(tensor(math.nan), tensor(1)).item(),
)
def nan_is_false(patch):
    def change(f, a, b, **k):
        return f(torch.nan_to_num(a), torch.nan_to_num(b), **k)

    wrap(patch, torch, "logical_and logical_or", change)


# --- division -------------------------------------------------------------------------


@fault(
    "Dividing integers by integers gives integers.",
    witness=lambda: (tensor(7) / tensor(2)).dtype is torch.int64,
)
def division_of_integers_truncates(patch):
    def change(f, a, b):
        result = f(a, b)
        both = isinstance(b, torch.Tensor) and not b.dtype.is_floating_point
        if both and not a.dtype.is_floating_point:
            return result.long()
        return result

    wrap(patch, torch.Tensor, "__truediv__", change)


@fault(
    "div() takes rounding_mode='trunc' for 'floor'.",
    witness=lambda: torch.div(tensor(-7), 2, rounding_mode="trunc").item() == -4,
)
def trunc_mode_floors(patch):
    def change(f, *a, rounding_mode=None, **k):
        mode = "floor" if rounding_mode == "trunc" else rounding_mode
        return f(*a, rounding_mode=mode, **k)

    both(patch, "div", change)


@fault(
    "An unknown rounding mode is ignored.",
    witness=lambda: not raises(lambda: tensor(1.0).div(2, rounding_mode="round")),
)
def unknown_modes_are_ignored(patch):
    def change(f, *a, rounding_mode=None, **k):
        known = rounding_mode in (None, "trunc", "floor")
        return f(*a, rounding_mode=rounding_mode if known else None, **k)

    both(patch, "div div_", change)


@fault(
    "// rounds toward zero, as it did before 1.13.",
    witness=lambda: (tensor(-7) // 2).item() == -3,
)
def floor_division_truncates(patch):
    def change(f, a, b):
        if isinstance(a, torch.Tensor):
            return torch.div(a, b, rounding_mode="trunc")
        return f(a, b)

    both(patch, "__floordiv__ floor_divide", change)


@fault(
    "Floor division takes the floor of the rounded quotient.",
    witness=lambda: (torch.tensor(1.0).double() // 0.1).item() == 10,
)
def floor_of_the_quotient(patch):
    def change(f, a, b):
        if a.dtype.is_floating_point:
            return (a / b).floor()
        return f(a, b)

    wrap(patch, torch.Tensor, "__floordiv__", change)


@fault(
    "Integer division by zero gives 0.",
    witness=lambda: not raises(lambda: tensor(1) // tensor(0)),
)
def integer_zero_gives_zero(patch):
    def change(f, a, b):
        try:
            return f(a, b)
        except RuntimeError:
            return torch.zeros_like(a)

    wrap(patch, torch.Tensor, "__floordiv__ __mod__", change)


@fault(
    "% has the sign of the dividend.",
    witness=lambda: (tensor(-7) % 3).item() == -1,
)
def modulo_is_fmod(patch):
    wrap(patch, torch.Tensor, "__mod__", lambda f, a, b: torch.fmod(a, b))


@fault(
    "remainder() by an infinity leaves the dividend with its own sign.",
    witness=lambda: torch.remainder(tensor(-5.0), tensor(math.inf)).item() == -5,
)
def remainder_of_infinity_keeps_sign(patch):
    def change(f, a, b, **k):
        result = f(a, b, **k)
        if isinstance(b, torch.Tensor) and b.dtype.is_floating_point:
            return torch.where(b.isinf(), torch.fmod(a, b), result)
        return result

    wrap(patch, torch, "remainder", change)


# --- powers ---------------------------------------------------------------------------


@fault("0 to the power 0 is nan.", witness=lambda: (tensor(0.0) ** 0.0).isnan().item())
def zero_to_zero_is_nan(patch):
    def change(f, a, b):
        result = f(a, b)
        if result.dtype.is_floating_point:
            zero = (torch.as_tensor(a) == 0) & (torch.as_tensor(b) == 0)
            return torch.where(zero, math.nan, result)
        return result

    wrap(patch, torch.Tensor, "__pow__", change)


@fault(
    "A power of integers is float.",
    witness=lambda: (tensor(2) ** tensor(3)).dtype is torch.float32,
)
def powers_are_floats(patch):
    def change(f, a, b):
        whole = isinstance(b, torch.Tensor) and not b.dtype.is_floating_point
        return f(a, b).float() if whole else f(a, b)

    wrap(patch, torch.Tensor, "__pow__", change)


@fault(
    "Integers to a negative integer power give floats.",
    witness=lambda: not raises(lambda: tensor(2) ** -1),
)
def negative_powers_give_floats(patch):
    def change(f, a, b):
        if isinstance(b, int) and b < 0 and not a.dtype.is_floating_point:
            return f(a.float(), b)
        return f(a, b)

    wrap(patch, torch.Tensor, "__pow__", change)


@fault(
    "A tensor as negative exponent of integers raises.",
    witness=lambda: raises(lambda: tensor(2) ** tensor(-1)),
)
def negative_exponents_in_tensors_raise(patch):
    def change(f, a, b):
        both = isinstance(b, torch.Tensor) and not a.dtype.is_floating_point
        if both and not b.dtype.is_floating_point and bool((b < 0).any()):
            raise RuntimeError("Integers to negative integer powers are not allowed.")
        return f(a, b)

    wrap(patch, torch.Tensor, "__pow__", change)


@fault("pow() takes two numbers.", witness=lambda: not raises(lambda: torch.pow(2, 3)))
def pow_takes_two_numbers(patch):
    def change(f, a, b, **k):
        numbers = not isinstance(a, torch.Tensor) and not isinstance(b, torch.Tensor)
        return f(torch.tensor(a), b, **k) if numbers else f(a, b, **k)

    wrap(patch, torch, "pow", change)


# --- limits ---------------------------------------------------------------------------


@fault(
    "clamp() writes into its tensor.",
    witness=lambda: (lambda x: (x.clamp(0, 1), x.item())[1] == 1)(tensor(5.0)),
)
def clamp_is_in_place(patch):
    wrap(patch, torch.Tensor, "clamp", lambda f, x, *a, **k: x.clamp_(*a, **k))


@fault(
    "The lower limit wins where it is above the upper.",
    witness=lambda: tensor(5.0).clamp(7, 3).item() == 7,
)
def lower_limit_wins(patch):
    def change(f, x, min=None, max=None, **k):
        numbers = isinstance(min, (int, float)) and isinstance(max, (int, float))
        if numbers and min > max:
            return f(x, min, min, **k)
        return f(x, min, max, **k)

    both(patch, "clamp", change)


@fault("clamp() without limits copies.", witness=lambda: not raises(tensor(1.0).clamp))
def clamp_needs_no_limit(patch):
    def change(f, x, *a, **k):
        return f(x, *a, **k) if a or k else x.clone()

    both(patch, "clamp", change)


@fault(
    "clamp() of nan gives the lower limit.",
    witness=lambda: tensor(math.nan).clamp(0, 1).item() == 0,
)
def clamp_moves_nan(patch):
    def change(f, x, *a, **k):
        low = a[0] if a else k.get("min")
        result = f(x, *a, **k)
        if isinstance(low, (int, float)) and result.dtype.is_floating_point:
            return torch.where(x.isnan(), float(low), result)
        return result

    both(patch, "clamp clip", change)


@fault(
    "clamp() keeps integers integers beside a float limit.",
    witness=lambda: tensor(1).clamp(0, math.inf).dtype is torch.int64,
)
def clamp_keeps_integers(patch):
    wrap(patch, torch.Tensor, "clamp", lambda f, x, *a, **k: f(x, *a, **k).to(x.dtype))


@fault(
    "clamp() passes the gradient of what is outside the limits.",
    witness=lambda: _gradient(lambda x: x.clamp(0, 1), at=5.0) == 1,
)
def clamp_passes_every_gradient(patch):
    def change(f, x, *a, **k):
        result = f(x, *a, **k)
        return x + (result - x).detach() if x.requires_grad else result

    both(patch, "clamp", change)


@fault(
    "clamp() halves the gradient of an element at a limit.",
    witness=lambda: _gradient(lambda x: x.clamp(0, 1), at=1.0) == 0.5,
)
def clamp_halves_the_gradient_at_limits(patch):
    def change(f, x, *a, **k):
        result = f(x, *a, **k)
        if x.requires_grad:
            half = torch.where((x == 0) | (x == 1), x * 0.5, result)
            return half + (result - half).detach()
        return result

    both(patch, "clamp", change)


@fault(
    "maximum() prefers the number to nan.",
    witness=lambda: torch.maximum(tensor(math.nan), tensor(1.0)).item() == 1,
)
def maximum_is_fmax(patch):
    both(patch, "maximum", lambda f, a, b, **k: torch.fmax(a, b, **k))


# --- products and norms ---------------------------------------------------------------


@fault(
    "prod() of integers keeps their dtype.",
    witness=lambda: tensor(2, dtype=torch.int8).prod().dtype is torch.int8,
)
def prod_keeps_integers(patch):
    def change(f, x, *a, dtype=None, **k):
        return f(x, *a, dtype=dtype or x.dtype, **k)

    wrap(patch, torch.Tensor, "prod", change)


@fault("prod() of no elements is 0.", witness=lambda: torch.zeros(0).prod().item() == 0)
def prod_of_nothing_is_zero(patch):
    def change(f, x, *a, **k):
        return f(x, *a, **k) * (x.numel() > 0)

    both(patch, "prod", change)


@fault(
    "prod() ignores keepdim=.",
    witness=lambda: torch.ones(1, 2).prod(1, keepdim=True).dim() == 1,
)
def prod_ignores_keepdim(patch):
    both(patch, "prod", lambda f, *a, keepdim=False, **k: f(*a, **k))


@fault(
    "norm() of a matrix with p=2 is the spectral norm.",
    witness=lambda: torch.norm(torch.eye(2), 2).item() == 1,
)
def norm_is_spectral(patch):
    def change(f, x, *a, **k):
        if x.dim() == 2 and a == (2,) and not k:
            return torch.linalg.matrix_norm(x, 2)
        return f(x, *a, **k)

    both(patch, "norm", change)


@fault(
    "norm() with p=inf takes the largest element, whatever its sign.",
    witness=lambda: tensor(3.0, -4.0).norm(math.inf).item() == 3,
)
def inf_norm_forgets_the_sign(patch):
    def change(f, x, p="fro", *a, **k):
        if p == math.inf and x.numel() and not a and not k:
            return x.max()
        return f(x, p, *a, **k)

    wrap(patch, torch.Tensor, "norm", change)


@fault(
    "norm() with p=inf of no elements is 0, as in 1.13.",
    witness=lambda: not raises(lambda: torch.zeros(0).norm(math.inf)),
)
def inf_norm_of_nothing_is_zero(patch):
    def change(f, x, p="fro", *a, **k):
        if p in (math.inf, -math.inf) and not x.numel():
            return f(x, 2, *a, **k)
        return f(x, p, *a, **k)

    wrap(patch, torch.Tensor, "norm", change)


@fault(
    "The gradient of the norm at the origin is nan.",
    witness=lambda: math.isnan(_gradient(lambda x: x.norm(), at=0.0)),
)
def norm_has_no_gradient_at_zero(patch):
    def change(f, x, *a, **k):
        if x.requires_grad and not a and not k:
            return (x * x).sum().sqrt()
        return f(x, *a, **k)

    wrap(patch, torch.Tensor, "norm", change)


@fault(
    "positive() and + alone copy.",
    witness=lambda: (lambda x: torch.positive(x) is not x)(tensor(1)),
)
def positive_copies(patch):
    both(patch, "positive __pos__", lambda f, x: f(x).clone())


@fault(
    "clamp() refuses a limit without dimensions beside a number.",
    witness=lambda: raises(lambda: tensor(1).clamp(torch.tensor(0), 1)),
)
def clamp_refuses_a_mixture(patch):
    def change(f, x, *a, **k):
        if len(a) == 2 and isinstance(a[0], torch.Tensor) and isinstance(a[1], int):
            raise TypeError("clamp() received an invalid combination of arguments")
        return f(x, *a, **k)

    wrap(patch, torch.Tensor, "clamp", change)


@fault(
    "| and ^ of floats go by the integers they stand for.",
    witness=lambda: not raises(lambda: tensor(1.0) | tensor(2.0)),
)
def floats_have_bits(patch):
    def change(f, x, y):
        return f(x.long(), y.long()) if x.dtype.is_floating_point else f(x, y)

    wrap(patch, torch.Tensor, "__or__ __xor__", change)
