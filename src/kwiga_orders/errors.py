"""The errors of this library, as one tree, sorted by what the host should do about them. Home of K5.

    KwigaOrdersError
    ├── Refused        a rule refuses the command: show the reason; the same command will be refused again
    │   └── NotFound   no such thing in this project (K6: a foreign id gets the same answer)
    ├── Conflict       another command was faster: load the fresh state and decide again (K2)
    ├── InvalidInput   the document is not what the wire says: all faults, each with its path
    ├── AdapterFailed  something outside broke: the cause is kept, try again later
    │   └── PermanentFailure    trying again does not help
    └── Corrupt        stored data contradicts itself: a bug of ours, or edited by hand

Home of K6. Laws:

1. Every error has a stable `code` and its values in `details`; texts are built from them.
2. Errors pickle, compare by code and details, and never hold personal data or secrets.
3. `str` is one English sentence, subject – fact – rule (`sentences`); `repr` is for programs. Translations live in the
   message catalogues, keyed by the code.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import attrs

from kwiga_orders.bounds import FAULTS
from kwiga_orders.sentences import sentence

__all__ = [
    "AdapterFailed",
    "Conflict",
    "Corrupt",
    "Detail",
    "Fault",
    "InvalidInput",
    "KwigaOrdersError",
    "NotFound",
    "PermanentFailure",
    "Refused",
]

Detail = str | int | bool | None | Sequence["Detail"] | Mapping[str, "Detail"]
"""A value in the details of an error: plain data, ready for JSON."""


class KwigaOrdersError(Exception):
    """Everything this library raises on purpose."""

    _status: ClassVar[int] = 500

    @property
    def http_status(self) -> int:
        """A suitable HTTP status, by the class of the error and, for some, by the code."""
        # K2: the version that a request named is no longer the stored one
        if self.code in _STALE and "expected" in self.details:
            return 412
        return _STATUS_OF_CODES.get(self.code, self._status)

    def problem(self) -> dict[str, Detail]:
        """Give the error in the form of the wire: `code`, `status`, `message` (the sentence), `details`."""
        return {"code": self.code, "status": self.http_status, "message": str(self), "details": self.details}

    # Only the code is an argument of `Exception`, because some hosts show the arguments and details may be long.
    def __init__(self, code: str, **details: Detail) -> None:
        super().__init__(code)
        self.code = code
        self.details: dict[str, Detail] = details

    def __str__(self) -> str:
        return sentence(self.code, self.details)

    def __repr__(self) -> str:
        values = "".join(f", {name}={value!r}" for name, value in self.details.items())
        return f"{type(self).__name__}({self.code!r}{values})"

    def __reduce__(self) -> tuple[object, ...]:
        # Rebuilt from code and details, because constructors of subclasses take other arguments.
        return _rebuilt, (type(self), self.code, self.details)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and (self.code, self.details) == (other.code, other.details)

    def __hash__(self) -> int:
        # Without details, which may contain lists, and lists have no hash.
        return hash((type(self), self.code))


_STALE = ("order.conflict", "offer.conflict", "funnel.conflict")
_STATUS_OF_CODES = {"actor.not_allowed": 403, "callback.not_verified": 401, "input.too_large": 413}


def _rebuilt(kind: type[KwigaOrdersError], code: str, details: dict[str, Detail]) -> KwigaOrdersError:
    # Without calling the constructor of the subclass, whose arguments are not known here.
    error = kind.__new__(kind)
    KwigaOrdersError.__init__(error, code, **details)
    if isinstance(error, InvalidInput):
        error.restore()
    return error


class Refused(KwigaOrdersError):
    """A rule refuses the command. `code` is one of the wire's error codes; nothing was written."""

    _status = 409


class NotFound(Refused):
    """There is no such thing in this project; an id of another project gets the same answer (K6).

    The id is only in `details`, because the id of a contact may be personal.
    """

    _status = 404

    def __init__(self, what: str, id: str) -> None:
        super().__init__("not_found", what=what, id=id)


class Conflict(KwigaOrdersError):
    """The state changed since the command read it (`order.conflict`, `idempotency.conflict`)."""

    _status = 409


@attrs.frozen(kw_only=True)
class Fault:
    """One thing wrong with a document: where (`lines.0.price`), a stable code, and a hint without the value."""

    path: str
    code: str
    hint: str = ""


class InvalidInput(KwigaOrdersError):
    """The document is not valid by the wire: `faults` has every fault, `code` is that of the most specific one.

    At most 100 faults are listed; `count` is the number of all (K5).
    """

    _status = 422

    def __init__(self, faults: Sequence[Fault], *, count: int | None = None) -> None:
        codes = [fault.code for fault in faults]
        # Any other code says more than `input.invalid`.
        special = [code for code in codes if code != "input.invalid"]
        code = (special or codes or ["input.invalid"])[0]
        listed: list[Detail] = [{"path": f.path, "code": f.code, "hint": f.hint} for f in faults[:FAULTS]]
        there_are = len(faults) if count is None else count
        super().__init__(code, faults=listed, **({"count": there_are} if there_are > len(listed) else {}))
        self.restore()

    def restore(self) -> None:
        """Rebuild `faults` and `count` from `details`, after unpickling."""
        listed = self.details["faults"]
        assert isinstance(listed, Sequence)
        self.faults = tuple(
            Fault(path=str(one["path"]), code=str(one["code"]), hint=str(one["hint"]))
            for one in listed
            if isinstance(one, Mapping)
        )
        count = self.details.get("count")
        self.count = count if isinstance(count, int) else len(self.faults)


class AdapterFailed(KwigaOrdersError):
    """Something outside broke: a database, a gateway, a mail server. The cause is in `__cause__`."""

    _status = 503


class PermanentFailure(AdapterFailed):
    """Something outside refuses finally, such as an address that does not exist.

    A row with which a notifier or gateway fails in this way is parked at once (N1).
    """


class Corrupt(KwigaOrdersError):
    """Stored data contradicts itself or cannot be read; `details` say which document and which schema."""
