"""The profile that CMYK without one is taken for: made from its data, and true to them."""

from service.media import colour
from tests.media import press, tools
from tests.media.differences import ciede2000
from tests.media.reference import transicc


def patches() -> press.Patches:
    return press.read_patches(tools.profile("FOGRA39L.ti3", "icc-profiles-free"))


def test_the_profile_that_ships_is_the_one_that_is_made() -> None:
    assert colour.COATED.read_bytes() == press.coated_profile(patches())


def test_it_means_what_was_measured() -> None:
    """All patches, of which many lie between the points of the table."""
    inks, measured = zip(*press.inks_and_labs(patches()), strict=True)
    found = transicc(colour.COATED.read_bytes(), inks, to="*Lab", compensate=False)
    differences = [ciede2000(one, other) for one, other in zip(found, measured, strict=True)]
    assert len(differences) > 1500
    assert sum(differences) / len(differences) < 0.1
    assert max(differences) < 2
