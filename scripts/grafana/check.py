"""Checks a dashboard against Grafana's own schema, as grafana-foundation-sdk has it: says what is wrong, and exits with 1.

The library reads leniently: it skips what it does not know and takes any type. So what it read is written again, and a key that did
not survive is unknown; and every value is compared with the type that the library declares for it.

Usage: python check.py DASHBOARD.json
"""
import enum
import json
import sys
import types
import typing

from grafana_foundation_sdk.cog import plugins, runtime
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common, dashboard as model
from typeguard import CollectionCheckStrategy, TypeCheckError, check_type, checker_lookup_functions

# How an annotation is put into words: the schema leaves it to the data source, here Prometheus.
ANNOTATION_KEYS = {"titleFormat": str, "textFormat": str, "tagKeys": str}
# The types of the overrides' values, which the library has as "object".
OVERRIDES = {"unit": str, "thresholds": model.ThresholdsConfig, "mappings": list[model.ValueMap],
             "custom.cellOptions": common.TableColoredBackgroundCellOptions}


def lookup(origin, _arguments, _extras):
    """JSON has the plain value of an enumeration; and a boolean, which Python takes for an integer, is no number in it."""
    if isinstance(origin, type) and issubclass(origin, enum.Enum):
        return check_enumeration
    return check_number if origin in (int, float) else None


def check_enumeration(value, origin, _arguments, _memo):
    if isinstance(value, bool) or value not in list(origin):
        raise TypeCheckError(f"is not one of {', '.join(str(member.value) for member in origin)}")


def check_number(value, origin, _arguments, _memo):
    if isinstance(value, bool) or not isinstance(value, (int, float) if origin is float else int):
        raise TypeCheckError(f"is not of type {origin.__name__}")


def check_object(item, path, errors):
    """An object of the library: what it left raw is read, then each attribute must be of its type."""
    if isinstance(item, runtime.UnknownDataquery):
        errors.append(f"{path}: a query of a data source that is not known")
        return
    if isinstance(item, model.Panel) and not runtime.panelcfg_config(item.type_val):
        errors.append(f"{path}.type: {item.type_val!r} is not known")
    hints = typing.get_type_hints(type(item))
    if isinstance(item, model.DynamicConfigValue):
        if item.id_val not in OVERRIDES:
            errors.append(f"{path}.id: no type is known for overrides of {item.id_val!r}")
        hints["value"] = OVERRIDES.get(item.id_val, object)
    for name, hint in hints.items():
        where = f"{path}.{name.removesuffix('_val')}"
        value = revive(getattr(item, name), hint, where, errors)
        setattr(item, name, value)
        try:
            check_type(value, hint, collection_check_strategy=CollectionCheckStrategy.ALL_ITEMS)
        except TypeCheckError as error:
            errors.append(f"{where}: {error}")


def revive(value, hint, path, errors):
    """The value with objects of the library in place of what it left raw, all of them checked."""
    kinds = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    if isinstance(value, (list, dict)):
        inner = next((typing.get_args(kind)[-1] for kind in kinds if typing.get_origin(kind) is type(value)), None)
        if isinstance(value, list):
            return [revive(one, inner, f"{path}[{index}]", errors) for index, one in enumerate(value)]
        if inner:
            return {key: revive(one, inner, f"{path}.{key}", errors) for key, one in value.items()}
        value = read([kind for kind in kinds if hasattr(kind, "from_json")], value, path, errors)
    if hasattr(value, "from_json"):
        check_object(value, path, errors)
    return value


def read(classes, raw, path, errors):
    """An object of that one of the classes that loses least of the raw value."""
    if not classes:
        return raw
    item, losses = min(((one.from_json(raw), lost(raw, encoded(one.from_json(raw)), path)) for one in classes), key=lambda pair: len(pair[1]))
    errors += losses
    return item


def encoded(item):
    return json.loads(json.dumps(item, cls=JSONEncoder))


def lost(before, after, path):
    """What is in the first JSON value and not in the second."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [line for key, value in before.items() if value is not None
                for line in (lost(value, after[key], f"{path}.{key}") if key in after else [f"{path}.{key}: unknown key"])]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [line for index, value in enumerate(before) for line in lost(value, after[index], f"{path}[{index}]")]
    return [] if before == after else [f"{path}: {before!r} was read as {after!r}"]


def check_annotations(document, errors):
    for index, annotation in enumerate(document.get("annotations", {}).get("list", [])):
        for key, kind in ANNOTATION_KEYS.items():
            if not isinstance(annotation.pop(key, kind()), kind):
                errors.append(f"annotations.list[{index}].{key}: is not of type {kind.__name__}")


def check(document):
    """The errors, as lines; none if the dashboard is right."""
    errors = []
    check_annotations(document, errors)
    try:
        board = model.Dashboard.from_json(document)
        check_object(board, "dashboard", errors)
        errors += lost(document, encoded(board), "dashboard")
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:  # of the library, on wrong structures
        errors.append(f"dashboard: cannot be read: {error!r}")
    return errors


def main():
    plugins.register_default_plugins()
    checker_lookup_functions.insert(0, lookup)
    with open(sys.argv[1], encoding="utf-8") as file:
        errors = check(json.load(file))
    for error in errors:
        print(error)
    if not errors:
        print("valid: every key is known to Grafana's schema and of its type")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
