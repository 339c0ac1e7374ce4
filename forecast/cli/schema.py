"""``forecast schema``: the JSON Schema of scenario files, for editors, and of what commands print as JSON."""

from __future__ import annotations

import click

from forecast.cli import documents
from forecast.errors import UsageError, did_you_mean

SCENARIO = "scenario"


@click.command()
@click.argument("document", default=SCENARIO)
def schema(document: str) -> None:
    """Print the JSON Schema of scenario files, or of what a command prints with --json.

    Editors that know YAML schemas complete and check scenario files with it. The shipped files name it in their first
    line; for a folder of your own:

    \b
      forecast schema > scenario-v1.json
      # first line of each scenario:
      # yaml-language-server: $schema=scenario-v1.json

    What only the whole file can tell, such as quantiles in the wrong order, `forecast check` reports.

    With DOCUMENT, the schema of that output: every document names it as "schema" with its "version". A version rises
    when something is renamed or removed or changes its meaning; new entries leave it as it is. `forecast schema list`
    names all.

    \b
    Examples:
      forecast schema list
      forecast schema run

    Exit code: 0; 2 when there is no such document.
    """
    if document == "list":
        for name in (SCENARIO, *documents.VERSIONS):
            click.echo(name)
        return
    if document == SCENARIO:
        from forecast.scenario.schema import schema_text

        click.echo(schema_text(), nl=False)
        return
    if document not in documents.VERSIONS:
        known = (SCENARIO, "list", *documents.VERSIONS)
        raise UsageError(
            f'there is no document "{document}"{did_you_mean(document, known)}; see: forecast schema list'
        )
    file = documents.schema_file(document)
    if file is None:
        raise UsageError("the schemas are not with this installation; install it anew")
    click.echo(file.read_text(encoding="utf-8"), nl=False)
