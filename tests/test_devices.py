"""Devices: which are here, how they are named, and the one line for one that isn't."""

import pytest
import torch

from torch_semantics.devices import UnknownDevice, choose_devices, find_device


def test_by_default_the_cpu_comes_first():
    assert choose_devices([])[0].name == "cpu"


def test_a_device_is_chosen_once_however_often_it_is_named():
    assert [d.name for d in choose_devices(["meta", "cpu", "meta"])] == ["meta", "cpu"]


def test_a_device_knows_its_torch_device_and_its_type():
    meta = find_device("meta")

    assert meta.torch_device == torch.device("meta")
    assert meta.type == "meta"
    assert meta.describe()["kind"] == "meta"


@pytest.mark.parametrize("name", ["cuda:99", "nosuch", "", "cpu:x"])
def test_a_device_that_is_not_here_gets_one_line(name):
    with pytest.raises(UnknownDevice) as error:
        find_device(name)

    assert str(error.value).startswith(f"--device {name}: no such device here (")
    assert "\n" not in str(error.value)
