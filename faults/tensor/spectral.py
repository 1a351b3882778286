"""Ways to break the Fourier transform and its short-time form."""

import contextlib
import warnings

import torch

from torch_semantics.faults import error_of, fault, wrap

fft = torch.fft
SIGNAL = torch.tensor([1.0, 2.0, 3.0, 4.0])
WINDOW = torch.ones(4)


def stft(signal=SIGNAL, n_fft=4, **options):
    options = {"window": WINDOW, "return_complex": True, "center": False, **options}
    return torch.stft(signal, n_fft, **options)


def every_stft(patch, change):
    """Patch the function and the method."""
    wrap(patch, torch, "stft", change)
    wrap(patch, torch.Tensor, "stft", change)


# --- fft ------------------------------------------------------------------------------


@fault(
    "torch.fft can be called.",
    witness=lambda: error_of(lambda: torch.fft(SIGNAL)) is None,
)
def fft_is_callable(patch):
    class Module(type(fft)):
        def __call__(self, signal, *args):
            return self.fft(signal, *args)

    patch(fft, "__class__", Module)


@fault(
    "fft() turns the other way.",
    witness=lambda: fft.fft(SIGNAL)[1].imag.item() == -2,
)
def fft_turns_back(patch):
    wrap(patch, fft, "fft", lambda f, *a, **k: f(*a, **k).conj().resolve_conj())


@fault(
    "fft() of float64 is of complex64.",
    witness=lambda: fft.fft(SIGNAL.double()).dtype is torch.complex64,
)
def fft_is_single(patch):
    wrap(patch, fft, "fft", lambda f, *a, **k: f(*a, **k).to(torch.complex64))


@fault(
    "fft() of integers is of complex128.",
    witness=lambda: fft.fft(SIGNAL.long()).dtype is torch.complex128,
)
def fft_of_integers_is_double(patch):
    def change(transform, signal, *args, **options):
        whole = not signal.is_floating_point() and not signal.is_complex()
        return transform(signal.double() if whole else signal, *args, **options)

    wrap(patch, fft, "fft", change)


@fault(
    "ifft() does not divide by the length.",
    witness=lambda: fft.ifft(torch.ones(2) + 0j)[0].item() == 2,
)
def ifft_does_not_divide(patch):
    wrap(
        patch,
        fft,
        "ifft",
        lambda f, s, n=None, dim=-1, norm="forward": f(s, n=n, dim=dim, norm=norm),
    )


@fault(
    "ifft() of a symmetric spectrum is real.",
    witness=lambda: not fft.ifft(torch.ones(2) + 0j).is_complex(),
)
def ifft_is_real(patch):
    def change(transform, *args, **options):
        result = transform(*args, **options)
        return result if result.imag.any() else result.real

    wrap(patch, fft, "ifft", change)


@fault(
    "rfft() gives all bins.",
    witness=lambda: fft.rfft(SIGNAL).shape == (4,),
)
def rfft_is_whole(patch):
    transform = fft.fft

    def change(rfft, signal, *args, **options):
        return (
            rfft(signal) if signal.is_complex() else transform(signal, *args, **options)
        )

    wrap(patch, fft, "rfft", change)


@fault(
    "rfft() of an odd length rounds up.",
    witness=lambda: fft.rfft(torch.ones(5)).shape == (4,),
)
def rfft_rounds_up(patch):
    def change(rfft, signal, *args, **options):
        result = rfft(signal, *args, **options)
        return torch.cat([result, result[-1:]]) if len(signal) % 2 else result

    wrap(patch, fft, "rfft", change)


@fault(
    "rfft() takes the real part.",
    witness=lambda: error_of(lambda: fft.rfft(SIGNAL + 1j)) is None,
)
def rfft_takes_complex(patch):
    wrap(
        patch,
        fft,
        "rfft",
        lambda f, s, *a, **k: f(s.real if s.is_complex() else s, *a, **k),
    )


@fault(
    "irfft() guesses an odd length.",
    witness=lambda: fft.irfft(fft.rfft(SIGNAL)).shape == (5,),
)
def irfft_is_odd(patch):
    def change(irfft, spectrum, n=None, **options):
        return irfft(spectrum, n=2 * len(spectrum) - 1 if n is None else n, **options)

    wrap(patch, fft, "irfft", change)


@fault(
    "fft() repeats the last element up to n.",
    witness=lambda: fft.fft(torch.ones(1), n=2)[0].item() == 2,
)
def fft_repeats(patch):
    def change(transform, signal, n=None, **options):
        if n is not None and n > len(signal):
            signal = torch.cat([signal, signal[-1:].expand(n - len(signal))])
        return transform(signal, n=n, **options)

    wrap(patch, fft, "fft", change)


@fault(
    "fft() ignores n= where it is shorter.",
    witness=lambda: fft.fft(SIGNAL, n=2).shape == (4,),
)
def fft_does_not_cut(patch):
    def change(transform, signal, n=None, **options):
        if n and n < len(signal):
            n = None
        return transform(signal, n=n, **options)

    wrap(patch, fft, "fft", change)


@fault(
    "fft() of nothing is nothing.",
    witness=lambda: error_of(lambda: fft.fft(SIGNAL[:0])) is None,
)
def fft_of_nothing(patch):
    def change(transform, signal, *args, **options):
        if not signal.numel():
            return signal + 0j
        return transform(signal, *args, **options)

    wrap(patch, fft, "fft", change)


@fault(
    "fft() goes along the first dimension by default.",
    witness=lambda: fft.fft(SIGNAL.view(2, 2))[0, 0].item() == 4,
)
def fft_goes_along_the_first(patch):
    wrap(patch, fft, "fft", lambda f, s, n=None, dim=0, **k: f(s, n=n, dim=dim, **k))


@fault(
    "fft2() transforms the last dimension only.",
    witness=lambda: fft.fft2(SIGNAL.view(2, 2))[0, 0].item() == 3,
)
def fft2_is_fft(patch):
    wrap(patch, fft, "fft2", lambda f, s, **k: f(s, dim=(-1,), **k))


@fault(
    "fft() ignores norm=.",
    witness=lambda: fft.fft(SIGNAL, norm="forward")[0].item() == 10,
)
def fft_ignores_norm(patch):
    wrap(patch, fft, "fft", lambda f, *a, norm=None, **k: f(*a, **k))


@fault(
    "fft() with norm='ortho' divides by the length.",
    witness=lambda: fft.fft(SIGNAL, norm="ortho")[0].item() == 2.5,
)
def ortho_is_forward(patch):
    def change(transform, *args, norm=None, **options):
        return transform(*args, norm="forward" if norm == "ortho" else norm, **options)

    wrap(patch, fft, "fft", change)


@fault(
    "fftfreq() counts up.",
    witness=lambda: fft.fftfreq(4)[-1].item() == 0.75,
)
def fftfreq_counts_up(patch):
    wrap(
        patch, fft, "fftfreq", lambda f, *a, **k: (lambda x: x - x.floor())(f(*a, **k))
    )


@fault(
    "fftshift() of an odd length is ifftshift().",
    witness=lambda: fft.fftshift(torch.arange(3)).tolist() == [1, 2, 0],
)
def fftshift_goes_back(patch):
    back = fft.ifftshift
    patch(fft, "fftshift", lambda *args, **options: back(*args, **options))


# --- stft -----------------------------------------------------------------------------


@fault(
    "stft() returns complex numbers by default.",
    witness=lambda: error_of(lambda: torch.stft(SIGNAL, 4, window=WINDOW)) is None,
)
def stft_is_complex(patch):
    every_stft(
        patch,
        lambda f, *a, return_complex=True, **k: f(
            *a, return_complex=return_complex, **k
        ),
    )


@fault(
    "stft() with return_complex=False does not warn.",
    witness=lambda: not _warns(lambda: stft(return_complex=False)),
)
def stft_is_silent(patch):
    def change(transform, *args, **options):
        quiet = options.get("return_complex") is False
        with warnings.catch_warnings() if quiet else contextlib.nullcontext():
            if quiet:
                warnings.simplefilter("ignore")
            return transform(*args, **options)

    every_stft(patch, change)


def _warns(call, message="return_complex=False"):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        call()
    return any(message in str(each.message) for each in seen)


@fault(
    "stft() without a window does not warn.",
    witness=lambda: not _warns(lambda: stft(window=None), "A window was not provided"),
)
def stft_is_silent_without_a_window(patch):
    def change(transform, *args, **options):
        quiet = options.get("window") is None
        with warnings.catch_warnings() if quiet else contextlib.nullcontext():
            if quiet:
                warnings.simplefilter("ignore")
            return transform(*args, **options)

    every_stft(patch, change)


@fault(
    "stft() of a complex signal is one-sided.",
    witness=lambda: torch.stft(SIGNAL + 0j, 4, window=WINDOW).shape[0] == 3,
)
def stft_is_one_sided(patch):
    def change(transform, signal, *args, **options):
        result = transform(signal, *args, **options)
        return result[: result.shape[0] // 2 + 1] if signal.is_complex() else result

    every_stft(patch, change)


@fault(
    "stft() ignores onesided=False.",
    witness=lambda: stft(onesided=False).shape[0] == 3,
)
def stft_ignores_onesided(patch):
    def change(transform, signal, *args, onesided=None, **options):
        return transform(signal, *args, **options)

    every_stft(patch, change)


@fault(
    "The hop of stft() is half a window by default.",
    witness=lambda: stft(torch.ones(8)).shape[1] == 3,
)
def stft_hops_by_halves(patch):
    def change(transform, signal, n_fft, hop_length=None, *args, **options):
        hop = n_fft // 2 if hop_length is None else hop_length
        return transform(signal, n_fft, hop, *args, **options)

    every_stft(patch, change)


@fault(
    "stft() is not centred by default.",
    witness=lambda: (
        torch.stft(SIGNAL, 4, window=WINDOW, return_complex=True).shape[1] == 1
    ),
)
def stft_is_not_centred(patch):
    every_stft(patch, lambda f, *a, center=False, **k: f(*a, center=center, **k))


@fault(
    "stft() extends the signal by zeros.",
    witness=lambda: stft(center=True)[0, 0].item() == 3,
)
def stft_extends_by_zeros(patch):
    every_stft(
        patch,
        lambda f, *a, pad_mode="constant", **k: f(*a, pad_mode=pad_mode, **k),
    )


@fault(
    "stft() drops its last frame.",
    witness=lambda: stft(torch.ones(8)).shape[1] == 4,
)
def stft_drops_a_frame(patch):
    def change(transform, *args, **options):
        result = transform(*args, **options)
        frames = result.shape[-1]
        return result[..., :-1] if result.is_complex() and frames > 1 else result

    every_stft(patch, change)


@fault(
    "stft() ignores window=.",
    witness=lambda: stft(window=WINDOW * 2)[0, 0].item() == 10,
)
def stft_ignores_window(patch):
    def change(transform, *args, window=None, **options):
        return (
            transform(*args, window=window.sign().abs() + 0 * window, **options)
            if (window is not None and (window == window[0]).all())
            else transform(*args, window=torch.ones_like(window), **options)
        )

    every_stft(patch, change)


@fault(
    "A short window of stft() stands at the beginning.",
    witness=lambda: stft(window=torch.ones(2), win_length=2)[0, 0].item() == 3,
)
def stft_window_is_not_centred(patch):
    def change(
        transform, signal, n_fft, *args, window=None, win_length=None, **options
    ):
        if win_length is not None and win_length < n_fft:
            window = torch.cat([window, window.new_zeros(n_fft - win_length)])
        return transform(signal, n_fft, *args, window=window, **options)

    every_stft(patch, change)


@fault(
    "stft() ignores normalized=.",
    witness=lambda: stft(normalized=True)[0, 0].item() == 10,
)
def stft_ignores_normalized(patch):
    every_stft(patch, lambda f, *a, normalized=False, **k: f(*a, **k))


@fault(
    "stft() of three dimensions joins the first two.",
    witness=lambda: error_of(lambda: stft(SIGNAL.view(1, 1, 4))) is None,
)
def stft_takes_three_dimensions(patch):
    def change(transform, signal, *args, **options):
        if signal.dim() == 3:
            signal = signal.flatten(0, 1)
        return transform(signal, *args, **options)

    every_stft(patch, change)


@fault(
    "stft() fills up a signal that is too short.",
    witness=lambda: error_of(lambda: stft(SIGNAL[:2])) is None,
)
def stft_fills_up(patch):
    def change(transform, signal, n_fft, *args, **options):
        if options.get("center") is False and signal.shape[-1] < n_fft:
            signal = torch.cat([signal, signal.new_zeros(n_fft)])[:n_fft]
        return transform(signal, n_fft, *args, **options)

    every_stft(patch, change)


@fault(
    "istft() ignores window=.",
    witness=lambda: torch.istft(stft(center=True), 4, window=WINDOW * 2)[0].item() == 1,
)
def istft_ignores_window(patch):
    def change(transform, *args, window=None, **options):
        return transform(*args, window=torch.ones_like(window), **options)

    wrap(patch, torch, "istft", change)


@fault(
    "istft() ignores length=.",
    witness=lambda: (
        torch.istft(stft(center=True), 4, window=WINDOW, length=3).shape == (4,)
    ),
)
def istft_ignores_length(patch):
    def change(transform, *args, length=None, **options):
        return transform(*args, **options)

    wrap(patch, torch, "istft", change)


@fault(
    "fft2() transforms every dimension.",
    witness=lambda: fft.fft2(torch.ones(2, 1, 1)).flatten().tolist() == [2, 0],
)
def fft2_is_fftn(patch):
    fftn = fft.fftn
    patch(fft, "fft2", lambda signal, **options: fftn(signal))


@fault(
    "fftfreq() takes the middle of an odd length for negative.",
    witness=lambda: fft.fftfreq(3)[1].item() < 0,
)
def fftfreq_of_odd_lengths_is_wrong(patch):
    def change(fftfreq, n, *args, **options):
        bins = fftfreq(n, *args, **options)
        if n % 2:
            bins[n // 2] *= -1
        return bins

    wrap(patch, fft, "fftfreq", change)


@fault(
    "stft() mirrors whatever pad_mode= says.",
    witness=lambda: stft(center=True, pad_mode="constant")[0, 0].item() == 8,
)
def stft_mirrors_always(patch):
    def change(stft, *args, pad_mode="reflect", **options):
        return stft(*args, pad_mode="reflect", **options)

    every_stft(patch, change)


@fault(
    "The hop of istft() is half a window by default.",
    witness=lambda: torch.istft(stft(center=True), 4, window=WINDOW).shape == (8,),
)
def istft_hops_by_half(patch):
    wrap(
        patch,
        torch,
        "istft",
        lambda f, spectrum, n, hop=None, **k: f(spectrum, n, hop or n // 2, **k),
    )
