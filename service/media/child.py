"""An image process: `python -m service.media.child PARENT_PID`. Started by the pool, never by hand.

It reads the rules, makes itself poor (memory, processor time, files, processes' priority), says that it is ready,
and answers one job after another until its standard input ends or its parent dies. After it is ready it can open
nothing any more: no file, no socket, no library. What it needs is loaded before.
"""

import ctypes
import io
import math
import os
import resource
import signal
import sys
from pathlib import Path
from typing import BinaryIO

import msgspec
from PIL import ExifTags, Image, ImageCms

from service.config import MediaConfig
from service.media import frames, images
from service.media.errors import Rejected

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38

_NICENESS = 5
_OOM_SCORE = 500

TOO_MUCH_MEMORY = "This image needs more memory than we can give it. Please send a smaller one."


def main() -> None:
    """Serve jobs from standard input on standard output."""
    _die_with(int(sys.argv[1]))
    jobs, answers = _take_channel()
    rules = frames.decode_rules(_read_frame(jobs) or b"")
    _warm_up(rules)
    _give_up_everything(rules)
    _send(answers, frames.framed(None))
    while (frame := _read_frame(jobs)) is not None:
        _send(answers, frames.framed(_answer(frames.decode_job(frame), rules)))


def _answer(job: frames.Job, rules: MediaConfig) -> frames.Answer:
    _limit_processor_time(job.seconds)
    try:
        return images.process(job.data, rules, still=job.still)
    except Rejected as rejected:
        return frames.Refusal(rejected.reason)
    except MemoryError:
        return frames.Refusal(TOO_MUCH_MEMORY)
    except Exception as error:  # noqa: BLE001
        # The edge of the process: whatever it was, the parent is to hear of it, and the next job is innocent.
        return frames.Failure(f"{type(error).__name__}: {error}")


def _die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent dies, however that comes."""
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel knew
        os._exit(1)


def _take_channel() -> tuple[BinaryIO, BinaryIO]:
    """Close everything but the pipes, and take those for ourselves.

    Not every event loop starts a process with nothing but its standard streams open. And what a C library prints
    must not end up among the answers.
    """
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    jobs = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return jobs, answers


def _warm_up(rules: MediaConfig) -> None:
    """Load now what Pillow loads at the first use of a format, a profile or an encoder."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo, print_ = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (8, 8)).save(photo, "PNG", exif=exif, icc_profile=profile)
    Image.new("CMYK", (8, 8)).save(print_, "TIFF")
    for sample in (photo, print_):
        images.process(sample.getvalue(), msgspec.structs.replace(MediaConfig(), output=rules.output))


def _give_up_everything(rules: MediaConfig) -> None:
    if sys.platform == "linux":
        # Where memory runs out, rather this process than the web process.
        Path("/proc/self/oom_score_adj").write_text(str(_OOM_SCORE))
    os.nice(_NICENESS)
    os.dup2(0, 2)  # until here it may complain on its parent's standard error
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_AS, rules.memory)
    # Not one descriptor more than are open: no file, no socket, no pipe.
    _limit(resource.RLIMIT_NOFILE, _lowest_free_descriptor())


def _lowest_free_descriptor() -> int:
    probe = os.dup(0)
    os.close(probe)
    return probe


def _limit(kind: int, value: int) -> None:
    resource.setrlimit(kind, (value, value))


def _limit_processor_time(seconds: float) -> None:
    """The limit counts from the start of the process, so it moves with every job."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _read_frame(jobs: BinaryIO) -> bytes | None:
    """Return the next message; None when the parent has closed the pipe."""
    prefix = jobs.read(frames.PREFIX)
    if len(prefix) < frames.PREFIX:
        return None
    return jobs.read(int.from_bytes(prefix))


def _send(answers: BinaryIO, frame: bytes) -> None:
    answers.write(frame)
    answers.flush()


if __name__ == "__main__":
    main()
