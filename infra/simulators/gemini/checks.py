"""What the API refuses, in its own words as far as a client can meet them."""

from typing import Any, NamedTuple


class Refusal(NamedTuple):
    """`reason` is the machine-readable one among the error's details."""

    status: int
    message: str
    reason: str | None = None


def refuse(key: str, model: str, request: Any) -> Refusal | None:
    """Why the request is refused, or None when it is fine. A key is bad when it begins with `invalid`."""
    if not key:
        return Refusal(403, "Method doesn't allow unregistered callers.")
    if key.startswith("invalid"):
        return Refusal(400, "API key not valid. Please pass a valid API key.", "API_KEY_INVALID")
    if not model.startswith("gemini-"):
        return Refusal(404, f"models/{model} is not found for API version v1beta.")
    if not isinstance(request, dict) or not request.get("contents"):
        return Refusal(400, "* GenerateContentRequest.contents: contents is not specified")
    for place, content in enumerate(request["contents"]):
        if content.get("role") not in ("user", "model"):
            return Refusal(400, "Please use a valid role: user, model.")
        if not content.get("parts"):
            return Refusal(400, f"* GenerateContentRequest.contents[{place}].parts: must not be empty")
        if any(not part.get("text") and "inlineData" not in part for part in content["parts"]):
            return Refusal(400, "Unable to submit request because it must have a text parameter.")
    if request["contents"][-1]["role"] != "user":
        return Refusal(400, "Please ensure that single turn requests end with a user role.")
    return None


def texts_of(content: dict[str, Any] | None) -> str:
    """The text of a content, its parts one below the other."""
    return "\n".join(part["text"] for part in (content or {}).get("parts", []) if "text" in part)
