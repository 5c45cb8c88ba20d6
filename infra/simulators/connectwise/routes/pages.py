"""Two plain pages, so that a person can see what stands on a ticket."""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from infra.simulators.connectwise.simulator import simulator_of
from infra.simulators.connectwise.store import Record

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 960px; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: .25rem .5rem; vertical-align: top }
tr + tr td { border-top: 1px solid #8884 } h1, h2 { line-height: 1.2 }
pre { white-space: pre-wrap; font: inherit; margin: 0 }
article { border: 1px solid #8884; border-radius: 6px;
  padding: .75rem 1rem; margin: .75rem 0 } small { opacity: .75 }
"""
_TABS = {
    "detailDescriptionFlag": "Discussion",
    "internalAnalysisFlag": "Internal",
    "resolutionFlag": "Resolution",
}


async def overview(request: Request) -> Response:
    """Every board with its tickets, newest first."""
    store = simulator_of(request).store
    tickets = store.all("tickets")
    parts = [
        "<h1>ConnectWise simulator</h1><p>Invented data. Notes and status changes appear here at once.</p>"
    ]
    for board in store.all("boards"):
        rows = [ticket for ticket in reversed(tickets) if ticket["board"]["id"] == board["id"]]
        if rows:
            parts.append(f"<h2>{escape(board['name'])}</h2><table>{''.join(map(_row, rows))}</table>")
    return _page("ConnectWise simulator", "".join(parts))


async def ticket_page(request: Request) -> Response:
    """One ticket with its notes, oldest first."""
    store = simulator_of(request).store
    number = request.path_params["id"]
    ticket = store.get("tickets", int(number)) if number.isdigit() else None
    if ticket is None:
        return _page("Not found", f"<h1>There is no ticket {escape(number)}</h1>", status=404)
    facts = {
        "Status": ticket["status"]["name"],
        "Board": ticket["board"]["name"],
        "Company": ticket["company"]["name"],
        "Contact": ticket["contactName"],
        "Priority": ticket["priority"]["name"],
        "Owner": (ticket["owner"] or {}).get("identifier"),
        "Resources": ticket["resources"],
        "Closed": ticket["closedDate"],
        "Last update": f"{ticket['_info']['lastUpdated']} by {ticket['_info']['updatedBy']}",
    }
    table = "".join(
        f"<tr><th>{name}</th><td>{escape(str(value or '–'))}</td></tr>" for name, value in facts.items()
    )
    notes = "".join(_note(note) for note in store.all("notes") if note["ticketId"] == ticket["id"])
    heading = f"<p><a href='/'>All tickets</a></p><h1>#{ticket['id']} {escape(ticket['summary'])}</h1>"
    return _page(f"#{ticket['id']}", f"{heading}<table>{table}</table><h2>Notes</h2>{notes}")


def _row(ticket: Record) -> str:
    link = f"<a href='/_simulator/tickets/{ticket['id']}'>{ticket['id']}</a>"
    cells = (
        ticket["summary"],
        ticket["status"]["name"],
        ticket["company"]["name"],
        ticket["resources"] or "–",
    )
    return f"<tr><td>{link}</td>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _note(note: Record) -> str:
    tabs = ", ".join(label for flag, label in _TABS.items() if note[flag])
    head = escape(f"{tabs} · {note['createdBy']} · {note['dateCreated']}")
    return (
        f"<article data-note='{note['id']}'><small>{head}</small><pre>{escape(note['text'])}</pre></article>"
    )


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    html = (
        "<!doctype html><html lang='en'><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{_STYLE}</style><body>{body}</body></html>"
    )
    return HTMLResponse(
        html,
        status_code=status,
        headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
    )


routes = [
    Route("/", overview, methods=["GET"]),
    Route("/_simulator/tickets/{id}", ticket_page, methods=["GET"]),
]
