"""Ways to break workers: what each has, what it is told, and what becomes of errors."""

import itertools
import multiprocessing
import os
import random
import time

import torch
from torch._utils import ExceptionWrapper
from torch.utils import data
from torch.utils.data import DataLoader, Dataset, IterableDataset

from torch_semantics.faults import error_of, fault, raises, warns, wrap

WORKER = data._utils.worker
FETCH = data._utils.fetch
BASE_SEED, INIT_FN, ID, COUNT = 8, 9, 10, 11  # places among a worker's arguments


class Own(Dataset):
    """What a worker makes of ``look``."""

    def __init__(self, look):
        self.look = look
        self.told = None

    def __getitem__(self, index):
        """Look."""
        return self.look(self)

    def __len__(self):
        """Return 2."""
        return 2


class Stream(IterableDataset):
    """Two numbers."""

    def __iter__(self):
        """Begin at 0."""
        return iter(range(2))


class In:
    """Stands for a module in the workers' module, but for some functions."""

    def __init__(self, module, **functions):
        self.__dict__.update(functions, _module=module)

    def __getattr__(self, name):
        return getattr(self.__dict__["_module"], name)


def seen(look, workers=2, **options):
    """What the workers see, one after another."""
    options = {"batch_size": None, "num_workers": workers, **options}
    torch.manual_seed(0)
    return list(DataLoader(Own(look), **options))


def fail(dataset):
    """Raise in a worker."""
    raise KeyError("lost")


def patch_loop(patch, change):
    """Patch what a worker is started with."""

    def loop(original, *args):
        original(*change(list(args)))

    wrap(patch, WORKER, "_worker_loop", loop)


def wrap_init(patch, change):
    """Patch how a loader is made."""
    wrap(patch, DataLoader, "__init__", change)


# --- batches --------------------------------------------------------------------------


@fault(
    "A worker reverses the samples of a batch.",
    witness=lambda: (
        next(iter(DataLoader(range(2), 2, num_workers=1))).tolist() == [1, 0]
    ),
)
def batch_is_reversed(patch):
    def fetch(original, self, index):
        turned = data.get_worker_info() and self.auto_collation
        return original(self, index[::-1] if turned else index)

    wrap(patch, FETCH._MapDatasetFetcher, "fetch", fetch)


@fault(
    "A worker's shuffling takes another seed from the global generator.",
    witness=lambda: _shuffled(0) != _shuffled(1),
)
def extra_draw(patch):
    def init(original, self, loader):
        if loader.num_workers:
            torch.rand(())
        original(self, loader)

    wrap(patch, data.dataloader._BaseDataLoaderIter, "__init__", init)


def _shuffled(workers):
    torch.manual_seed(0)
    loader = DataLoader(range(20), 20, shuffle=True, num_workers=workers)
    return next(iter(loader)).tolist()


@fault(
    "The main process makes the samples itself.",
    witness=lambda: seen(lambda self: data.get_worker_info() is None, 1) == [True] * 2,
)
def no_workers(patch):
    def iterate(original, self):
        patched = self.num_workers
        self.__dict__["num_workers"] = 0
        try:
            return original(self)
        finally:
            self.__dict__["num_workers"] = patched

    wrap(patch, DataLoader, "__iter__", iterate)


@fault(
    "A batch comes as soon as it is made.",
    witness=lambda: not DataLoader([1]).in_order,
)
def order_is_lost(patch):
    def init(original, self, *args, **options):
        original(self, *args, **{"in_order": False, **options})

    wrap_init(patch, init)


@fault(
    "in_order=False is ignored.",
    witness=lambda: DataLoader([1], in_order=False).in_order,
)
def order_is_forced(patch):
    def init(original, self, *args, **options):
        original(self, *args, **{**options, "in_order": True})

    wrap_init(patch, init)


@fault(
    "Workers are given one batch ahead by default.",
    witness=lambda: DataLoader([1], num_workers=1).prefetch_factor == 1,
)
def one_batch_ahead(patch):
    def init(original, self, *args, **options):
        if options.get("num_workers", 0) > 0:
            options.setdefault("prefetch_factor", 1)
        original(self, *args, **options)

    wrap_init(patch, init)


@fault(
    "Workers are started in the default context in any case.",
    witness=lambda: _own_context(),
)
def context_is_ignored(patch):
    def begin(original, self, loader):
        given = loader.multiprocessing_context
        loader.multiprocessing_context = None
        original(self, loader)
        loader.multiprocessing_context = given

    wrap(patch, data.dataloader._MultiProcessingDataLoaderIter, "__init__", begin)


def _own_context():
    context = multiprocessing.context.ForkContext()
    context.Process = None
    return not raises(
        lambda: seen(lambda self: 1, 1, multiprocessing_context=context), TypeError
    )


# --- seeds, info ----------------------------------------------------------------------


@fault(
    "All workers have the same seed.",
    witness=lambda: len(set(seen(lambda self: torch.initial_seed()))) == 1,
)
def one_seed_for_all(patch):
    def change(args):
        args[BASE_SEED] -= args[ID]
        return args

    patch_loop(patch, change)


@fault(
    "Workers leave Python's random as it is.",
    witness=lambda: (
        seen(lambda self: random.random())
        != [random.Random(seed).random() for seed in seen(_seed)]
    ),
)
def python_is_not_seeded(patch):
    patch(WORKER, "random", In(random, seed=lambda number: None))


def _seed(dataset):
    return torch.initial_seed()


@fault(
    "Workers leave torch's generator as it is.",
    witness=lambda: len(set(seen(lambda self: torch.initial_seed()))) == 1,
)
def torch_is_not_seeded(patch):
    patch(WORKER, "torch", In(torch, manual_seed=lambda number: None))


@fault(
    "NumPy is seeded alike in all workers.",
    witness=lambda: WORKER._generate_state(1, 0) == WORKER._generate_state(1, 1),
)
def numpy_is_seeded_alike(patch):
    wrap(
        patch,
        WORKER,
        "_generate_state",
        lambda original, base_seed, worker_id: original(base_seed, 0),
    )


@fault(
    "Workers are numbered from 1.",
    witness=lambda: seen(lambda self: data.get_worker_info().id, 1) == [1, 1],
)
def numbered_from_one(patch):
    info = WORKER.WorkerInfo

    def made(**options):
        return info(**{**options, "id": options["id"] + 1})

    patch(WORKER, "WorkerInfo", made)


@fault(
    "Workers believe that there is one more.",
    witness=lambda: seen(lambda self: data.get_worker_info().num_workers, 1) == [2, 2],
)
def one_worker_too_many(patch):
    def change(args):
        args[COUNT] += 1
        return args

    patch_loop(patch, change)


@fault(
    "worker_init_fn is not called.",
    witness=lambda: (
        not raises(lambda: seen(lambda self: 1, 1, worker_init_fn=fail), KeyError)
    ),
)
def init_fn_is_ignored(patch):
    def change(args):
        args[INIT_FN] = None
        return args

    patch_loop(patch, change)


@fault(
    "worker_init_fn is called with 0 in all workers.",
    witness=lambda: seen(lambda self: self.told, worker_init_fn=_tell) == [0, 0],
)
def init_fn_gets_zero(patch):
    def change(args):
        told = args[INIT_FN]
        args[INIT_FN] = told and (lambda worker: told(0))
        return args

    patch_loop(patch, change)


def _tell(worker):
    data.get_worker_info().dataset.told = worker


@fault(
    "Workers compute on three threads.",
    witness=lambda: seen(lambda self: torch.get_num_threads(), 1) == [3, 3],
)
def workers_have_threads(patch):
    many = In(torch, set_num_threads=lambda number: torch.set_num_threads(3))
    patch(WORKER, "torch", many)


@fault(
    "get_worker_info() is not None in the main process.",
    witness=lambda: data.get_worker_info() is not None,
)
def main_is_a_worker(patch):
    original = WORKER.get_worker_info

    def info():
        return original() or 0

    patch(data, "get_worker_info", info)


# --- streams, persistence -------------------------------------------------------------


@fault(
    "Workers share the samples of a stream among them.",
    witness=lambda: len([*DataLoader(Stream(), num_workers=2)]) == 2,
)
def stream_is_shared(patch):
    def init(original, self, *args):
        original(self, *args)
        info = data.get_worker_info()
        if info:
            shares = itertools.islice(
                self.dataset_iter, info.id, None, info.num_workers
            )
            self.dataset_iter = shares

    wrap(patch, FETCH._IterableDatasetFetcher, "__init__", init)


@fault(
    "Persistent workers end with their pass.",
    witness=lambda: _passes(persistent_workers=True) == [[1, 2], [1, 2]],
)
def persistent_workers_end(patch):
    patch(DataLoader, "__iter__", lambda self: self._get_iterator())


@fault(
    "All workers are persistent.",
    witness=lambda: _passes() == [[1, 2], [3, 4]],
)
def workers_never_end(patch):
    def init(original, self, *args, persistent_workers=False, **options):
        workers = options.get("num_workers", 0) > 0
        original(
            self, *args, persistent_workers=persistent_workers or workers, **options
        )

    wrap_init(patch, init)


def _passes(**options):
    def look(dataset):
        dataset.told = (dataset.told or 0) + 1
        return dataset.told

    loader = DataLoader(Own(look), batch_size=None, num_workers=1, **options)
    return [list(loader), list(loader)]


# --- errors ---------------------------------------------------------------------------


@fault(
    "An error in a worker is raised as a RuntimeError.",
    witness=lambda: type(error_of(lambda: seen(fail, 1))) is RuntimeError,
)
def error_of_another_type(patch):
    def reraise(self):
        raise RuntimeError(
            f"Caught {self.exc_type.__name__} {self.where}\n{self.exc_msg}"
        )

    patch(ExceptionWrapper, "reraise", reraise)


@fault(
    "An error in a worker is raised without its traceback.",
    witness=lambda: "Traceback" not in str(error_of(lambda: seen(fail, 1))),
)
def error_without_traceback(patch):
    def reraise(self):
        raise self.exc_type(f"Caught {self.exc_type.__name__} {self.where}.")

    patch(ExceptionWrapper, "reraise", reraise)


@fault(
    "An error in a worker does not say in which.",
    witness=lambda: "process 0" not in str(error_of(lambda: seen(fail, 1))),
)
def error_without_worker(patch):
    def reraise(original, self):
        self.where = "in a worker"
        original(self)

    wrap(patch, ExceptionWrapper, "reraise", reraise)


@fault(
    "An error in a worker ends the pass silently.",
    witness=lambda: not raises(lambda: seen(fail, 1)),
)
def error_is_swallowed(patch):
    def reraise(self):
        raise StopIteration

    patch(ExceptionWrapper, "reraise", reraise)


@fault(
    "An error that can't be made from a message is a TypeError.",
    witness=lambda: raises(lambda: seen(_fail_oddly, 1), TypeError),
)
def odd_error_is_a_type_error(patch):
    def reraise(original, self):
        try:
            original(self)
        except RuntimeError as error:
            if self.exc_type is not RuntimeError:
                raise TypeError(str(error)) from None
            raise

    wrap(patch, ExceptionWrapper, "reraise", reraise)


class Odd(Exception):
    """An error that can't be made from a message alone."""

    def __init__(self, message, number):
        super().__init__(message, number)


def _fail_oddly(dataset):
    raise Odd("strange", 7)


@fault(
    "An error in worker_init_fn is ignored.",
    witness=lambda: not raises(lambda: seen(_one, 1, worker_init_fn=fail)),
)
def init_error_is_ignored(patch):
    def change(args):
        told = args[INIT_FN]

        def init(worker):
            error_of(lambda: told(worker))

        args[INIT_FN] = told and init
        return args

    patch_loop(patch, change)


def _one(dataset):
    return 1


@fault(
    "A worker that dies ends the pass silently.",
    witness=lambda: not raises(lambda: seen(_die, 1)),
)
def death_is_silent(patch):
    def get(original, self, *args, **options):
        try:
            return original(self, *args, **options)
        except RuntimeError as error:
            if "exited unexpectedly" in str(error):
                raise StopIteration from None
            raise

    wrap(patch, data.dataloader._MultiProcessingDataLoaderIter, "_try_get_data", get)


def _die(dataset):
    os._exit(3)


@fault(
    "A timeout is ignored where there are workers.",
    witness=lambda: not raises(lambda: seen(_slow, 1, timeout=0.05)),
)
def timeout_is_ignored(patch):
    def begin(original, self, loader):
        original(self, loader)
        self._timeout = 0

    wrap(patch, data.dataloader._MultiProcessingDataLoaderIter, "__init__", begin)


def _slow(dataset):
    time.sleep(0.3)
    return 1


# --- options --------------------------------------------------------------------------


def patch_option(patch, name, bad, good):
    """Make a loader take a bad option as if it were a good one."""

    def init(original, self, *args, **options):
        if options.get(name, good) == bad and not (
            name == "multiprocessing_context" and options.get("num_workers")
        ):
            options[name] = good
        original(self, *args, **options)

    wrap_init(patch, init)


@fault(
    "A negative number of workers is taken as none.",
    witness=lambda: not raises(lambda: DataLoader([1], num_workers=-1)),
)
def negative_workers(patch):
    patch_option(patch, "num_workers", -1, 0)


@fault(
    "A negative timeout is taken as none.",
    witness=lambda: not raises(lambda: DataLoader([1], timeout=-1)),
)
def negative_timeout(patch):
    patch_option(patch, "timeout", -1, 0)


@fault(
    "persistent_workers is ignored where there are none.",
    witness=lambda: not raises(lambda: DataLoader([1], persistent_workers=True)),
)
def persistent_without_workers(patch):
    def init(original, self, *args, **options):
        if not options.get("num_workers"):
            options.pop("persistent_workers", None)
        original(self, *args, **options)

    wrap_init(patch, init)


@fault(
    "prefetch_factor is ignored where there are no workers.",
    witness=lambda: not raises(lambda: DataLoader([1], prefetch_factor=3)),
)
def prefetch_without_workers(patch):
    patch_option(patch, "prefetch_factor", 3, None)


@fault(
    "multiprocessing_context is ignored where there are no workers.",
    witness=lambda: (
        not raises(lambda: DataLoader([1], multiprocessing_context="spawn"))
    ),
)
def context_without_workers(patch):
    patch_option(patch, "multiprocessing_context", "spawn", None)


@fault(
    "Workers prefetch 4 batches each by default.",
    witness=lambda: DataLoader([1], num_workers=1).prefetch_factor == 4,
)
def prefetches_four(patch):
    def init(original, self, *args, **options):
        if options.get("num_workers", 0) > 0:
            options.setdefault("prefetch_factor", 4)
        original(self, *args, **options)

    wrap_init(patch, init)


@fault(
    "A timeout is ignored where there are no workers.",
    witness=lambda: not raises(lambda: iter(DataLoader([1], timeout=1))),
)
def timeout_without_workers(patch):
    def begin(original, self, loader):
        original(self, loader)
        if not self._num_workers:
            self._timeout = 0

    wrap(patch, data.dataloader._BaseDataLoaderIter, "__init__", begin)


@fault(
    "A negative prefetch_factor is taken as the default.",
    witness=lambda: (
        not raises(lambda: DataLoader([1], num_workers=1, prefetch_factor=-1))
    ),
)
def negative_prefetch(patch):
    patch_option(patch, "prefetch_factor", -1, None)


@fault(
    "prefetch_factor=2 is allowed without workers.",
    witness=lambda: not raises(lambda: DataLoader([1], prefetch_factor=2)),
)
def prefetch_of_two_without_workers(patch):
    patch_option(patch, "prefetch_factor", 2, None)


@fault(
    "Too many workers are not worth a warning.",
    witness=lambda: not warns(lambda: DataLoader([1], num_workers=100000)),
)
def too_many_workers_are_silent(patch):
    patch(DataLoader, "check_worker_number_rationality", lambda self: None)


@fault(
    "A start method is kept as its name.",
    witness=lambda: isinstance(_named_context(), str),
)
def context_is_a_name(patch):
    held = data.dataloader.DataLoader.multiprocessing_context

    def get(self):
        context = held.fget(self)
        method = getattr(context, "_name", None)
        return method if method == "spawn" else context

    patch(DataLoader, "multiprocessing_context", property(get, held.fset))


def _named_context():
    options = {"num_workers": 1, "multiprocessing_context": "spawn"}
    return DataLoader([1], **options).multiprocessing_context
