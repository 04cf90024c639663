from . import leather_complaint
from . import repair_order
