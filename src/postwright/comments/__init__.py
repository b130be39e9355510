"""What members say about a draft or a post."""
