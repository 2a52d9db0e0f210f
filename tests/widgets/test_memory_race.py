"""The memory race as a widget: every change of a slider is a race that really ran."""

# ruff: noqa: F821  (`sin` is a word of the language)
import xml.etree.ElementTree as ET

import ipywidgets as widgets
import pytest
import traitlets

from revbench import reversible
from revbench.errors import WrongArguments
from revbench.tradeoff import StepKernel
from revbench.tradeoff.measure import GRADIENTS
from revbench.widgets.memory_race import MemoryRace


@reversible
def rotor(x, v, w):
    v -= w * sin(x)
    x += v


def shown(**options):
    return MemoryRace(rotor, 1.0, 0.0, 0.25, **{"steps": 12, **options})


def test_it_shows_a_picture_and_a_table_of_what_ran():
    widget = shown(snapshots=3)
    assert widget.value["revolve"].setting == 3
    assert bool(widget.value)
    picture = ET.fromstring(widget.picture.value)
    assert picture.get("role") == "img"
    assert "Store all: 24 calls, at most 13 states live" in picture.get("aria-label")
    assert "var(--jp-ui-font-color1" in widget.picture.value
    assert "#1f2328\"" not in widget.picture.value
    assert "13 = 13" in widget.table.value
    assert repr(widget).startswith("12 steps of rotor")


def test_a_slider_moves_the_trait_and_the_trait_the_slider():
    widget = shown()
    widget.sliders["N"].value = 20
    assert (widget.N, widget.value.steps) == (20, 20)
    widget.d = 6
    assert (widget.sliders["d"].value, widget.value.snapshots) == (6, 6)
    widget.k = 40
    assert (widget.sliders["k"].value, widget.sliders["k"].max, widget.value.k) == (40, 40, 40)


def test_changes_that_come_together_are_one_race():
    widget, raced = shown(), []
    widget.observe(lambda change: raced.append((change["new"].steps, change["new"].k)), names="value")
    with widget.hold_trait_notifications():
        widget.N, widget.k = 9, 3
    assert raced == [(9, 3)]


def test_schemes_are_switched_on_and_off_and_one_stays():
    widget = shown()
    for name in GRADIENTS:
        widget.toggles[name].value = False
    assert widget.schemes == GRADIENTS[-1:]
    assert widget.toggles[GRADIENTS[-1]].value is True
    assert [row.scheme.name for row in widget.value.rows] == ["bennett"]
    widget.schemes = ("store_all", "in_place")
    assert widget.schemes == ("in_place", "store_all")
    assert [box.value for box in widget.toggles.values()] == [True, True, False, False]
    with pytest.raises(traitlets.TraitError, match="some of in_place"):
        widget.schemes = ("magic",)
    with pytest.raises(traitlets.TraitError):
        widget.N = 0


def test_it_lives_in_boxes_and_links_and_is_observed():
    widget, other = shown(), widgets.IntSlider(value=5, min=1, max=30)
    assert widgets.VBox([widget]).children == (widget,)
    widgets.link((other, "value"), (widget, "N"))
    other.value = 8
    assert (widget.N, widget.value.steps) == (8, 8)
    seen = []
    widget.observe(lambda change: seen.append(change["new"]), names="N")
    widget.sliders["N"].value = 7
    assert (seen, other.value) == ([7], 7)
    assert {"N", "d", "k"} <= set(widget.get_state())                 # what `jslink` can link to


def test_it_is_a_control_of_interactive():
    widget = shown()
    panel = widgets.interactive(lambda race, factor: race["store_all"].peak_states * factor, race=widget, factor=(1, 3))
    assert panel.result == 13 * 2
    widget.N = 5
    assert panel.result == 6 * 2
    assert widget in panel.children


def test_interactive_can_make_it_anew():
    made = []
    panel = widgets.interactive(lambda n: made.append(shown(steps=n)), n=(1, 9))
    panel.children[0].value = 3
    assert [widget.N for widget in made] == [5, 3]


def test_no_figures_are_left_open():
    import matplotlib.pyplot as plt

    shown().N = 3
    assert plt.get_fignums() == []


def test_what_goes_wrong_later_is_shown_and_can_be_left_again():
    @reversible
    def shrink(x, n):
        n += 1
        assert n <= 6
        x += 0.1 * n

    widget = MemoryRace(shrink, 0.5, 0, steps=6)
    assert widget.error == ""
    widget.N = 7
    assert "n <= 6" in widget.error
    assert widget.value is None
    assert 'role="alert"' in widget.picture.value
    assert "&lt;=" in widget.picture.value
    assert repr(widget).startswith("MemoryRace(N=7")
    widget.N = 5
    assert (widget.error, widget.value.steps) == ("", 5)


def test_the_stop_button_is_not_the_end(monkeypatch):
    widget = shown()

    def stop(*args, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("revbench.widgets.memory_race.race", stop)
        widget.N = 9
    assert widget.error.startswith("stopped")
    widget.d = 2
    assert widget.value.steps == 9


def test_wrong_arguments_are_said_where_they_are_written():
    with pytest.raises(WrongArguments):
        MemoryRace(rotor, 1.0)
    with pytest.raises(WrongArguments, match="not a float of the state"):
        shown(of="w")
    bound = MemoryRace(StepKernel(rotor, 1.0, 0.0, 0.25), steps=4, wrt="w", of="x")
    assert "w" in bound.value["in_place"].gradient
