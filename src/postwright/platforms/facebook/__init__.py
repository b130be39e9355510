"""Facebook Pages, Graph API."""
