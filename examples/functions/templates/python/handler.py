"""Sums up numbers: ``{"numbers": [1, 2, 6]}`` in, count, sum and mean out."""

from chainfaas_kit import FunctionError, handler, log


@handler
def summary(order: dict) -> dict:
    """Return count, sum and mean of ``order["numbers"]``."""
    numbers = order.get("numbers")
    if not numbers:
        raise FunctionError('there is nothing to sum up: give {"numbers": [1, 2, 6]}')
    log.info("%d numbers came", len(numbers))
    return {"count": len(numbers), "sum": sum(numbers), "mean": sum(numbers) / len(numbers)}
