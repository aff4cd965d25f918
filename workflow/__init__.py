"""Holdfast: a staged-release workflow engine for AI models."""
