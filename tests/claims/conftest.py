from dataclasses import replace
from datetime import date

import pytest

from forecast import observations
from forecast.claims import Answers, Claim, Facts, Worlds, answer, claims, hindcast, simulated
from forecast.scenario import Scenario
from forecast.shapes import Posterior

DRAWS = 400
EARLIER = date(2023, 9, 30)


@pytest.fixture(scope="session")
def facts() -> Facts:
    return Facts(observations.load())


@pytest.fixture(scope="session")
def answers(baseline: Scenario, posterior: Posterior) -> Answers:
    """The claims on made-up draws of the trends, as of the baseline's own day."""
    return answer(baseline, posterior, draws=DRAWS, seed=3)


@pytest.fixture(scope="session")
def by_number(answers: Answers) -> dict[int, Claim]:
    return {claim.number: claim for claim in answers.claims}


@pytest.fixture(scope="session")
def worlds(baseline: Scenario, posterior: Posterior) -> Worlds:
    return simulated(baseline, posterior, draws=DRAWS, seed=3)


@pytest.fixture(scope="session")
def earlier(baseline: Scenario, posterior: Posterior, facts: Facts) -> Answers:
    """The baseline's assumptions moved to September 2023: wrong for that day, but everything can be scored."""
    scenario = replace(baseline, as_of=EARLIER, first_year=2023, last_year=2028)
    paths = simulated(scenario, posterior, draws=DRAWS, seed=3)
    scored = hindcast(facts, paths)
    return Answers(scenario, DRAWS, 3, claims(facts, paths, scored), scored)
