"""Placing: where on a page the mark covers nothing, found on the page as a person sees it."""
