"""Validates a Kubernetes resource against its CustomResourceDefinition, as `kubectl apply --validate=strict` would.

Usage: check_resource.py <definition.yaml> <resource.yaml>
Prints one line for each fault; exit code 1 if there is one.
"""

import sys

import jsonschema
import yaml


def closed(schema):
    """The same schema, refusing fields that it does not name, unless it says that it keeps them."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: value if key in ("enum", "default") else closed(value) for key, value in schema.items()}
    keeps = schema.get("x-kubernetes-preserve-unknown-fields")
    # The members of oneOf and anyOf name only what they are about, and have no type of their own.
    if schema.get("type") == "object" and "properties" in schema and not keeps:
        result.setdefault("additionalProperties", False)
    return result


def main():
    definition, resource = (yaml.safe_load(open(path, encoding="utf-8")) for path in sys.argv[1:])
    group, version = resource["apiVersion"].split("/")
    spec = definition["spec"]
    if (group, resource["kind"]) != (spec["group"], spec["names"]["kind"]):
        sys.exit(f"{group} {resource['kind']} is not what {sys.argv[1]} defines")
    served = {v["name"]: v["schema"]["openAPIV3Schema"] for v in spec["versions"] if v["served"]}
    if version not in served:
        sys.exit(f"version {version} is not served; these are: {', '.join(served)}")
    faults = list(jsonschema.Draft202012Validator(closed(served[version])).iter_errors(resource))
    for fault in faults:
        print(f"{fault.json_path}: {fault.message}")
    sys.exit(1 if faults else 0)


main()
