from . import test_faq
