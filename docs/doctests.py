"""Shows the examples of docstrings as code on the site: lines after `>>>` would be taken for quotations."""

import re

import griffe

_EXAMPLE = re.compile(r"(?:^>>> .*\n?(?:^(?!\s*$).*\n?)*)(?:\n^>>> .*\n?(?:^(?!\s*$).*\n?)*)*", re.MULTILINE)


class Doctests(griffe.Extension):
    """Puts every run of examples between fences before the docstring is read."""

    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        """Mend the docstring of one object."""
        if obj.docstring is not None:
            obj.docstring.value = _EXAMPLE.sub(
                lambda found: f"```pycon\n{found[0].rstrip()}\n```\n", obj.docstring.value
            )
