"""API keys: made by a person, shown once, held to a workspace, to scopes and (where one wants) to accounts."""
