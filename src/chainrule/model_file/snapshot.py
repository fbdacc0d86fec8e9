"""A run after some epoch, as a file: in the form of a model file, and checked like one when it is read."""

from pathlib import Path

from chainrule.common.atomic_write import write
from chainrule.exceptions import ModelFileError
from chainrule.model_file.container import pack, unpack
from chainrule.model_file.forms import TEXT, Place, Record, Tensor, check_names, whole
from chainrule.model_file.parts import FLOATS, HISTORY, LIKE_THETA, MOST_UNITS, STATE, BitGenerator
from chainrule.training.monitor import Snapshot

SNAPSHOT = Record(
    Snapshot,
    {
        "theta": Tensor(("parameters",), FLOATS),
        "best": LIKE_THETA,
        "state": STATE,
        "generator": BitGenerator(),
        "history": HISTORY,
    },
)


def save_snapshot(snapshot: Snapshot, path: Path, run: str) -> None:
    """Write a snapshot to a file, with what tells its run from another."""
    place, size = Place("snapshot", {}), len(snapshot.theta)
    described = SNAPSHOT.write(snapshot, place.with_sizes(parameters=size))
    write(path, pack({"run": run, "parameters": size, "snapshot": described}, place.tensors))


def load_snapshot(path: Path) -> tuple[Snapshot, str]:
    """Return the snapshot of a file, and what tells its run from another.

    Raises:
        ModelFileError: the file is no snapshot, or is damaged.
    """
    content, tensors = unpack(path)
    place = Place("snapshot", tensors)
    try:
        check_names(content, dict.fromkeys(("run", "parameters", "snapshot")), place)
        size = whole(1, MOST_UNITS).read(content["parameters"], place.at("parameters"))
        snapshot = SNAPSHOT.read(content["snapshot"], place.with_sizes(parameters=size))
        return snapshot, TEXT.read(content["run"], place.at("run"))
    except ModelFileError as error:
        raise ModelFileError(f"{path} is damaged or forged: {error}.") from None
