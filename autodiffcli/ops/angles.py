"""Angles in degrees and half turns, and the versed sines."""

from __future__ import annotations

import math

from autodiffcli.ops.op import BY_BALLS, Op
from autodiffcli.ops.trigonometric import of_half_turns

_DEGREE = math.pi / 180

OPS = (
    Op(
        name="sinpi",
        doc="sin(pi x), 0 at every whole number",
        torch=lambda f, x: of_half_turns(f, x)[0],
        slope=(lambda f, x: f.pi * f.cospi(x),),
        taylor=lambda s, x: s.wave(s.value("sinpi", x), s.value("cospi", x), x * math.pi, -1),
        ball="sin_pi",
        mpmath="sinpi",
        latex=r"\sin\left(\pi {0}\right)",
    ),
    Op(
        name="cospi",
        doc="cos(pi x), 0 at every whole number and a half",
        torch=lambda f, x: of_half_turns(f, x)[1],
        slope=(lambda f, x: -f.pi * f.sinpi(x),),
        taylor=lambda s, x: s.wave(s.value("cospi", x), -s.value("sinpi", x), x * math.pi, -1),
        ball="cos_pi",
        mpmath="cospi",
        latex=r"\cos\left(\pi {0}\right)",
    ),
    Op(
        name="tanpi",
        doc="tan(pi x)",
        definition="sinpi(x)/cospi(x)",
        mpmath=lambda m, x: m.sinpi(x) / m.cospi(x),
    ),
    Op(
        name="sind",
        doc="sine, x in degrees",
        torch=BY_BALLS,
        taylor=lambda s, x: s.wave(s.value("sind", x), s.value("cosd", x), x * _DEGREE, -1),
        ball=lambda b, x: b.sinpi(x / 180),
        mpmath=lambda m, x: m.sinpi(x / 180),
        latex=r"\sin\left({0}^\circ\right)",
    ),
    Op(
        name="cosd",
        doc="cosine, x in degrees",
        torch=BY_BALLS,
        taylor=lambda s, x: s.wave(s.value("cosd", x), -s.value("sind", x), x * _DEGREE, -1),
        ball=lambda b, x: b.cospi(x / 180),
        mpmath=lambda m, x: m.cospi(x / 180),
        latex=r"\cos\left({0}^\circ\right)",
    ),
    Op(
        name="tand",
        doc="tangent, x in degrees",
        definition="sind(x)/cosd(x)",
        mpmath=lambda m, x: m.sinpi(x / 180) / m.cospi(x / 180),
    ),
    Op(
        name="degrees",
        doc="an angle of x radians in degrees",
        definition="x*(180/pi)",
        mpmath="degrees",
        aliases=("deg", "rad2deg"),
    ),
    Op(
        name="radians",
        doc="an angle of x degrees in radians",
        definition="x*(pi/180)",
        mpmath="radians",
        aliases=("rad", "deg2rad"),
    ),
    Op(
        name="versin",
        doc="versed sine 1 - cos(x), exact near 0",
        definition="2*sin(x/2)^2",
        mpmath=lambda m, x: 1 - m.cos(x),
        aliases=("versine",),
    ),
    Op(
        name="haversin",
        doc="half the versed sine, (1 - cos(x))/2",
        definition="sin(x/2)^2",
        mpmath=lambda m, x: (1 - m.cos(x)) / 2,
        aliases=("haversine", "hav", "Haversine"),
    ),
    Op(
        name="cosm1",
        doc="cos(x) - 1, exact near 0",
        definition="-2*sin(x/2)^2",
        mpmath=lambda m, x: m.cos(x) - 1,
    ),
)
