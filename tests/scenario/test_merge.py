from __future__ import annotations

import pytest

from forecast import drivers
from forecast.errors import ScenarioError
from forecast.scenario.distributions import Constant, Quantiles
from forecast.scenario.merge import spelled_out

CHILD = "name: child\nextends: base.yaml\n"


@pytest.fixture
def child(desk, good):
    desk.write(good, "base.yaml")

    def load(text, *overrides):
        return desk.load(CHILD + text, *overrides)

    return load


def test_a_file_that_changes_nothing_is_its_base_under_another_name(child, desk, good):
    scenario = child("")
    assert (scenario.name, scenario.title, scenario.description) == ("child", "child", "")
    assert {**scenario.plain(), "name": "baseline"} == desk.load(good).plain()


def test_maps_merge_and_each_value_remembers_who_set_it(child):
    scenario = child("assumptions:\n  wage: 7\nlabs:\n  beta: {research_spend: 4e9}\n")
    assert scenario.assumptions["wage"].distribution == Constant(7)
    assert str(scenario.assumptions["wage"].where).endswith("scenario.yaml:4")
    assert str(scenario.assumptions["automated_share"].where).endswith("base.yaml:9")
    assert scenario.member_assumptions["research_spend"]["beta"].distribution == Constant(4e9)
    assert scenario.member_assumptions["final_run_share"]["beta"].distribution == Constant(0.2)
    assert list(scenario.labs) == ["alpha", "beta"]
    assert str(scenario.where["as_of"]).endswith("base.yaml:3")


def test_a_distribution_is_replaced_whole(child):
    scenario = child("assumptions:\n  algorithmic_growth: {p5: 2x/yr, p95: 4x/yr}\n")
    growth = scenario.assumptions["algorithmic_growth"]
    assert growth.distribution.p50 is None
    assert growth.why == growth.source == ""


def test_members_can_be_added_and_removed(child):
    assert list(child("labs:\n  alpha: remove\n  gamma: {research_spend: 1e9}\n").labs) == ["beta", "gamma"]
    assert list(child("labs:\n  alpha: null\n").labs) == ["beta"]


def test_removing_a_value_of_a_member_brings_the_default_back(child):
    shares = child("labs:\n  beta: {final_run_share: null}\n").member_assumptions["final_run_share"]
    assert shares["beta"].distribution == Quantiles(0.07, 0.3, 0.15, "logit")


def test_new_defaults_hold_for_members_without_their_own(child):
    shares = child("labs:\n  defaults: {final_run_share: 0.5}\n").member_assumptions["final_run_share"]
    assert shares["alpha"].distribution == Constant(0.5)
    assert shares["beta"].distribution == Constant(0.2)


def test_lists_are_replaced_and_events_can_be_added(child):
    event = "{name: boom, probability: 0.1, year: 2027, affects: price_performance, factor: 2}"
    assert [each.name for each in child(f"events: [{event}]\n").events] == ["boom"]
    assert [each.name for each in child(f"add_events: [{event}]\n").events] == ["chip squeeze", "boom"]
    assert [each.name for each in child(f"events: null\nadd_events: [{event}]\n").events] == ["boom"]
    assert child("events: []\n").events == ()
    assert child("correlations: null\n").correlations == ()


def test_a_chain_is_followed_from_folder_to_folder(desk, good):
    desk.write(good, "deep/base.yaml")
    desk.write("name: middle\nextends: base.yaml\nassumptions: {wage: 7}\n", "deep/middle.yaml")
    scenario = desk.load("name: top\nextends: deep/middle.yaml\n")
    assert str(scenario.assumptions["wage"].where).endswith("deep/middle.yaml:3")
    assert str(scenario.assumptions["automated_share"].where).endswith("deep/base.yaml:9")


def test_overrides_come_last_and_say_so(desk, good):
    scenario = desk.load(
        good,
        "algorithmic_growth=3x/yr",
        "labs.beta.final_run_share={p5: 0.1, p95: 0.2}",
        "last_year=2029",
        "wage=6",
        "wage=7",
    )
    assert scenario.assumptions["algorithmic_growth"].describe() == "3x/yr"
    assert str(scenario.assumptions["algorithmic_growth"].where) == "--set algorithmic_growth=3x/yr"
    assert scenario.member_assumptions["final_run_share"]["beta"].distribution == Quantiles(
        0.1, 0.2, None, "logit"
    )
    assert scenario.last_year == 2029
    assert scenario.assumptions["wage"].distribution == Constant(7)
    assert (scenario.name, scenario.title) == ("baseline", "The way things go")
    assert list(desk.load(good, "labs.alpha=remove").labs) == ["beta"]


def test_an_override_that_is_no_text_is_refused(desk, good):
    # What a shell hands on that is not UTF-8.
    (mistake,) = desk.mistakes(good, "wage=\udcff")
    assert "is not valid YAML: unacceptable character" in mistake
    assert mistake.isprintable()


def test_an_override_may_hold_lists_and_spaces(desk, good):
    overrides = (
        "thresholds=[1e8, 5e9]",
        " wage = 3 to 4 ",
        "assumptions.automated_share={value: 0.5, why: a=b}",
    )
    scenario = desk.load(good, *overrides)
    assert scenario.assumptions["automated_share"].why == "a=b"
    assert scenario.thresholds == (1e8, 5e9)
    assert scenario.assumptions["wage"].distribution == Quantiles(3, 4, None, "log")
    assert scenario.assumptions["automated_share"].distribution == Constant(0.5)


def test_an_override_may_name_a_driver_by_its_subject(desk, good):
    scenario = desk.load(good, "algorithms.growth=3x/yr")
    assert scenario.assumptions["algorithmic_growth"].describe() == "3x/yr"
    assert str(scenario.assumptions["algorithmic_growth"].where) == "--set algorithms.growth=3x/yr"


def test_a_subject_with_several_such_drivers_lists_them():
    words = 'hardware has more than one assumption called "growth"; write price_performance_growth or '
    with pytest.raises(ValueError, match=f"^{words}"):
        spelled_out("hardware.growth", drivers.specs())
    assert spelled_out("compute.growth", drivers.specs()) == "frontier_compute_growth"
    assert spelled_out("labs.openai.funds_now", drivers.specs()) == "labs.openai.funds_now"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("wage", "write it as name=value"),
        ("wage=", "says no value"),
        ("wag=3", 'no formula asks for "wag"; did you mean "wage"?'),
        ("wage=-1", "assumptions.wage: -1 is a negative price"),
        ("wage=[1", "is not valid YAML"),
        ("wage=.nan", "no finite number"),
        ("labs.alhpa.final_run_share=0.2", '"alhpa" is none of the labs; did you mean "alpha"?'),
        ("labs.alpha.final_run_share.p5=0.2", "cannot be set"),
        ("name=x.y", "no formula asks for"),
        ("a.b=1", "cannot be set"),
        ("algorithm.growth=3x/yr", 'did you mean "algorithms"?'),
        ("algorithms.grwth=3x/yr", 'algorithms has no assumption called "grwth"; did you mean "growth"?'),
        ("labeling.share=3", "assumptions.automated_share: 3 is no share"),
        ("wage=3\nname: x", "write it as"),
        ("wage=3\rname: x", "is more than one value"),
        ("wage=null", "assumptions.wage: is missing"),
        ("algorithmic_growth=null", "in 1/yr (a growth rate, such as 2.4x/yr)"),
        ("labs.alpha.research_spend=null", "labs.alpha.research_spend: is missing"),
        ("wage={p5: 30, p95: 5}", "p5 (30) is above p95 (5)"),
        ("wage={samples: {a: 1}}", "is a map; write a text"),
        ("thresholds=[2, 1]", "thresholds[1]: 1 is not above"),
        ("labs=3", "no formula asks for"),
        ("labs.alpha=3", 'is "3"; write a map'),
        ("events=[]", "no formula asks for"),
        (".wage=3", "write it as"),
        (" = 3", "write it as"),
        ("as_of.x=3", "cannot be set"),
    ],
)
def test_an_override_is_checked_like_a_file(desk, good, override, message, on_record):
    (mistake,) = desk.mistakes(good, override)
    on_record([mistake])
    assert mistake.startswith("--set ")
    assert message in mistake
    assert mistake.isprintable()


def test_circles_are_named_from_end_to_end(desk, on_record):
    desk.write("name: b\nextends: c.yaml\n", "b.yaml")
    desk.write("name: c\nextends: scenario.yaml\n", "c.yaml")
    (mistake,) = desk.mistakes("name: a\nextends: b.yaml\n")
    assert (
        "c.yaml:2:10: extends: goes in a circle: scenario.yaml -> b.yaml -> c.yaml -> scenario.yaml"
        in mistake
    )
    on_record([mistake])


def test_a_file_cannot_extend_itself(desk):
    (mistake,) = desk.mistakes("name: a\nextends: ./scenario.yaml\n")
    assert "circle: scenario.yaml -> scenario.yaml" in mistake


def test_long_chains_end(desk, on_record):
    for number in range(20):
        desk.write(f"name: a\nextends: s{number + 1}.yaml\n", f"s{number}.yaml")
    (mistake,) = desk.mistakes("name: a\nextends: s0.yaml\n")
    assert "reaches over more than 8 files" in mistake
    on_record([mistake])


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("../secret.yaml", "leaves the folder"),
        ("sub/../../secret.yaml", "leaves the folder"),
        ("link.yaml", "leaves the folder"),
        ("/etc/passwd", "no relative path"),
        ("~/x.yaml", "no relative path"),
        ("'C:\\x.yaml'", "no relative path"),
        ("..\\x.yaml", "no relative path"),
        ("c:x.yaml", "no relative path"),
        ("D:/x.yaml", "no relative path"),
        ("absent.yaml", "absent.yaml: no such file"),
        (".", "is a folder"),
        ("[a.yaml]", "is a list; write a text"),
        ("loop.yaml", "cannot be"),
    ],
)
def test_only_files_of_the_folder_can_be_extended_or_sampled(
    desk, good, tmp_path_factory, target, message, on_record
):
    outside = tmp_path_factory.mktemp("outside") / "secret.yaml"
    outside.write_text(good)
    (desk.folder / "link.yaml").symlink_to(outside)
    (desk.folder / "loop.yaml").symlink_to("loop.yaml")
    (mistake,) = desk.mistakes(f"name: a\nextends: {target}\n")
    assert "scenario.yaml:2:10: extends: " in mistake
    assert message in mistake
    (other,) = desk.mistakes(good.replace("5 to 30", f"{{samples: {target}}}"))
    assert "assumptions.wage.samples" in other
    assert message in other
    # Pythons tell a circle of links at different moments.
    if target != "loop.yaml":
        on_record([mistake, other])


def test_mistakes_of_all_files_come_in_one_error_own_file_first(desk, change):
    desk.write(change("5 to 30", "{p5: 30, p95: 5}"), "base.yaml")
    first, second = desk.mistakes(CHILD + "assumptions: {automated_share: 1.2}\n")
    assert "scenario.yaml:3:32: assumptions.automated_share: 1.2 is no share" in first
    assert "base.yaml:7:14: assumptions.wage: p5 (30) is above p95 (5)" in second


def test_a_base_that_cannot_be_read_does_not_hide_own_mistakes(desk, on_record):
    desk.write("[", "base.yaml")
    mistakes = desk.mistakes(CHILD + "assumptions: {automated_share: 1.2}\n")
    assert len(mistakes) == 2
    assert "no share" in mistakes[0]
    assert "base.yaml:" in mistakes[1]
    on_record(mistakes)


def test_removing_what_was_never_there_is_a_mistake(child):
    with pytest.raises(ScenarioError, match="removes nothing"):
        child("labs:\n  omega: remove\n")
    with pytest.raises(ScenarioError, match=r"assumptions\.wage: is missing"):
        child("assumptions:\n  wage: null\n")
