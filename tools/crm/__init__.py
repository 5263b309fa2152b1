"""`make crm`: a school of names and 300 orders, on an embedded store, behind the CRM of `frontend/crm`."""
