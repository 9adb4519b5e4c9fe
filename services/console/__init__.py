"""Pages of ministries, officers, inspectors and auditors in a browser."""
