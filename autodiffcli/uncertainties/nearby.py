"""Whether a formula stays smooth where its uncertain inputs may well be.

First order says nothing of a kink, a pole or the end of a domain beside the values. Here the
inputs run through two standard uncertainties on either side. Where that is not seen to be smooth,
lines from the values to the doubtful parts are cut down to the places that are in the way, and
these are judged as any point is. What is neither found nor ruled out is told with a "may".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from autodiffcli.certified import Place, Question, Seed
from autodiffcli.interpreters.across import Wide
from autodiffcli.interpreters.balls import BITS, Singular, Vague, precision
from autodiffcli.ops import OPS
from autodiffcli.program import Program, Step
from autodiffcli.stationarity.simplest import candidate
from autodiffcli.typed import Constant
from autodiffcli.uncertainties.measurements import Measured, double
from autodiffcli.uncertainties.smoothness import Blame, Neighbourhood, Spot, Unit
from autodiffcli.verdict import judged, shortened

TOLD = ("kink", "jump", "pole", "outside", "infinite")
SMOOTH = ("exact", "removable")
CLOSER = 6  # times as many parts are looked at before a "may" is said
LINES = 12  # that are looked along
AGREE = 3  # after which what was harmless on them is taken to be so everywhere
LOOKS = 120  # parts of one line
PLACES = 2  # of one line that are judged
SHORTEST = Fraction(1, 2**45)  # part of a line that is taken for one place
NAMED = 4  # coordinates of a place
SIMPLE = 1000  # denominators of the places that are told as fractions
OFF = Fraction(1, 2**40)  # by how much a place may miss a switch
FAR, CLOSE = Fraction(1, 2**20), Fraction(1, 2**38)  # from a pole, along a line
GROWS = 2**8  # by how much a slope does from far to close, at least; a root's by 2^9

_MAY = {
    "kink": "may have its kink there",
    "jump": "may jump there",
    "pole": "may have a pole there",
    "outside": "may not be real there",
    "": "may not be smooth there",
}


def trouble_near(program: Program, inputs: Mapping[str, Measured], share: int = 1) -> str:
    """What is the matter within two standard uncertainties, and where; "" for nothing.

    share  of the time: for how many points this is asked
    """
    area = Neighbourhood(program, inputs, share)
    unclear = area.unclear([area.whole()])
    search = _Search(area)
    for part, blame in unclear:
        if blame.sure and blame.kind == "outside":
            spot = {name: (low + high) / 2 for name, (low, high) in part.items()}
            return search.judged(spot, blame.step)[0] or _may(program, blame)
    for number, way in enumerate(_ways(area, unclear)):
        found = search.along(way)
        if found:
            return found
        if number >= AGREE and all(blame.step in search.harmless for _, blame in unclear):
            return ""
    doubtful = [part for part, blame in unclear if blame.step not in search.harmless]
    closer = area.unclear(doubtful, CLOSER) if doubtful else []
    told = (blame for _, blame in closer if blame.step not in search.harmless)
    return next((_may(program, blame) for blame in told), "")


def _may(program: Program, blame: Blame) -> str:
    return f"{_text(program, blame.step)} {_MAY.get(blame.kind, _MAY[''])}"


def _text(program: Program, step: Step | None) -> str:
    return "the formula" if step is None else shortened(program.source[slice(*step.span)])


# -- lines


def _ways(area: Neighbourhood, unclear: Sequence[tuple[Unit, Blame]]) -> Iterator[Spot]:
    """Where lines from the values lead to: along each input, and through the doubtful parts."""
    seen: list[Spot] = []
    near = sorted(unclear, key=lambda one: _distance(one[0]))
    names = dict.fromkeys(name for _, blame in near for name in area.needs(blame.step))
    ways: list[Spot] = [{name: Fraction(1)} for name in names]
    for part, _ in near:
        ways.append({name: (low + high) / 2 for name, (low, high) in part.items()})
        ways.append({name: max(ends, key=abs) for name, ends in part.items()})
    for way in ways:
        most = max(map(abs, way.values()), default=Fraction(0))
        scaled = {name: number / most for name, number in way.items() if number}
        if scaled and scaled not in seen and len(seen) < LINES:
            seen.append(scaled)
            yield scaled


def _distance(part: Unit) -> Fraction:
    """How far the middle of a part is from the values."""
    return max((abs(low + high) / 2 for low, high in part.values()), default=Fraction(0))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The part of a line between two travels; 0 is at the values, 1 at the edge of the box."""

    start: Fraction
    stop: Fraction

    def halves(self) -> list[_Stretch]:
        """The farther half, then the nearer one."""
        middle = (self.start + self.stop) / 2
        both = [_Stretch(self.start, middle), _Stretch(middle, self.stop)]
        return sorted(both, key=lambda half: -abs(half.start + half.stop))


class _Search:
    """Looks along lines for what is the matter.

    harmless  steps that are blamed, where one place was seen to be smooth in spite of that
    """

    def __init__(self, area: Neighbourhood) -> None:
        self.area = area
        self.harmless: set[Step | None] = set()

    def along(self, way: Spot) -> str:
        """What is the matter on the line through the values; "" for nothing that is known."""
        waiting = [_Stretch(Fraction(0), Fraction(1)), _Stretch(Fraction(-1), Fraction(0))]
        tried: set[Fraction] = set()
        looks = places = 0
        while waiting and looks < LOOKS and self.area.looks > 0 and places < PLACES:
            stretch = waiting.pop()
            looks += 1
            blame = self.area.blame(self._part(way, stretch))
            if blame is None:
                continue
            if blame.sure and blame.kind == "outside":
                return self.judged(_spot(way, _middle(stretch)), blame.step)[0]
            found = self._tried(way, stretch, blame, tried)
            if not found and stretch.stop - stretch.start <= SHORTEST:
                found = self._place(way, stretch, blame)
                places += 1
            if found:
                return found
            if stretch.stop - stretch.start > SHORTEST:
                waiting += stretch.halves()
        return ""

    def _part(self, way: Spot, stretch: _Stretch) -> Unit:
        found = {}
        for name in self.area.names:
            ends = way.get(name, 0) * stretch.start, way.get(name, 0) * stretch.stop
            found[name] = min(ends), max(ends)
        return found

    def _tried(self, way: Spot, stretch: _Stretch, blame: Blame, tried: set[Fraction]) -> str:
        """What is the matter at simple numbers on a stretch, each tried once; "" for nothing."""
        for travel in self._simple(way, stretch):
            spot = _spot(way, travel)
            if travel in tried:
                continue
            tried.add(travel)
            numbers = {name: spot.get(name, Fraction(0)) for name in self.area.names}
            if self.area.blame({name: (u, u) for name, u in numbers.items()}) is None:
                continue
            found, smooth = self.judged(spot, blame.step)
            if found:
                return found
            self._excuse(blame, smooth)
        return ""

    def _place(self, way: Spot, stretch: _Stretch, blame: Blame) -> str:
        """What is the matter on a stretch that is as good as a point."""
        spot = _spot(way, _middle(stretch))
        found, smooth = self.judged(spot, blame.step)
        steep = "" if found else self._steep(way, _middle(stretch))
        if steep:
            text = _text(self.area.program, blame.step)
            return f"{text} {steep} there{self._named(spot, blame.step)}"
        self._excuse(blame, smooth)
        return found

    def _excuse(self, blame: Blame, smooth: bool) -> None:
        """Note what was blamed and is smooth; of a matrix that is so in other places too."""
        op = OPS.get(blame.step.op) if blame.step is not None else None
        if smooth and op is not None and not op.mixes:
            self.harmless.add(blame.step)

    # -- one place

    def judged(self, spot: Spot, step: Step | None) -> tuple[str, bool]:
        """What is the matter at a point, and where; or "", and whether all is well there."""
        point = self.area.at(spot)
        place = Place(lambda: {name: number.ball() for name, number in point.items()}, OFF)
        wanted = [(Seed(name),) for name in self.area.names]
        found = judged(Question(self.area.program, place), wanted).values()
        for verdict in found:
            if verdict.status in TOLD:
                reason = verdict.reason
                if verdict.status == "infinite":
                    reason = f"{_text(self.area.program, step)} is infinitely steep there"
                elif not reason or reason.startswith("its "):
                    reason = f"{_text(self.area.program, step)} has a {verdict.status} there"
                return f"{reason}{self._named(spot, step)}", False
        return "", all(verdict.status in SMOOTH for verdict in found)

    def _simple(self, way: Spot, stretch: _Stretch) -> Iterator[Fraction]:
        """Travels on a stretch at which one of the inputs is a simple number."""
        for name, pace in way.items():
            one = self.area.inputs[name]
            value, edge = one.value.exact, self.area.at({name: pace})[name].exact
            if value is None or edge is None:
                continue
            ends = [value + t * (edge - value) for t in (stretch.start, stretch.stop)]
            number = candidate((min(ends), max(ends)))
            if number is not None:
                yield (number - value) / (edge - value)

    def _steep(self, way: Spot, travel: Fraction) -> str:
        """What a slope tells that grows without end towards a place; "" where it does not."""
        for side in (-1, 1):
            far, close = (self._look(_spot(way, travel + side * off)) for off in (FAR, CLOSE))
            if far is None or close is None or not abs(close[1]) > GROWS * abs(far[1]):
                continue
            return "has a pole" if abs(close[0]) > GROWS * abs(far[0]) else "is infinitely steep"
        return ""

    def _look(self, spot: Spot) -> tuple[arb, arb] | None:
        """Value and slope at a point; None where there are none."""
        point = self.area.at(spot)
        with precision(2 * BITS, 2):
            try:
                found = self.area.series(
                    lambda: {name: number.ball() for name, number in point.items()}, Wide
                )
            except (Singular, Vague):
                return None
            return found[0], found[1]

    # -- words

    def _named(self, spot: Spot, step: Step | None) -> str:
        point = self.area.at(spot)
        names = self.area.needs(step)
        texts = [f"{name} = {_told(point[name])}" for name in names[:NAMED]]
        texts += ["..."] if len(names) > NAMED else []
        return f": {', '.join(texts)}" if texts else ""


def _told(number: Constant) -> str:
    """A coordinate; what is a simple number but for the search is told as that."""
    value = double(number)
    near = Fraction(value).limit_denominator(SIMPLE)
    is_near = abs(Fraction(value) - near) <= OFF * max(Fraction(1), abs(near))
    return f"{float(near) if is_near else value:.6g}"


def _middle(stretch: _Stretch) -> Fraction:
    return (stretch.start + stretch.stop) / 2


def _spot(way: Spot, travel: Fraction) -> Spot:
    return {name: pace * travel for name, pace in way.items()}
