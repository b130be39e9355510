"""TikTok, Content Posting API v2."""
