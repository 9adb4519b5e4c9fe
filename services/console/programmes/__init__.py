"""Pages of health programmes: versions, drafts, approvals and recalls."""
