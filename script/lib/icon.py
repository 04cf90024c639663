"""Draw the addon's icons: ``python script/lib/icon.py PICTURE FILE.png``, where PICTURE is ``app`` or ``complaint``."""

import sys

from PIL import Image, ImageDraw

SIZE, FINE = 256, 4  # drawn four times as large, for smooth edges
GROUND, BOOT, SOLE, SCORE = "#714B67", "#FFFFFF", "#F2B84B", "#F2B84B"
UPPER = [
    *((64, 66), (122, 66), (122, 112), (130, 128), (160, 140), (184, 152), (194, 168), (194, 182), (60, 182)),
    *((62, 130), (64, 66)),
]
SOLE_BOX, HEEL_BOX = (56, 188, 198, 204), (56, 196, 100, 214)
BARS = ((142, 104, 156, 118), (164, 84, 178, 126), (186, 60, 200, 134))
BUBBLE, TAIL = (132, 44, 212, 112), ((152, 108), (184, 108), (148, 134))
MARK, POINT = (167, 56, 177, 86), (166, 91, 178, 102)


def draw_app():
    """A work boot under a rising score."""
    return draw(lambda pen: [pen.rounded_rectangle(scale(box), radius=4 * FINE, fill=SCORE) for box in BARS])


def draw_complaint():
    """A work boot that has something to say."""
    return draw(draw_bubble)


def draw_bubble(pen):
    pen.rounded_rectangle(scale(BUBBLE), radius=18 * FINE, fill=SCORE)
    pen.polygon([(x * FINE, y * FINE) for x, y in TAIL], fill=SCORE)
    pen.rounded_rectangle(scale(MARK), radius=5 * FINE, fill=GROUND)
    pen.ellipse(scale(POINT), fill=GROUND)


def draw(draw_message):
    """The boot on its ground, with whatever stands above it; the background is transparent."""
    picture = Image.new("RGBA", (SIZE * FINE, SIZE * FINE), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle(scale((8, 8, 248, 248)), radius=52 * FINE, fill=GROUND)
    pen.polygon([(x * FINE, y * FINE) for x, y in UPPER], fill=BOOT)
    pen.rounded_rectangle(scale((56, 58, 128, 76)), radius=8 * FINE, fill=BOOT)
    for height in (96, 114, 132):
        pen.rounded_rectangle(scale((98, height, 124 + (height - 96) // 4, height + 7)), radius=3 * FINE, fill=GROUND)
    for box in (SOLE_BOX, HEEL_BOX):
        pen.rounded_rectangle(scale(box), radius=7 * FINE, fill=SOLE)
    draw_message(pen)
    return picture.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def scale(box):
    return tuple(side * FINE for side in box)


PICTURES = {"app": draw_app, "complaint": draw_complaint}

if __name__ == "__main__":
    PICTURES[sys.argv[1]]().save(sys.argv[2], optimize=True)
