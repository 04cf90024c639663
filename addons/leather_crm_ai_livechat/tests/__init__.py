from . import test_chat_answers
from . import test_chat_complaint
from . import test_chat_orders
from . import test_chat_tours
from . import test_faq
