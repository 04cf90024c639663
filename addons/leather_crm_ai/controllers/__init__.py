from . import complaint_export
from . import complaint_import
from . import complaint_portal
from . import complaint_public
