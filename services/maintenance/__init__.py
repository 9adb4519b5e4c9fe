"""Maintenance of a deployment: backup, restore, key rotation, deployment of the contract."""
