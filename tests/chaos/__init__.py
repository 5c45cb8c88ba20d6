"""Engineers at work while everything around them dies, and an account of what was lost or done twice. `make chaos`.

| module | |
|---|---|
| `accounts` | the two accounts that work, each with people and tickets of its own |
| `engineers` | what the scripted engineers do, case after case |
| `client` | sends a command with its key until it is answered, and writes the answer into the ledger |
| `follower` | reads a session's event stream, and comes back after each break |
| `ledger` | what was acknowledged and what was seen: kept by the clients, outside the product |
| `stack` | the processes, on ports and in a folder of their own |
| `proxy` | the line between the clients and the api |
| `troubles` | what is done to all of it, drawn from the seed |
| `faults` | what the simulators of others' systems are told to do wrong |
| `overload` | the model refuses until the playbook has answered in its place |
| `verdict` | the ledger against the database, the tickets and the streams |
| `on_the_ticket` | the part of it that is about the ticketing system |
| `unasked` | whether everything that is there was asked for, in that place |
| `findings` | what can be wrong, and how it is told |
| `crossings` | whether anything of one account got into another one's |
| `recovery` | how long sessions could not be used after a kill |
| `stand_in` | a run whose processes only sleep, for the test of its end |
| `report` | the figures as text and as a file |
"""
