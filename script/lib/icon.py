"""Draw the addon's icon, a work boot under a rising score: ``python script/lib/icon.py FILE.png``."""

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


def draw():
    """The icon as an image with a transparent background."""
    picture = Image.new("RGBA", (SIZE * FINE, SIZE * FINE), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle(scale((8, 8, 248, 248)), radius=52 * FINE, fill=GROUND)
    pen.polygon([(x * FINE, y * FINE) for x, y in UPPER], fill=BOOT)
    pen.rounded_rectangle(scale((56, 58, 128, 76)), radius=8 * FINE, fill=BOOT)
    for height in (96, 114, 132):
        pen.rounded_rectangle(scale((98, height, 124 + (height - 96) // 4, height + 7)), radius=3 * FINE, fill=GROUND)
    for box in (SOLE_BOX, HEEL_BOX):
        pen.rounded_rectangle(scale(box), radius=7 * FINE, fill=SOLE)
    for box in BARS:
        pen.rounded_rectangle(scale(box), radius=4 * FINE, fill=SCORE)
    return picture.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def scale(box):
    return tuple(side * FINE for side in box)


if __name__ == "__main__":
    draw().save(sys.argv[1], optimize=True)
