"""Spectra.

The Fourier transform says of which frequencies a signal is made. torch.fft has it in
many forms: of real signals rfft() gives the half that is not redundant. The short-time
Fourier transform stft() transforms one window after another, and so says which
frequencies there are when.

torch.fft is commonly believed to be a function, which it once was: it is a module. And
stft() once returned real and imaginary parts in a dimension of their own, by default;
now it has to be told, and returns complex numbers.
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from torch_semantics import claim

pytestmark = pytest.mark.filterwarnings("ignore:A window was not provided")
ROUNDING = {"rtol": 0.0, "atol": 2e-5}  # of float32, for sums of numbers below 50


# --- fft ------------------------------------------------------------------------------


@claim("tensor.fft.is-a-module", see="fft")
def test_torch_fft_is_a_module(device):
    """torch.fft can't be called; its function fft() gives the complex spectrum of a
    real or complex signal: in bin k, each element is turned by k steps more than the
    one before it, and all are added.
    """
    signal = torch.tensor([1.0, 2.0, 3.0, 4.0], device=device)

    spectrum = torch.fft.fft(signal)

    assert spectrum.tolist() == [10, -2 + 2j, -2, -2 - 2j]
    assert (spectrum.shape, spectrum.dtype) == ((4,), torch.complex64)
    assert torch.fft.fft(spectrum).tolist() == [4, 16, 12, 8]
    assert signal.tolist() == [1, 2, 3, 4]
    with pytest.raises(TypeError, match="'module' object is not callable"):
        torch.fft(signal)


@claim("tensor.fft.dtypes", see="generated/torch.fft.fft")
def test_the_dtype_of_a_spectrum_goes_with_that_of_the_signal():
    """A signal of float64 has a spectrum of complex128, and one of float32, of integers
    or of bools one of complex64. The tensors are on the CPU, where there is float64.
    """
    dtypes = [torch.float64, torch.float32, torch.int64, torch.bool, torch.complex128]

    spectra = [
        torch.fft.fft(torch.tensor([1, 0], dtype=dtype, device="cpu"))
        for dtype in dtypes
    ]

    assert [each.tolist() for each in spectra] == [[1, 1]] * 5
    assert [each.dtype for each in spectra] == [
        *(torch.complex128, torch.complex64, torch.complex64, torch.complex64),
        torch.complex128,
    ]


@claim("tensor.fft.inverse", see="generated/torch.fft.ifft")
def test_ifft_restores_the_signal_as_complex_numbers(device):
    """ifft() undoes fft(), and gives complex numbers also where the signal was real."""
    signal = torch.tensor([1.0, 2.0, 3.0, 4.0], device=device)
    spectrum = torch.tensor([10, -2 + 2j, -2, -2 - 2j], device=device)

    back = torch.fft.ifft(spectrum)

    assert (back.tolist(), back.dtype) == ([1, 2, 3, 4], torch.complex64)
    assert torch.fft.ifft(torch.fft.fft(signal)).tolist() == [1, 2, 3, 4]
    assert torch.fft.fft(back).tolist() == [10, -2 + 2j, -2, -2 - 2j]


@claim("tensor.fft.real-signals", see="generated/torch.fft.rfft")
def test_rfft_gives_the_half_of_the_spectrum_that_is_not_redundant(device):
    """rfft() of n real numbers gives the first n // 2 + 1 bins of fft(); irfft() takes
    them back to real numbers, and has to be told an odd length.
    """
    even = torch.tensor([1.0, 2.0, 3.0, 4.0], device=device)
    odd = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], device=device)

    half, other = torch.fft.rfft(even), torch.fft.rfft(odd)
    back = torch.fft.irfft(half)

    assert (half.tolist(), half.dtype) == ([10, -2 + 2j, -2], torch.complex64)
    assert (back.tolist(), back.dtype) == ([1, 2, 3, 4], torch.float32)
    assert (other.shape, torch.fft.irfft(other).shape) == ((3,), (4,))
    assert (half.requires_grad, other.requires_grad) == (False, False)
    told = torch.fft.irfft(other, n=5)
    assert told.tolist() == pytest.approx([1, 2, 3, 4, 5], abs=ROUNDING["atol"])


@claim(
    "tensor.fft.rfft-real-only-runtime-error",
    see="generated/torch.fft.rfft",
    until="2.14",
)
def test_rfft_of_complex_numbers_is_a_runtime_error(device):
    """rfft() of complex numbers raises a RuntimeError."""
    z = torch.tensor([1j, 2j], device=device)

    with pytest.raises(RuntimeError, match="rfft expects a real input tensor"):
        torch.fft.rfft(z)


@claim("tensor.fft.rfft-real-only", see="generated/torch.fft.rfft", since="2.14")
def test_rfft_of_complex_numbers_is_a_type_error(device):
    """rfft() of complex numbers raises a TypeError."""
    z = torch.tensor([1j, 2j], device=device)

    with pytest.raises(TypeError, match="rfft expects a real input tensor"):
        torch.fft.rfft(z)


@claim("tensor.fft.length", see="generated/torch.fft.fft")
def test_the_signal_is_cut_or_filled_up_to_the_length_asked_for(device):
    """With n=, the signal is cut off after n elements or filled up with zeros; a length
    of 0 raises a RuntimeError.
    """
    signal = torch.tensor([1.0, 2.0, 5.0], device=device)
    empty = signal[:0]

    assert torch.fft.fft(signal, n=2).tolist() == [3, -1]
    assert torch.fft.fft(signal, n=4).tolist() == [8, -4 - 2j, 4, -4 + 2j]
    assert torch.fft.rfft(signal, 4).tolist() == [8, -4 - 2j, 4]
    assert torch.fft.ifft(signal, n=2).tolist() == [1.5, -0.5]
    with pytest.raises(RuntimeError, match=r"^Invalid number of data points \(0\)"):
        torch.fft.fft(signal, n=0)
    with pytest.raises(RuntimeError, match=r"^Invalid number of data points \(0\)"):
        torch.fft.fft(empty)


@claim("tensor.fft.dimension", see="generated/torch.fft.fft")
def test_fft_goes_along_the_last_dimension_unless_told_otherwise(device):
    """fft() transforms along the last dimension by default, along another with dim=,
    fft2() along the last two, and fftn() along all; a dimension that is not there
    raises an IndexError.
    """
    signal = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device)
    pair = torch.stack([signal, signal * 10])

    assert torch.fft.fft(signal).tolist() == [[3, -1], [7, -1]]
    assert torch.fft.fft(signal, dim=0).tolist() == [[4, 6], [-2, -2]]
    assert torch.fft.fft(signal, dim=-2).tolist() == [[4, 6], [-2, -2]]
    assert torch.fft.fft2(signal).tolist() == [[10, -2], [-4, 0]]
    assert torch.fft.fft2(pair).tolist() == [
        [[10, -2], [-4, 0]],
        [[100, -20], [-40, 0]],
    ]
    assert torch.fft.fftn(pair).tolist() == [
        [[110, -22], [-44, 0]],
        [[-90, 18], [36, 0]],
    ]
    assert torch.fft.ifft2(torch.fft.fft2(signal)).tolist() == [[1, 2], [3, 4]]
    with pytest.raises(IndexError, match="Dimension out of range"):
        torch.fft.fft(signal, dim=2)


@claim("tensor.fft.norm", see="generated/torch.fft.fft")
def test_the_norm_says_which_direction_is_divided(device):
    """By default ifft() divides by the length, with norm="forward" fft() does, and with
    norm="ortho" each divides by its root, which keeps the length of the vector. Another
    norm raises a RuntimeError.
    """
    signal = torch.tensor([1.0, 2.0, 3.0, 4.0], device=device)
    spectrum = torch.fft.fft(signal)

    forward = torch.fft.fft(signal, norm="forward")
    ortho = torch.fft.fft(signal, norm="ortho")

    assert forward.tolist() == [2.5, -0.5 + 0.5j, -0.5, -0.5 - 0.5j]
    assert ortho.tolist() == [5, -1 + 1j, -1, -1 - 1j]
    assert torch.fft.fft(signal, norm="backward").tolist() == spectrum.tolist()
    assert torch.fft.ifft(forward, norm="forward").tolist() == [1, 2, 3, 4]
    assert torch.fft.ifft(ortho, norm="ortho").tolist() == [1, 2, 3, 4]
    assert (forward.tolist()[0], ortho.tolist()[0]) == (2.5, 5)
    assert torch.vdot(ortho, ortho).item() == 30 == torch.dot(signal, signal).item()
    with pytest.raises(RuntimeError, match=r'^Invalid normalization mode: "half"$'):
        torch.fft.fft(signal, norm="half")


@claim("tensor.fft.frequencies", see="generated/torch.fft.fftfreq")
def test_fftfreq_names_the_bins_and_fftshift_sorts_them(device):
    """fftfreq() gives the frequency of each bin, the negative ones behind; rfftfreq()
    those of the half; fftshift() brings the negative ones to the front, and ifftshift()
    back.
    """
    bins = torch.arange(5, device=device)

    assert torch.fft.fftfreq(4, device=device).tolist() == [0, 0.25, -0.5, -0.25]
    assert torch.fft.fftfreq(4, d=0.5, device=device).tolist() == [0, 0.5, -1, -0.5]
    assert torch.fft.fftfreq(5, 0.125, device=device).tolist() == pytest.approx(
        [0, 1.6, 3.2, -3.2, -1.6]
    )
    assert torch.fft.rfftfreq(4, device=device).tolist() == [0, 0.25, 0.5]
    assert torch.fft.rfftfreq(5, 0.125, device=device).tolist() == pytest.approx(
        [0, 1.6, 3.2]
    )
    assert torch.fft.fftshift(bins).tolist() == [3, 4, 0, 1, 2]
    assert torch.fft.ifftshift(bins).tolist() == [2, 3, 4, 0, 1]
    assert bins.tolist() == [0, 1, 2, 3, 4]


@claim("tensor.fft.gradients", see="generated/torch.fft.fft")
def test_gradients_flow_through_a_spectrum(device):
    """The gradient of the energy of the spectrum is twice the signal times the length,
    and is real for a real signal.
    """
    signal = torch.tensor([1.0, 2.0], requires_grad=True, device=device)

    spectrum = torch.fft.fft(signal)
    energy = torch.vdot(spectrum, spectrum)
    energy.real.backward()

    assert (spectrum.tolist(), energy.item()) == ([3, -1], 10)
    assert (signal.grad.tolist(), signal.grad.dtype) == ([4, 8], torch.float32)


# --- stft -----------------------------------------------------------------------------


@claim("tensor.stft.return-complex-required", see="generated/torch.stft", since="2.0")
def test_stft_of_a_real_signal_has_to_be_told_to_return_complex_numbers(device):
    """For a real signal stft() raises a RuntimeError without return_complex=. With True
    it returns complex numbers; with False it warns, and returns real and imaginary
    parts in a last dimension of size 2.
    """
    signal = torch.tensor([1.0, 2.0, 3.0, 4.0], device=device)
    options = {"n_fft": 4, "center": False, "window": torch.ones(4, device=device)}

    complex = torch.stft(signal, return_complex=True, **options)
    with pytest.warns(
        UserWarning, match="stft with return_complex=False is deprecated"
    ):
        real = torch.stft(signal, return_complex=False, **options)

    assert (complex.tolist(), complex.dtype) == (
        [[10], [-2 + 2j], [-2]],
        torch.complex64,
    )
    assert (real.tolist(), real.dtype) == (
        [[[10, 0]], [[-2, 2]], [[-2, 0]]],
        torch.float32,
    )
    with pytest.raises(
        RuntimeError, match=r"^stft requires the return_complex parameter"
    ):
        torch.stft(signal, **options)
    with pytest.raises(
        RuntimeError, match=r"^stft requires the return_complex parameter"
    ):
        signal.stft(**options)


@claim("tensor.stft.real-by-default", see="generated/torch.stft", until="2.0")
def test_stft_of_a_real_signal_returns_real_and_imaginary_parts(device):
    """Without return_complex= stft() of a real signal warns, and returns real and
    imaginary parts in a last dimension of size 2.
    """
    signal = torch.tensor([1.0, 2.0, 3.0, 4.0], device=device)
    window = torch.ones(4, device=device)

    with pytest.warns(UserWarning, match="stft will soon require the return_complex"):
        real = torch.stft(signal, 4, center=False, window=window)

    assert real.tolist() == [[[10, 0]], [[-2, 2]], [[-2, 0]]]


@claim("tensor.stft.complex-signal", see="generated/torch.stft")
def test_stft_of_a_complex_signal_is_complex_and_has_all_bins(device):
    """A complex signal needs no return_complex=, and has all n_fft bins; of a real one
    onesided=False gives all too.
    """
    signal = torch.tensor([1.0, 2.0, 3.0, 4.0], device=device)
    options = {"n_fft": 4, "center": False, "window": torch.ones(4, device=device)}

    complex = torch.stft(signal + 0j, **options)
    both = torch.stft(signal, onesided=False, return_complex=True, **options)

    assert complex.tolist() == [[10], [-2 + 2j], [-2], [-2 - 2j]]
    assert both.tolist() == [[10], [-2 + 2j], [-2], [-2 - 2j]]


@claim("tensor.stft.shape-and-inverse", see="generated/torch.istft")
def test_istft_restores_the_signal_from_its_windows(device):
    """The bins of stft() are n_fft // 2 + 1, and its frames 1 + L // hop_length, for
    each signal of a batch; istft() with the same window, hop and length gives the
    signal back, up to rounding: on the CPU one of float64 to ten decimals. A signal of
    three dimensions raises a RuntimeError.
    """
    signal = (torch.arange(20.0, device=device) * 7 % 11).view(2, 10)
    window = torch.hann_window(4, device=device)
    many, second = torch.ones(2, 2, 10, device=device), signal[1]
    exact, hann = signal.cpu().double() / 3, window.cpu().double()

    spectrum = torch.stft(signal, 4, 2, window=window, return_complex=True)
    back = torch.istft(spectrum, 4, 2, window=window, length=10)

    assert (spectrum.shape, spectrum.dtype) == ((2, 3, 6), torch.complex64)
    assert (back.shape, back.dtype) == ((2, 10), torch.float32)
    assert torch.allclose(back, signal, **ROUNDING)
    fine = torch.stft(exact, 4, 2, window=hann, return_complex=True)
    same = torch.istft(fine, 4, 2, window=hann, length=10)
    assert (fine.shape, fine.dtype) == ((2, 3, 6), torch.complex128)
    assert (same.shape, same.dtype) == ((2, 10), torch.float64)
    assert torch.allclose(same, exact, rtol=0.0, atol=1e-10)
    shorter = torch.istft(spectrum, 4, 2, window=window, length=9)
    assert shorter.shape == (2, 9)
    assert torch.allclose(shorter, signal[:, :9], **ROUNDING)
    single = torch.stft(second, 4, 2, window=window, return_complex=True)
    assert single.shape == (3, 6)
    assert torch.allclose(single, spectrum[1], **ROUNDING)
    with pytest.raises(RuntimeError, match="expected a 1D or 2D tensor"):
        torch.stft(many, 4, window=window, return_complex=True)


@claim("tensor.stft.any-shape", see="generated/torch.stft")
@given(
    n_fft=st.sampled_from([4, 5, 8]),
    hop=st.integers(1, 5),
    length=st.integers(8, 20),
    center=st.booleans(),
)
def test_stft_has_as_many_frames_as_hops_fit_in(device, n_fft, hop, length, center):
    """There are n_fft // 2 + 1 bins, and 1 + (L - n_fft) // hop_length frames, where L
    counts the n_fft // 2 elements at both ends by which center=True extends the signal.
    """
    signal = torch.arange(length, dtype=torch.float32, device=device)
    window = torch.ones(n_fft, device=device)
    extended = length + 2 * (n_fft // 2) * center

    spectrum = torch.stft(
        signal, n_fft, hop, window=window, center=center, return_complex=True
    )

    case = n_fft, hop, length, center
    assert (case, spectrum.shape) == (
        case,
        (n_fft // 2 + 1, 1 + (extended - n_fft) // hop),
    )


@claim("tensor.stft.defaults", see="generated/torch.stft")
def test_the_hop_is_a_quarter_and_the_signal_is_mirrored_by_default(device):
    """By default hop_length is n_fft // 4, and center=True extends the signal by half a
    window at both ends, mirrored, so that frame t is centred on element t * hop_length.
    istft() has the same defaults.
    """
    signal = torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0, 32.0], device=device)
    window = torch.ones(4, device=device)

    spectrum = torch.stft(signal, 4, window=window, return_complex=True)
    inside = torch.stft(signal, 4, window=window, center=False, return_complex=True)

    assert (spectrum.shape, inside.shape) == ((3, 7), (3, 3))
    assert spectrum[0].tolist() == [9, 9, 15, 30, 60, 72, 72]
    assert inside[0].tolist() == [15, 30, 60]
    assert spectrum[1].tolist() == [3, 3j, -3 + 6j, -6 + 12j, -12 + 24j, -24, -24j]
    assert spectrum[2].tolist() == [1, -1, -5, -10, -20, 8, -8]
    assert spectrum[:, 2:5].tolist() == inside.tolist()
    back = torch.istft(spectrum, 4, window=window)
    assert back.tolist() == pytest.approx([1, 2, 4, 8, 16, 32], abs=ROUNDING["atol"])


@claim("tensor.stft.window", see="generated/torch.stft")
def test_each_window_is_multiplied_before_it_is_transformed(device):
    """The window is multiplied with each stretch of the signal; one of win_length is
    filled up with zeros on both sides, and any other length raises a RuntimeError.
    normalized=True divides by the root of n_fft.
    """
    signal = torch.tensor([1.0, 2.0, 3.0, 4.0], device=device)
    options = {"center": False, "return_complex": True}
    window = torch.tensor([1.0, 0.0, 0.0, 10.0], device=device)
    short, ones = torch.ones(2, device=device), torch.ones(4, device=device)

    result = torch.stft(signal, 4, window=window, **options)
    padded = torch.stft(signal, 4, win_length=2, window=short, **options)
    divided = torch.stft(signal, 4, window=ones, normalized=True, **options)

    assert result.tolist() == [[41], [1 + 40j], [-39]]
    assert padded.tolist() == [[5], [-3 - 2j], [1]]
    assert divided.tolist() == [[5], [-1 + 1j], [-1]]
    with pytest.raises(RuntimeError, match="win_length"):
        torch.stft(signal, 4, window=short, **options)


@claim("tensor.stft.missing-window-warns", see="generated/torch.stft", since="2.2")
def test_without_a_window_stft_warns_and_cuts_rectangles(device):
    """Without window= stft() and istft() warn, and take every element of a stretch as
    it is.
    """
    signal = torch.tensor([1.0, 2.0, 3.0, 4.0], device=device)

    with pytest.warns(UserWarning, match="^A window was not provided"):
        spectrum = torch.stft(signal, 4, center=False, return_complex=True)

    assert spectrum.tolist() == [[10], [-2 + 2j], [-2]]
    with pytest.warns(UserWarning, match="^A window was not provided"):
        back = torch.istft(spectrum, 4, center=False)
    assert back.tolist() == [1, 2, 3, 4]


@claim("tensor.stft.missing-window-silent", see="generated/torch.stft", until="2.2")
def test_without_a_window_stft_cuts_rectangles(device, recwarn):
    """Without window= stft() takes every element of a stretch as it is, and warns of
    nothing.
    """
    signal = torch.tensor([1.0, 2.0, 3.0, 4.0], device=device)

    spectrum = torch.stft(signal, 4, center=False, return_complex=True)

    assert spectrum.tolist() == [[10], [-2 + 2j], [-2]]
    assert len(recwarn) == 0


@claim("tensor.stft.too-short", see="generated/torch.stft")
def test_a_signal_has_to_be_long_enough_for_a_window(device):
    """With center=True a signal of up to n_fft // 2 elements raises a RuntimeError,
    since there is not enough to mirror, unless pad_mode="constant" extends it by zeros;
    with center=False one shorter than n_fft does, and so does a hop of 0.
    """
    signal = torch.arange(5.0, device=device)
    window = torch.ones(8, device=device)

    spectrum = torch.stft(signal, 8, window=window, return_complex=True)

    assert spectrum.shape == (5, 3)
    short = torch.stft(
        signal[1:3], 4, window=window[:4], pad_mode="constant", return_complex=True
    )
    assert short.tolist() == [[3, 3, 3], [-1 + 2j, -2 - 1j, 1 - 2j], [-1, 1, -1]]
    with pytest.raises(RuntimeError, match="Padding size should be less than"):
        torch.stft(signal[:4], 8, window=window, return_complex=True)
    with pytest.raises(RuntimeError, match="expected 0 < n_fft"):
        torch.stft(signal, 8, window=window, center=False, return_complex=True)
    with pytest.raises(RuntimeError, match="hop_length"):
        torch.stft(signal, 8, 0, window=window, return_complex=True)
