"""What `adiff --help` and `adiff taylor --help` say."""

from __future__ import annotations

METHOD_HELP = """autograd (torch, nested), taylor (torch, series), certified (ball arithmetic),
or auto: certified for few points, autograd or taylor for many."""
HELP = """Values and derivatives of a formula, at the points you give.

\b
At a point, to an order:
  adiff "x**2+1" --at 1,2,3,4 --order 2
Several variables, one after the other:
  adiff "a**2+t" --at a=1,2 --at t=3,4
  adiff "log(x1)+x1*x2-sin(x2)" --at x1=2,x2=5
A range, a grid, a tensor:
  adiff "exp(-x^2)" --at 0..1..0.1
  adiff "sin(x)*cos(t)" --at x=0..1..0.5 --at t=0,1 --grid
  adiff "a+1" --at "a=[[1,1],[1,1]]"
A gradient for a loss over all points:
  adiff "(w*3-2)^2" --at w=0,1 --reduction mean
For a program:
  adiff "x^3" --at 0..1..0.25 --format csv | head -3
  adiff "abs(x)" --at=-1,0,1 --strict || echo "not differentiable everywhere"

\b
Quote the formula. `adiff functions` lists what it may use.
Exit codes: 0 done, 1 --verify=N failed, 2 the input is wrong, 3 --strict and a derivative does
not exist, 4 a bug of ours, 130 interrupted.
"""

TAYLOR_HELP = """The Taylor series of a formula, with exact coefficients where there are some.

\b
Around 0, or any other point, exactly as it is typed:
  adiff taylor "sin(x)" --at 0 --order 7
  adiff taylor "cos(x)" --at pi/2
In one of several variables, the others fixed:
  adiff taylor "exp(a*x)" --wrt x --at x=0,a=2
The polynomial alone, to paste; every digit proven:
  adiff taylor "x/(exp(x)-1)" --at 0 --format latex
  adiff taylor "exp(x)" --at 1 --digits 50 --format csv

\b
A coefficient is shown as a fraction where it is proven to be one, or where
ball arithmetic finds it one to more than 270 digits.
Exit codes: 0 done, 2 the input is wrong, 3 there is no Taylor series at a
point, 4 a bug of ours, 130 interrupted.
"""
