"""What runs in containers only. See `docker-compose.yml`."""
