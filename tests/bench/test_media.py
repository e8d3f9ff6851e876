"""The benchmark of images runs, and says what it measured; the figures are for `make bench-media`."""

from click.testing import CliRunner

from bench.media.__main__ import bench, table
from bench.media.photos import photo
from bench.media.pieloop import work
from tests.media.pictures import opened


def test_it_measures_both_ways_of_both_photos() -> None:
    run = CliRunner().invoke(bench, ["--images", "1", "--rounds", "1", "--megapixels", "0.1"])
    assert run.exit_code == 0, run.output
    rows = [line.split(" | ")[:2] for line in run.output.splitlines()[4:]]
    assert [row[1] for row in rows] == ["pieloop", "vips"] * 2


def test_the_ratio_is_to_pyvips() -> None:
    own, vips = (
        {"seconds": seconds, "processor": seconds, "memory": 2e8, "bytes": 1e6} for seconds in (0.5, 0.25)
    )
    lines = table({"CMYK": {"pieloop": own, "vips": vips}})[2:]
    assert lines[0] == "| CMYK | pieloop | 2.00 | 500 | 500 | 200 | 1000 | 2.00 |"
    assert lines[1].endswith("| 1.00 |")


def test_the_two_do_the_same_work() -> None:
    """The same sizes, and colours that are the same for all that one sees."""
    from bench.media import vips

    data = photo("CMYK", 0.3).data
    for ours, theirs in zip(work(data), vips.work(data), strict=True):
        one, other = opened(ours).convert("RGB"), opened(theirs).convert("RGB")
        assert one.size == other.size
        means = [
            [sum(band.tobytes()) / (one.width * one.height) for band in image.split()]
            for image in (one, other)
        ]
        assert all(abs(a - b) < 2 for a, b in zip(*means, strict=True))
