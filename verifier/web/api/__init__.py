"""The API for machines: `/api/v1`, its OpenAPI document with a readable page, and the pages that explain problems."""
