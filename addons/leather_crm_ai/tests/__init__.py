from . import test_ai_life
from . import test_ai_run
from . import test_demo
from . import test_lead_import
from . import test_lead_rescore
from . import test_lead_scoring
from . import test_security
from . import test_tours
