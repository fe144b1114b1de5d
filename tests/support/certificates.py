"""Certificates by openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path


def certificates(folder: Path, *names: str) -> None:
    """Makes an authority, and a certificate of it for each name, good for server and client alike.

    `authority.pem` and `authority.key`; `NAME.pem` and `NAME.key`, of NAME as common name and of 127.0.0.1.
    """

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *new, "-subj", "/CN=authority", "-keyout", "authority.key", "-out", "authority.pem")
    folder.joinpath("extensions").write_text("basicConstraints=CA:FALSE\nsubjectAltName=IP:127.0.0.1\n")
    for name in names:
        openssl("req", *new, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        signed = ("-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-extfile", "extensions")
        openssl("x509", "-req", "-in", f"{name}.csr", *signed, "-out", f"{name}.pem")
