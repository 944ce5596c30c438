"""Writes python-objects-2.pth and python-objects-4.pth: two floats "w" beside Python's own data objects, in pickle protocols 2 and 4.

PyTorch is not needed: its names are stood in for by classes of the same names, which the pickle refers to and does not contain.
"""
import argparse
import collections
import datetime
import decimal
import fractions
import io
import pathlib
import pickle
import struct
import sys
import types
import uuid
import zipfile

torch = types.ModuleType("torch")
utils = types.ModuleType("torch._utils")
sys.modules.update({"torch": torch, "torch._utils": utils})


class Storage:
    pass


class FloatStorage:
    pass


def rebuild(*arguments):
    pass


class Tensor:
    def __reduce__(self):
        return rebuild, (Storage(), 0, (2,), (1,), False, collections.OrderedDict())


FloatStorage.__module__, FloatStorage.__qualname__ = "torch", "FloatStorage"
rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
torch.FloatStorage, utils._rebuild_tensor_v2 = FloatStorage, rebuild


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        return ("storage", FloatStorage, "0", "cpu", 2) if isinstance(value, Storage) else None


loop = ([],)
loop[0].append(loop)
itself = []
itself.append(itself)
objects = [
    argparse.Namespace(rate=0.1, out=pathlib.PurePosixPath("/runs/1"), data=pathlib.PureWindowsPath("c:/data")),
    datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc), datetime.date(2026, 1, 2), datetime.time(3, 4), datetime.timedelta(1, 2),
    collections.defaultdict(list, {"loss": [0.5]}), collections.defaultdict(float), collections.defaultdict(None), collections.deque([1, 2], maxlen=5),
    collections.Counter("aab"), collections.ChainMap({"a": 1}), collections.UserDict({"a": 1}), collections.UserList([1]), collections.UserString("a"),
    collections.OrderedDict([("resume", None)]), decimal.Decimal("1.5"), fractions.Fraction(1, 3), uuid.UUID(int=7), 1 + 2j, frozenset([1]), {1, 2},
    bytearray(b"ab"), b"\xff\x00", b"", range(3), slice(1, 2, 3), types.SimpleNamespace(a=1), int, Ellipsis, 1 << 200, -(1 << 70), float("inf"),
    {1: 2, None: 3, (1,): 4}, loop, itself,
]
for protocol in (2, 4):
    memory = io.BytesIO()
    Pickler(memory, protocol).dump({"objects": objects, "model": {"w": Tensor()}})
    with zipfile.ZipFile(f"python-objects-{protocol}.pth", "w") as archive:
        for name, data in (("a/data.pkl", memory.getvalue()), ("a/data/0", struct.pack("<2f", 1, 2))):
            archive.writestr(zipfile.ZipInfo(name), data)
