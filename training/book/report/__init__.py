"""The chapter's report: figures and pages."""
