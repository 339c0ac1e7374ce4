"""``forecast schema``: the JSON Schema of scenario files, for editors."""

from __future__ import annotations

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema of scenario files.

    Editors that know YAML schemas complete and check scenario files with it. The shipped files name it in their first
    line; for a folder of your own:

    \b
      forecast schema > scenario-v1.json
      # first line of each scenario:
      # yaml-language-server: $schema=scenario-v1.json

    What only the whole file can tell, such as quantiles in the wrong order, `forecast check` reports.

    Exit code: 0.
    """
    from forecast.scenario.schema import schema_text

    click.echo(schema_text(), nl=False)
