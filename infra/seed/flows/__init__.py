"""The flows of the demo tenant: what MSP desks really get, useful without a model."""

from domain.flows import Flow
from infra.seed.flows import account_lockout, disk_full, microsoft_365, printer, slow_internet, vpn

DEMO_FLOWS: tuple[Flow, ...] = (
    microsoft_365.FLOW,
    vpn.FLOW,
    printer.FLOW,
    disk_full.FLOW,
    slow_internet.FLOW,
    account_lockout.FLOW,
)
