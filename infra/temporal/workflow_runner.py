"""How workflow code runs: in the SDK's sandbox, which is entered for the workflow's code alone.

For every payload the SDK asks the workflow, inside its sandbox, whose payload it is, four times over: a fifth of the
work of a worker's main thread. Our codec asks for the workflow's id only, which is known outside.
"""

from __future__ import annotations

from typing import Any

from temporalio.api.enums.v1 import CommandType
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import (
    SerializationContext,
    StorageDriverStoreContext,
    WorkflowSerializationContext,
)
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import Info

_OF_THE_WORKFLOW = CommandType.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK


class _Runner(SandboxedWorkflowRunner):
    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return _Instance(super().create_instance(det))


class _Instance(WorkflowInstance):
    """A workflow in its sandbox. Child workflows and targets of signals have contexts of their own: it is asked."""

    def __init__(self, sandboxed: WorkflowInstance) -> None:
        self._sandboxed = sandboxed
        info = sandboxed.get_info()
        self._own = WorkflowSerializationContext(namespace=info.namespace, workflow_id=info.workflow_id)

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        return self._sandboxed.activate(act)

    def get_serialization_context(self, command_info: Any) -> SerializationContext | None:
        if command_info is None or command_info.command_type == _OF_THE_WORKFLOW:
            return self._own
        return self._sandboxed.get_serialization_context(command_info)

    def get_external_store_context(self, command_info: Any) -> StorageDriverStoreContext:
        """For a storage of the SDK; our own is part of the codec."""
        return StorageDriverStoreContext(target=None)

    def get_info(self) -> Info:
        return self._sandboxed.get_info()

    def get_thread_id(self) -> int | None:
        return self._sandboxed.get_thread_id()


def workflow_runner() -> SandboxedWorkflowRunner:
    """The same for workers and for the replay of stored histories.

    Our own modules are pure: importing them anew for every session would cost memory and buy nothing.
    """
    return _Runner(restrictions=SandboxRestrictions.default.with_passthrough_modules("domain", "workflows"))
