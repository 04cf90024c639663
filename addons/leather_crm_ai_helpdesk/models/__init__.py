from . import leather_ai_task_helpdesk
from . import leather_ai_model
from . import res_company
from . import leather_complaint_category
from . import helpdesk_ticket_category
from . import helpdesk_ticket
