"""Stands in for the worker: a real one, with one workflow that does nothing."""

import asyncio

from temporalio import workflow
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.worker import Worker

from workflows.task_queues import SESSIONS


@workflow.defn
class Nothing:
    @workflow.run
    async def run(self) -> str:
        return "done"


async def main() -> None:
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    await Worker(client, task_queue=SESSIONS, workflows=[Nothing]).run()


if __name__ == "__main__":
    asyncio.run(main())
