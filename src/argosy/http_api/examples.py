"""Examples: those that structs bring along, and made ones for all others."""

import inspect
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from argosy.http_api.patterns import text_like

Schema = Mapping[str, Any]

ID = "0193f3a0-5b5e-7c3e-8f00-0a1b2c3d4e5f"
_FORMATS = {
    "uuid": ID,
    "date-time": "2026-01-05T10:00:00Z",
    "date": "2026-01-05",
    "time": "15:00:00",
    "duration": "PT1H",
    "decimal": "2.55",
    "byte": "QXJnb3N5",
}
_NAMES = {
    "sku": "MUG",
    "skus": "MUG",
    "code": "web",
    "codes": "SPRING26",
    "channel": "web",
    "location": "reading",
    "locations": "reading",
    "from_location": "reading",
    "to_location": "london",
    "currency": "GBP",
    "country": "GB",
    "from_country": "GB",
    "to_country": "GB",
    "email": "a@example.com",
    "name": "A. Buyer",
    "city": "London",
    "postal_code": "N1 1AA",
    "line1": "1 High Street",
    "external_id": "536365",
    "order_number": "100001",
    "reason": "The buyer asked for it.",
    "key": "g1",
    "time_zone": "Europe/London",
    "url": "https://example.com/hook",
    "gateway": "manual",
    "carrier": "post",
    "tracking_number": "PX123456789GB",
    "method": "standard",
    "actor": "key:web-shop",
    "made_by": "key:web-shop",
    "role": "warehouse",
    "title": "Mug",
    "pointer": "/items/0/sku",
    "unit_price": "2.55",
    "number": "100001-1",
    "order_status": "placed",
    "lifecycle": "placed",
    "payment_status": "authorized",
    "fulfillment_status": "unfulfilled",
    "return_status": "none",
    "status": "done",
    "kind": "manual",
    "last_error": "The other side does not answer.",
    "detail": "Only 2 of MUG are left.",
    "pickup_code": "481516",
    "text": "Called the buyer; leave it with the neighbour.",
    "request_id": "5f2c1a-1",
}
_CANDIDATES = (
    *("text", "a", "A1", "1", "GB", "GBP", "web", "2026-01-05", "08:00", "2.55", "en-GB"),
    *("4006381333931", "orders:read", "order.placed.v1", "192.0.2.0/24", "0" * 64, "0" * 32),
)
DEEPEST = 12


def clean(schema: Any) -> Any:
    """Return a schema with tidy descriptions, and times that say that they are times."""
    if isinstance(schema, dict):
        cleaned = {key: clean(value) for key, value in schema.items()}
        if isinstance(cleaned.get("description"), str):
            cleaned["description"] = inspect.cleandoc(cleaned["description"])
        parts = cleaned.get("prefixItems")
        if parts and all(each == parts[0] for each in parts):
            # A tuple of equals is a list of a fixed length, which every client understands.
            del cleaned["prefixItems"]
            cleaned["items"] = parts[0]
        properties = cleaned.get("properties")
        if isinstance(properties, dict):
            for name, each in properties.items():
                if name.endswith(("_at", "_from", "_to", "_before", "_until")):
                    _mark_time(each)
        return cleaned
    if isinstance(schema, list):
        return [clean(each) for each in schema]
    return schema


def _mark_time(schema: dict[str, Any]) -> None:
    for each in (schema, *schema.get("anyOf", ())):
        if each.get("type") == "string" and not each.keys() - {"type", "default", "description"}:
            each["format"] = "date-time"


class Examples:
    """Makes an example for every schema of a document."""

    def __init__(self, components: Mapping[str, Schema]) -> None:
        self._components = components

    def of(self, schema: Schema, *, whole: bool, name: str = "", depth: int = 0) -> Any:
        """Return an example; `whole` fills also what may be left out."""
        if "$ref" in schema:
            component = self._components[schema["$ref"].rsplit("/", 1)[1]]
            return self.of(component, whole=whole, name=name, depth=depth + 1)
        if schema.get("examples"):
            return schema["examples"][0]
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return next((each for each in schema["enum"] if each is not None), None)
        for union in ("anyOf", "oneOf"):
            if union in schema:
                parts = [each for each in schema[union] if each.get("type") != "null"]
                return self.of(parts[0], whole=whole, name=name, depth=depth) if parts else None
        match schema.get("type"):
            case "object":
                return self._object(schema, whole=whole, depth=depth)
            case "array":
                return self._array(schema, whole=whole, name=name, depth=depth)
            case "string":
                return text_of(schema, name)
            case "integer" | "number":
                return _number_of(schema)
            case "boolean":
                return True
        return None

    def _object(self, schema: Schema, *, whole: bool, depth: int) -> dict[str, Any]:
        required = schema.get("required", ())
        wanted = {
            name: each
            for name, each in schema.get("properties", {}).items()
            if name in required or (whole and depth < DEEPEST)
        }
        return {
            name: self.of(each, whole=whole, name=name, depth=depth + 1)
            for name, each in wanted.items()
        }

    def _array(self, schema: Schema, *, whole: bool, name: str, depth: int) -> list[Any]:
        if schema.get("prefixItems"):
            return [
                self.of(each, whole=whole, name=name, depth=depth + 1)
                for each in schema["prefixItems"]
            ]
        if depth >= DEEPEST or not isinstance(schema.get("items"), dict):
            return []
        made = self.of(schema["items"], whole=whole, name=name, depth=depth + 1)
        return [made] * max(1, schema.get("minItems", 1))


def text_of(schema: Schema, name: str) -> str:
    """Return a text that fits a schema: by its format, its name, or whatever fits."""
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    named = _NAMES.get(name)
    for candidate in ([named] if named is not None else []) + list(_CANDIDATES):
        if _fits(candidate, schema):
            return candidate
    made = text_like(schema["pattern"]) if "pattern" in schema else None
    return made or "x" * int(schema.get("minLength", 1))


def _fits(text: str, schema: Schema) -> bool:
    pattern = schema.get("pattern")
    meta = msgspec.Meta(
        pattern=pattern,
        min_length=schema.get("minLength"),
        max_length=schema.get("maxLength"),
    )
    try:
        msgspec.convert(text, _annotated(meta))
    except msgspec.ValidationError:
        return False
    return True


def _annotated(meta: msgspec.Meta) -> Any:
    return Annotated[str, meta]


def _number_of(schema: Schema) -> int | float:
    least = schema.get("minimum")
    if least is None and "exclusiveMinimum" in schema:
        least = schema["exclusiveMinimum"] + 1
    most = schema.get("maximum", schema.get("exclusiveMaximum", 1 << 53) - 1)
    number = 1 if least is None else max(1, least)
    fit: int | float = min(number, most)
    return fit
