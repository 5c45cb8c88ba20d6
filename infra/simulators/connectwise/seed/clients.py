"""Client companies of the invented MSP with their contacts and machines."""

from typing import Any

Record = dict[str, Any]

# (identifier, name, mail domain, city, contacts as "First Last, title")
CLIENTS: list[tuple[str, str, str, str, list[str]]] = [
    ("Harborline", "Harborline Logistics", "harborline.example", "Port Astrid",
     ["Nadia Brandt, Operations Manager", "Owen Falk, Dispatcher", "Priya Raman, Accountant"]),
    ("Larchfield", "Larchfield Dental Group", "larchfield.example", "Larchfield",
     ["Dr. Ines Moreau, Partner", "Tom Ashby, Practice Manager", "Wendy Cole, Reception"]),
    ("Quillstone", "Quillstone Architects", "quillstone.example", "Norbury",
     ["Felix Hart, Principal", "Amara Diallo, BIM Manager", "Rob Teller, Office Manager"]),
    ("Brightwater", "Brightwater Credit Union", "brightwater.example", "Eastmere",
     ["Gail Sutter, Branch Manager", "Marco Vidal, Compliance", "Hana Ito, Loan Officer"]),
    ("Ferrowind", "Ferrowind Turbines", "ferrowind.example", "Kestrel Bay",
     ["Lars Holm, Plant Manager", "Tessa Quinn, Purchasing", "Imran Shah, Design Engineer"]),
    ("Oakandrye", "Oak & Rye Bakeries", "oakandrye.example", "Millbrook",
     ["Celia Grant, Owner", "Ben Rusk, Store Manager", "Yara Haddad, Bookkeeper"]),
    ("Pinecrest", "Pinecrest Primary School", "pinecrest.example", "Pinecrest",
     ["Joan Whitlock, Head Teacher", "Samir Aziz, IT Coordinator", "Ellie Marsh, Secretary"]),
    ("Vantor", "Vantor Legal LLP", "vantorlegal.example", "Norbury",
     ["Grace O'Neill, Partner", "Daniel Kerr, Paralegal", "Mei Tan, Legal Secretary"]),
    ("Solmere", "Solmere Veterinary Clinic", "solmere.example", "Solmere",
     ["Dr. Paul Egan, Veterinarian", "Rita Voss, Practice Manager", "Kim Doyle, Nurse"]),
    ("Tidewater", "Tidewater Property Management", "tidewater.example", "Port Astrid",
     ["Alan Reese, Director", "Bianca Sousa, Leasing Agent", "Victor Lund, Maintenance Lead"]),
    ("Copperleaf", "Copperleaf Marketing", "copperleaf.example", "Eastmere",
     ["Zoe Lambert, Creative Director", "Nick Barlow, Account Manager", "Uma Krishnan, Designer"]),
    ("Northgate", "Northgate Medical Supplies", "northgate.example", "Kestrel Bay",
     ["Helen Byrd, Finance Director", "Carlos Pena, Warehouse Lead", "Sofia Lindgren, Customer Service"]),
]  # fmt: skip

COMPANY_BASE = 250
CONTACT_BASE = 900
CONFIGURATION_BASE = 4000


def client_records() -> dict[str, list[Record]]:
    """Companies, contacts (e-mail only in communicationItems, as the vendor has it) and configurations."""
    companies: list[Record] = []
    contacts: list[Record] = []
    configurations: list[Record] = []
    for number, (identifier, name, domain, city, people) in enumerate(CLIENTS):
        company = {"id": COMPANY_BASE + number, "identifier": identifier, "name": name}
        companies.append(
            {
                **company,
                "status": {"id": 1, "name": "Active"},
                "addressLine1": f"{12 + number * 7} Harbour Street",
                "city": city,
                "phoneNumber": f"555-01{number:02d}",
                "website": f"https://www.{domain}",
                "deletedFlag": False,
            }
        )
        for position, person in enumerate(people):
            full_name, title = person.split(", ")
            first, last = full_name.removeprefix("Dr. ").split(" ", 1)
            mail = f"{first}.{last}@{domain}".lower().replace("'", "")
            contact_id = CONTACT_BASE + number * 3 + position
            contacts.append(_contact(contact_id, first, last, title, company, mail, default=position == 0))
            configurations.append(
                _workstation(CONFIGURATION_BASE + number * 5 + position, company, contact_id, first, last)
            )
        base = CONFIGURATION_BASE + number * 5
        configurations.append(
            _infrastructure(base + 3, company, "SRV01", "Managed Server", "Windows Server 2022")
        )
        configurations.append(_infrastructure(base + 4, company, "FW01", "Firewall", None))
    companies.append(
        {**companies[0], "id": 299, "identifier": "Oldco", "name": "Oldco Ltd", "deletedFlag": True}
    )
    return {"companies": companies, "contacts": contacts, "configurations": configurations}


def device_prefix(company: Record) -> str:
    """First part of every device name of a company."""
    return str(company["identifier"])[:4].upper()


def _contact(
    contact_id: int, first: str, last: str, title: str, company: Record, mail: str, *, default: bool
) -> Record:
    item = {
        "id": contact_id * 10,
        "type": {"id": 1, "name": "Email"},
        "value": mail,
        "defaultFlag": True,
        "communicationType": "Email",
    }
    return {
        "id": contact_id,
        "firstName": first,
        "lastName": last,
        "company": company,
        "title": title,
        "defaultFlag": default,
        "inactiveFlag": False,
        "communicationItems": [item],
    }


def _workstation(record_id: int, company: Record, contact_id: int, first: str, last: str) -> Record:
    return {
        "id": record_id,
        "name": f"{device_prefix(company)}-PC{record_id % 100:02d}",
        "type": {"id": 17, "name": "Managed Workstation"},
        "company": company,
        "status": {"id": 1, "name": "Active"},
        "contact": {"id": contact_id, "name": f"{first} {last}"},
        "deviceIdentifier": f"dev-{record_id}",
        "serialNumber": f"SN{record_id}X",
        "modelNumber": "Latitude 5450" if record_id % 2 else "EliteBook 840 G11",
        "ipAddress": f"192.0.2.{record_id % 250}",
        "osType": "Windows 11 Pro",
        "osInfo": "24H2",
        "lastLoginName": f"{first[0]}{last}".lower().replace("'", ""),
        "activeFlag": True,
    }


def _infrastructure(record_id: int, company: Record, suffix: str, kind: str, system: str | None) -> Record:
    return {
        "id": record_id,
        "name": f"{device_prefix(company)}-{suffix}",
        "type": {"id": 18 if system else 19, "name": kind},
        "company": company,
        "status": {"id": 1, "name": "Active"},
        "contact": None,
        "deviceIdentifier": f"dev-{record_id}",
        "serialNumber": f"SN{record_id}X",
        "modelNumber": "PowerEdge T360" if system else "FortiGate 60F",
        "ipAddress": f"198.51.100.{record_id % 250}",
        "osType": system,
        "osInfo": None,
        "lastLoginName": None,
        "activeFlag": True,
    }
