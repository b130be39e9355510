"""The web starts without what only the making of variants needs."""

from __future__ import annotations

import subprocess
import sys


def test_the_web_starts_without_the_libraries_of_a_few_requests() -> None:
    code = "import sys, postwright.web.app; print(*sorted({'yake', 'networkx', 'numpy'} & sys.modules.keys()))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert said.stdout.strip() == ""
