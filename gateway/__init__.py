"""The shared gateway: every field device, for every service; knows no service and no database."""
