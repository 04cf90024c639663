from . import leather_complaint_request
