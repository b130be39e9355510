"""Instagram, Graph API with Instagram login."""
