"""Boards, statuses, members and priorities of the invented MSP."""

from typing import Any

from infra.simulators.connectwise.credentials import API_MEMBER

Record = dict[str, Any]

BOARDS: dict[int, str] = {
    1: "Help Desk",
    2: "Network Operations",
    3: "Microsoft 365",
    4: "Field Service",
    5: "Alerts",
}

# Per board: (id, name, closed). Ids differ from board to board though names repeat, as in a real tenant.
STATUSES: dict[int, list[tuple[int, str, bool]]] = {
    1: [
        (101, "New", False),
        (102, "In Progress", False),
        (103, "Waiting on Client", False),
        (104, "Escalated", False),
        (105, "Resolved", True),
        (106, "Closed", True),
    ],
    2: [
        (201, "New", False),
        (202, "Investigating", False),
        (203, "Waiting on Carrier", False),
        (204, "Escalated", False),
        (205, "Resolved", True),
        (206, "Closed", True),
    ],
    3: [
        (301, "New", False),
        (302, "In Progress", False),
        (303, "Waiting on Microsoft", False),
        (304, "Escalated", False),
        (305, "Completed", True),
        (306, "Closed", True),
    ],
    4: [
        (401, "New", False),
        (402, "Scheduled", False),
        (403, "On Site", False),
        (404, "Escalated", False),
        (405, "Completed", True),
        (406, "Closed", True),
    ],
    5: [
        (501, "New", False),
        (502, "Acknowledged", False),
        (503, "Snoozed", False),
        (504, "Escalated", False),
        (505, "Resolved", True),
        (506, "Closed", True),
    ],
}
CLOSED_WITHOUT_FLAG = frozenset({"Completed"})
"""Closed statuses that leave a ticket's closedFlag alone: a known trap for clients that trust the flag."""

TYPES: dict[int, list[tuple[int, str]]] = {
    board: [
        (board * 10 + number, name)
        for number, name in enumerate(("Incident", "Service Request", "Maintenance"), start=1)
    ]
    for board in BOARDS
}

PRIORITIES: list[tuple[int, str, str, str, int]] = [
    (1, "Priority 1 - Critical", "Red", "Critical", 60),
    (2, "Priority 2 - High", "Orange", "High", 240),
    (3, "Priority 3 - Medium", "Yellow", "Medium", 960),
    (4, "Priority 4 - Low", "Blue", "Low", 2400),
]
"""(id, name, colour, level, minutes the SLA allows)."""

# (identifier, first name, last name, e-mail, title, inactive). `jo` is a substring of `john` on purpose.
MEMBERS: list[tuple[str, str, str, str | None, str, bool]] = [
    (API_MEMBER, "ResolutionFlow", "Integration", None, "API member", False),
    ("jo", "Jo", "Lindqvist", "jo@demo.example", "Dispatcher", False),
    ("john", "John", "Abara", "john@demo.example", "Support Engineer", False),
    ("mreyes", "Mara", "Reyes", "engineer@demo.example", "Support Engineer", False),
    ("tokafor", "Theo", "Okafor", "lead@demo.example", "Service Lead", False),
    ("spatel", "Sana", "Patel", "sana@demo.example", "Network Engineer", False),
    ("kbauer", "Kai", "Bauer", "kai@demo.example", "Field Technician", False),
    ("lchen", "Lin", "Chen", "lin@demo.example", "Cloud Engineer", False),
    ("dnovak", "Dana", "Novak", None, "Support Engineer", True),
]


def desk_records() -> dict[str, list[Record]]:
    """Records of everything in this module."""
    boards: list[Record] = []
    statuses: list[Record] = []
    types: list[Record] = []
    for board_id, name in BOARDS.items():
        boards.append(
            {
                "id": board_id,
                "name": name,
                "location": {"id": 2, "name": "Main Office"},
                "department": {"id": 1, "name": "Services"},
                "inactiveFlag": False,
                "projectFlag": False,
            }
        )
        board = {"id": board_id, "name": name}
        for order, (status_id, status_name, closed) in enumerate(STATUSES[board_id]):
            statuses.append(
                {
                    "id": status_id,
                    "name": status_name,
                    "board": board,
                    "sortOrder": order * 10,
                    "displayOnBoard": not closed,
                    "inactive": False,
                    "closedStatus": closed,
                    "timeEntryNotAllowed": status_name == "Closed",
                    "defaultFlag": order == 0,
                    "escalationStatus": "Resolved"
                    if closed
                    else "NotResponded"
                    if order == 0
                    else "Responded",
                }
            )
        types.extend(
            {"id": type_id, "name": type_name, "board": board, "inactiveFlag": False}
            for type_id, type_name in TYPES[board_id]
        )
    boards.append({**boards[0], "id": 9, "name": "Old Help Desk", "inactiveFlag": True})
    return {
        "boards": boards,
        "statuses": statuses,
        "types": types,
        "priorities": [
            {
                "id": priority_id,
                "name": name,
                "color": color,
                "sortOrder": priority_id,
                "defaultFlag": priority_id == 3,
                "level": level,
            }
            for priority_id, name, color, level, _ in PRIORITIES
        ],
        "members": [
            {
                "id": 150 + number,
                "identifier": identifier,
                "firstName": first,
                "lastName": last,
                "licenseClass": "A" if identifier == API_MEMBER else "F",
                "title": title,
                "primaryEmail": email,
                "officeEmail": None,
                "inactiveFlag": inactive,
            }
            for number, (identifier, first, last, email, title, inactive) in enumerate(MEMBERS)
        ],
        "workTypes": [{"id": 1, "name": "Remote Support"}, {"id": 2, "name": "Onsite Support"}],
        "workRoles": [{"id": 1, "name": "Engineer"}, {"id": 2, "name": "Senior Engineer"}],
        "scheduleTypes": [
            {"id": 1, "name": "Sales Activity", "identifier": "C"},
            {"id": 4, "name": "Service", "identifier": "S"},
        ],
    }
