"""Adapters to ticketing systems (PSAs), one folder per vendor, behind `domain.psa.PsaProvider`."""
