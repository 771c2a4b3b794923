from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dealmodel.certify.stamp import CertificateError, stamp
from dealmodel.cli import cli
from dealmodel.workbook.model import Model

TEMPLATE = Path(__file__).parents[2] / "workbooks" / "deal_template.xlsx"
HOSTS = [
    {"host": "python", "version": "3.11.7", "present": True},
    {"host": "excel", "version": "", "present": False},
]


def write(path: Path, **changes: Any) -> Path:  # noqa: ANN401
    made = {"dealmodel": "0.1.0", "made": "2018-09-30", "cases": {"count": 1011}, "hosts": HOSTS, "agreed": True}
    path.write_text(json.dumps(made | changes), encoding="utf-8")
    return path


def test_it_says_date_count_hosts_and_hash(tmp_path: Path) -> None:
    path = write(tmp_path / "certificate.json")
    assert stamp(path) == (
        "dealmodel 0.1.0, 2018-09-30: 1,011 published cases agree in python (3.11.7)."
        f" SHA-256 of the certificate: {hashlib.sha256(path.read_bytes()).hexdigest()}"
    )


def test_hosts_that_differ_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match="says that the hosts differ"):
        stamp(write(tmp_path / "certificate.json", agreed=False))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"made": 1}', "\x00"])
def test_what_is_no_certificate_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "certificate.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CertificateError, match=r"is not a certificate; `dealmodel certify` writes one"):
        stamp(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match="cannot be read"):
        stamp(tmp_path / "certificate.json")


def test_a_regenerated_workbook_carries_it(tmp_path: Path) -> None:
    path, target = write(tmp_path / "certificate.json"), tmp_path / "deal.xlsx"
    arguments = ["regenerate", str(TEMPLATE), "--certificate", str(path), "-o", str(target)]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    assert Model.open(target)["certificate"] == stamp(path)


def test_it_is_no_input_of_the_model() -> None:
    model = Model.open(TEMPLATE)
    assert str(model["certificate"]).startswith("None. ")
    assert "certificate" not in model.inputs
