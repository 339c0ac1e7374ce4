"""The joint straight line: growth of compute never changes, and no year surprises.

    f(t) = a + G (t - mean t)

in place of the fading local linear trend of `forecast.fit.model_joint_trend`; the runs' scatter, compute per
dollar, chips and cost bases are as there. All that is uncertain about the future of the trend is one number,
so its intervals
hardly widen with time. It is what the field's line becomes when cost is taken apart into compute and compute per
dollar, and it is too sure of itself.
"""

from __future__ import annotations

from functools import partial

from forecast.fit import model_joint_trend

NAME = "joint straight line"
FORM = model_joint_trend.Form(level_walks=False, slope_walks=False, fades=False)

build = partial(model_joint_trend.build, form=FORM)
trends = partial(model_joint_trend.trends, form=FORM)
