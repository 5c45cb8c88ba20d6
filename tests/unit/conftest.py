"""Settings of all property tests: a slow machine is not a failure, so no example has a time limit."""

from hypothesis import HealthCheck, settings

settings.register_profile("unit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unit")
