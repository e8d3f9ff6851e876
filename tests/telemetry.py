"""Reads /metrics as Prometheus does, for tests."""

from prometheus_client.parser import text_string_to_metric_families

from service.http.application import Application

Series = dict[str, float]


async def scraped(app: Application) -> str:
    """Return what an app answers at /metrics."""
    return await (await app.test_client().get("/metrics")).get_data(as_text=True)


def series(text: str, name: str, **labels: str) -> list[float]:
    """Return the values of a series that have these labels, whatever others they have."""
    return [
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]


async def counted(app: Application, name: str, **labels: str) -> float:
    """Return the one value of an app that has this name and these labels."""
    [value] = series(await scraped(app), name, role="web", **labels)
    return value
