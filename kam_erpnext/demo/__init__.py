"""The demonstration company: `bench --site SITE execute kam_erpnext.demo.create`, and `.delete` to take it away."""

from kam_erpnext.demo.company import create, delete

__all__ = ["create", "delete"]
