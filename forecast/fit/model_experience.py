"""Wright's law: compute per dollar grows with experience, a constant share ``w`` of the growth of compute.

    q(t) = p + w (f(t) - f(mean t)) + W'(t)

in place of the drift near the chips' growth of `forecast.fit.model_joint_trend`; all else is as there. Under a constant
growth, cumulative compute grows as fast as compute itself (Sahal 1979), so ``f`` stands in for experience. That is
also why history can hardly tell this from a drift by the calendar: both grew steadily. What it adds is that a faster
growth of compute makes compute cheaper faster, and a slower one slower. The prior of ``w`` is normal, 0.25 with
standard deviation 0.15. The tables hold too few units sold to use the chips' own cumulative production.
"""

from __future__ import annotations

from functools import partial

from forecast.fit import model_joint_trend

NAME = "Wright's law"
FORM = model_joint_trend.Form(learns=True)

build = partial(model_joint_trend.build, form=FORM)
trends = partial(model_joint_trend.trends, form=FORM)
