"""`dealmodel certify`: proof that the hosts on this machine agree."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click


@click.command(short_help="Prove that the hosts of this machine compute alike.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("certificate.json"), show_default=True)
@click.option(
    "--cases",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of cases, one CSV a function; by default the golden cases.",
)
def certify(output: Path, cases: Path | None) -> None:
    """Run the golden cases on every host of this machine and write a certificate of it.

    The hosts are Python, the headless engine and LibreOffice, in a process and with a profile of its own. The
    certificate holds versions, counts, the largest difference and a hash per host, and says which cases were not run.

    Exit code: 0 all agree, 1 they do not.
    """
    from dealmodel.certify.cases import FOLDER, read_cases  # noqa: PLC0415
    from dealmodel.certify.certificate import certify as run  # noqa: PLC0415
    from dealmodel.workbook.save import write_file  # noqa: PLC0415

    folder = cases or FOLDER
    certificate = run(read_cases(folder), folder)
    write_file(output, (json.dumps(certificate, ensure_ascii=False, indent=2) + "\n").encode())
    for host in certificate["hosts"]:
        if not host["present"]:
            click.echo(f"{host['host']:<12} not run: {host['reason']}")
            continue
        click.echo(
            f"{host['host']:<12} {host['run']} cases agree in {host['formulas']} formulas"
            if not host["failed"]
            else f"{host['host']:<12} {len(host['failed'])} of {host['formulas']} formulas differ"
        )
        click.echo(
            f"{'':<12} largest difference {host['largest_difference']:.1e}, {len(host['not_run'])} not run,"
            f" hash {host['hash'][:16]}"
        )
    click.echo(f"wrote {output}")
    if not certificate["agreed"]:
        sys.exit(1)
