"""`dealmodel functions`: the worksheet functions and their help."""

from __future__ import annotations

import click


@click.command(short_help="List the worksheet functions, or show the help of one.")
@click.argument("name", required=False)
@click.option("--markdown", is_flag=True, help="Print the reference of the whole catalogue as Markdown.")
def functions(name: str | None, markdown: bool) -> None:
    """List the worksheet functions, or show the help of NAME."""
    from dealmodel import reference  # noqa: PLC0415
    from dealmodel.catalogue import find  # noqa: PLC0415

    if name and markdown:
        raise click.UsageError("--markdown prints the whole catalogue; give no NAME with it")
    if markdown:
        click.echo(reference.as_markdown(), nl=False)
    elif name:
        click.echo(reference.help_text(find(name)))
    else:
        click.echo(reference.listing())
