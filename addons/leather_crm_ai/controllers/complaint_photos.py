"""Photos from people we do not know: only pictures come in, at a reasonable size, without what cameras add."""

import io
import re
from dataclasses import dataclass

from odoo.tools.image import IMAGE_MAX_RESOLUTION, image_fix_orientation
from odoo.tools.mimetypes import guess_mimetype
from PIL import Image

MAX_PHOTOS = 10
MAX_BYTES = 10 * 1024 * 1024
MAX_SIDE = 1920  # what Odoo makes of larger pictures anyway
QUALITY = 85
# Odoo loads the decoders of few formats; the form's script turns whatever else the browser can show into a JPEG.
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG"}
MAX_NAME = 60
# Pictures all the same: whoever sends one without the script is told what to send instead.
OTHER_FORMATS = re.compile(rb"RIFF.{4}WEBP|.{4}ftyp(?:hei[cmsx]|hev[cx]|mif1|msf1|avi[fs])", re.DOTALL)


@dataclass(frozen=True)
class Photo:
    name: str
    content: bytes


class PhotoError(Exception):
    """A file that cannot be taken: ``code`` is ``count``, ``size``, ``format``, ``type`` or ``empty``."""

    def __init__(self, code, name=""):
        super().__init__(code, name)
        self.code, self.name = code, name


def read_photos(files):
    """Photos of the uploaded files; a browser sends a nameless one when none was chosen.

    :raises PhotoError: one of them cannot be taken, or there are too many.
    """
    files = [file for file in files if file and file.filename]
    if len(files) > MAX_PHOTOS:
        raise PhotoError("count")
    return [_read_photo(file) for file in files]


def _read_photo(file):
    content = file.read(MAX_BYTES + 1)
    if not content:
        raise PhotoError("empty", file.filename)
    if len(content) > MAX_BYTES:
        raise PhotoError("size", file.filename)
    try:
        return Photo(_clean_name(file.filename), redraw(content))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PhotoError("format" if OTHER_FORMATS.match(content) else "type", file.filename) from error


def redraw(content):
    """The same picture as a JPEG of at most 1,920 pixels a side.

    Drawing it anew leaves behind what else the file holds: the place where it was taken, a script, a second file.

    :raises ValueError: the content is no picture that we take, whatever its name says.
    """
    picture_format = FORMATS.get(guess_mimetype(content))
    if not picture_format:
        raise ValueError("not a picture")
    picture = Image.open(io.BytesIO(content), formats=[picture_format])
    if picture.width * picture.height > IMAGE_MAX_RESOLUTION:
        raise ValueError("too many pixels")
    picture.draft("RGB", (MAX_SIDE, MAX_SIDE))  # decodes a large JPEG at a fraction of its size
    picture = _on_white(image_fix_orientation(picture))
    picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    picture.save(stream, format="JPEG", quality=QUALITY, optimize=True)
    return stream.getvalue()


def _on_white(picture):
    if picture.mode not in ("RGBA", "LA", "PA", "P"):
        return picture.convert("RGB")
    picture = picture.convert("RGBA")
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture)
    return ground


def _clean_name(name):
    stem = re.split(r"[\\/]", name)[-1].rsplit(".", 1)[0]
    stem = re.sub(r"[^\w \-()]+", "_", stem).strip("_ ")
    return f"{stem[:MAX_NAME] or 'photo'}.jpg"
