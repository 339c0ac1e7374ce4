"""What matters: which inputs move a forecast, by how much, and which of them would be worth knowing.

Three answers for every input of a scenario. The *tornado* moves one input from its 5% to its 95% quantile while all
else is drawn as before. *Shares of the variance* say how much of the spread an input explains alone (first order) and
what it contributes together with the others (Shapley effects, which add up to all of it, whatever is correlated). The
*value of knowing* says how much better a yes-or-no question could be answered if an input were known exactly.
"""

from forecast.sensitivity.groups import SOURCES, Group
from forecast.sensitivity.question import FORMS, Question, Target, question, target
from forecast.sensitivity.shares import Share
from forecast.sensitivity.study import Answer, Influence, Knowing, Sensitivity, Swing, analyse

__all__ = [
    "FORMS",
    "SOURCES",
    "Answer",
    "Group",
    "Influence",
    "Knowing",
    "Question",
    "Sensitivity",
    "Share",
    "Swing",
    "Target",
    "analyse",
    "question",
    "target",
]
