"""`make crm`: a school with 300 orders on an embedded store, served with the CRM of `frontend/crm`."""
