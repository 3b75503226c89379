"""Writes what an artifact consists of as CycloneDX: sbom.py ARTIFACT TARGET OUTPUT [FEATURE...]"""

import os
import sys
import uuid
from datetime import datetime, timezone
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from parts import Part, linked, sha256


def component(part: Part, kind: ComponentType = ComponentType.LIBRARY, **more) -> Component:
    vcs = ExternalReferenceType.VCS
    return Component(
        name=part.name, version=part.version, type=kind, bom_ref=part.purl,
        purl=PackageURL.from_string(part.purl),
        licenses=[LicenseFactory().make_from_string(part.licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=part.sha256)] if part.sha256 else [],
        external_references=[ExternalReference(type=vcs, url=XsUri(part.source))] if part.source else [],
        **more,
    )


def bill(artifact: Path, target: str, features: list[str]) -> str:
    own, parts = linked(target, features)
    own.sha256, needs = sha256(artifact), own.needs
    own.purl = f"pkg:generic/{own.name}@{own.version}?file_name={artifact.name}"
    is_command = "cli" in features
    kind = ComponentType.APPLICATION if is_command else ComponentType.LIBRARY
    root = component(own, kind, description=f"{artifact.name} for {target}")
    time = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), timezone.utc)
    components = {purl: component(part) for purl, part in parts.items()}
    bom = Bom(
        # The same artifact has the same bill.
        serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"{own.purl}#{own.sha256}"),
        metadata=BomMetaData(component=root, timestamp=time),
        components=components.values(),
    )
    bom.register_dependency(root, [components[purl] for purl in needs])
    for purl, part in parts.items():
        bom.register_dependency(components[purl], [components[other] for other in part.needs])
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def main() -> None:
    artifact, target, output, *features = sys.argv[1:]
    text = bill(Path(artifact), target, features)
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error:
        sys.exit(f"{output} is no valid CycloneDX: {error}")
    Path(output).write_text(text)


main()
