"""Stored rows of one application, its log and the office data beside it."""
