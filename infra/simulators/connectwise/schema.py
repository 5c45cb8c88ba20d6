"""Fields of the records the simulator keeps; names and lengths as the vendor documents them."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"
    DATE = "date"
    REFERENCE = "reference"
    LIST = "list"
    ENUM = "enum"


@dataclass(frozen=True)
class Field:
    """`collection` names the collection a reference points into; `read_only` fields ignore writes."""

    kind: Kind
    max_length: int | None = None
    read_only: bool = False
    required: bool = False
    collection: str | None = None
    choices: tuple[str, ...] = ()


Schema = dict[str, Field]


def text(max_length: int | None = None, *, required: bool = False, read_only: bool = False) -> Field:
    return Field(Kind.TEXT, max_length, read_only=read_only, required=required)


def reference(collection: str | None = None, *, required: bool = False) -> Field:
    return Field(Kind.REFERENCE, collection=collection, required=required)


def choice(*choices: str) -> Field:
    return Field(Kind.ENUM, choices=choices)


ID = Field(Kind.INTEGER, read_only=True)
BOOLEAN = Field(Kind.BOOLEAN)
DERIVED_BOOLEAN = Field(Kind.BOOLEAN, read_only=True)
INTEGER = Field(Kind.INTEGER)
NUMBER = Field(Kind.NUMBER)
DERIVED_NUMBER = Field(Kind.NUMBER, read_only=True)
DATE = Field(Kind.DATE)
DERIVED_DATE = Field(Kind.DATE, read_only=True)
DERIVED_TEXT = text(read_only=True)
LIST = Field(Kind.LIST)
BILLING = choice("Billable", "DoNotBill", "NoCharge", "NoDefault")

TICKET: Schema = {
    "id": ID,
    "summary": text(100, required=True),
    "recordType": DERIVED_TEXT,
    "board": reference("boards", required=True),
    "status": reference("statuses"),
    "company": reference("companies", required=True),
    "contact": reference("contacts"),
    "contactName": text(62),
    "contactPhoneNumber": text(20),
    "contactEmailAddress": text(250),
    "type": reference("types"),
    "subType": reference(),
    "item": reference(),
    "team": reference(),
    "owner": reference("members"),
    "priority": reference("priorities"),
    "severity": choice("Low", "Medium", "High"),
    "impact": choice("Low", "Medium", "High"),
    "source": reference(),
    "sla": reference(),
    "slaStatus": DERIVED_TEXT,
    "isInSla": DERIVED_BOOLEAN,
    "externalXRef": text(100),
    "requiredDate": DATE,
    "budgetHours": NUMBER,
    "actualHours": DERIVED_NUMBER,
    "customerUpdatedFlag": BOOLEAN,
    "parentTicketId": INTEGER,
    "resources": DERIVED_TEXT,
    "closedFlag": DERIVED_BOOLEAN,
    "closedDate": DERIVED_DATE,
    "closedBy": DERIVED_TEXT,
    "customFields": LIST,
}
NOTE: Schema = {
    "id": ID,
    "ticketId": ID,
    "text": text(required=True),
    "detailDescriptionFlag": BOOLEAN,
    "internalAnalysisFlag": BOOLEAN,
    "resolutionFlag": BOOLEAN,
    "issueFlag": BOOLEAN,
    "member": reference("members"),
    "contact": reference("contacts"),
    "customerUpdatedFlag": BOOLEAN,
    "processNotifications": BOOLEAN,
    "internalFlag": DERIVED_BOOLEAN,
    "externalFlag": DERIVED_BOOLEAN,
    "dateCreated": DERIVED_DATE,
    "createdBy": DERIVED_TEXT,
}
BOARD: Schema = {
    "id": ID,
    "name": text(50, required=True),
    "location": reference(),
    "department": reference(),
    "inactiveFlag": BOOLEAN,
    "projectFlag": BOOLEAN,
}
STATUS: Schema = {
    "id": ID,
    "name": text(50, required=True),
    "board": reference("boards"),
    "sortOrder": INTEGER,
    "displayOnBoard": BOOLEAN,
    "inactive": BOOLEAN,
    "closedStatus": BOOLEAN,
    "timeEntryNotAllowed": BOOLEAN,
    "defaultFlag": BOOLEAN,
    "escalationStatus": choice("NotResponded", "Responded", "ResolutionPlan", "Resolved", "NoEscalation"),
}
TYPE: Schema = {
    "id": ID,
    "name": text(50, required=True),
    "board": reference("boards"),
    "inactiveFlag": BOOLEAN,
}
PRIORITY: Schema = {
    "id": ID,
    "name": text(50, required=True),
    "color": text(),
    "sortOrder": INTEGER,
    "defaultFlag": BOOLEAN,
    "level": choice("Critical", "High", "Medium", "Low"),
}
MEMBER: Schema = {
    "id": ID,
    "identifier": text(15, required=True),
    "firstName": text(30, required=True),
    "lastName": text(30, required=True),
    "licenseClass": choice("F", "A", "C", "X"),
    "title": text(),
    "primaryEmail": text(250),
    "officeEmail": text(250),
    "inactiveFlag": BOOLEAN,
}
COMPANY: Schema = {
    "id": ID,
    "identifier": text(30, required=True),
    "name": text(50, required=True),
    "status": reference(),
    "addressLine1": text(50),
    "city": text(50),
    "phoneNumber": text(30),
    "website": text(255),
    "deletedFlag": BOOLEAN,
}
CONTACT: Schema = {
    "id": ID,
    "firstName": text(required=True),
    "lastName": text(),
    "company": reference("companies"),
    "title": text(),
    "defaultFlag": BOOLEAN,
    "inactiveFlag": BOOLEAN,
    "communicationItems": LIST,
}
CONFIGURATION: Schema = {
    "id": ID,
    "name": text(100, required=True),
    "type": reference(required=True),
    "company": reference("companies", required=True),
    "status": reference(),
    "contact": reference("contacts"),
    "deviceIdentifier": text(100),
    "serialNumber": text(250),
    "modelNumber": text(50),
    "ipAddress": text(50),
    "osType": text(250),
    "osInfo": text(250),
    "lastLoginName": text(100),
    "activeFlag": BOOLEAN,
}
LINKED_CONFIGURATION: Schema = {
    "id": ID,
    "ticketId": INTEGER,
    "configuration": reference("configurations", required=True),
}
"""Which configuration is linked to which ticket. The vendor shows no such record; it shows stubs below the ticket."""
TIME_ENTRY: Schema = {
    "id": ID,
    "chargeToId": INTEGER,
    "chargeToType": choice("ServiceTicket", "ProjectTicket", "ChargeCode", "Activity"),
    "company": reference("companies"),
    "member": reference("members"),
    "timeStart": Field(Kind.DATE, required=True),
    "timeEnd": DATE,
    "actualHours": NUMBER,
    "hoursDeduct": NUMBER,
    "workType": reference("workTypes"),
    "workRole": reference("workRoles"),
    "billableOption": BILLING,
    "notes": text(),
    "internalNotes": text(),
    "addToDetailDescriptionFlag": BOOLEAN,
    "addToInternalAnalysisFlag": BOOLEAN,
    "addToResolutionFlag": BOOLEAN,
    "emailContactFlag": BOOLEAN,
    "emailResourceFlag": BOOLEAN,
    "status": Field(Kind.TEXT, read_only=True),
    "dateEntered": DERIVED_DATE,
    "enteredBy": DERIVED_TEXT,
}
SCHEDULE_ENTRY: Schema = {
    "id": ID,
    "type": reference("scheduleTypes", required=True),
    "objectId": INTEGER,
    "member": reference("members", required=True),
    "dateStart": DATE,
    "dateEnd": DATE,
    "name": text(250),
    "hours": NUMBER,
    "doneFlag": BOOLEAN,
    "ownerFlag": BOOLEAN,
    "allowScheduleConflictsFlag": BOOLEAN,
}
NAMED: Schema = {"id": ID, "name": text(50), "identifier": text(15)}

SCHEMAS: dict[str, Schema] = {
    "tickets": TICKET,
    "notes": NOTE,
    "boards": BOARD,
    "statuses": STATUS,
    "types": TYPE,
    "priorities": PRIORITY,
    "members": MEMBER,
    "companies": COMPANY,
    "contacts": CONTACT,
    "configurations": CONFIGURATION,
    "linkedConfigurations": LINKED_CONFIGURATION,
    "timeEntries": TIME_ENTRY,
    "scheduleEntries": SCHEDULE_ENTRY,
    "workTypes": NAMED,
    "workRoles": NAMED,
    "scheduleTypes": NAMED,
}

REFERENCE_FIELDS: dict[str, Kind] = {
    "id": Kind.INTEGER,
    "name": Kind.TEXT,
    "identifier": Kind.TEXT,
    "sort": Kind.INTEGER,
    "level": Kind.TEXT,
}
INFO_FIELDS: dict[str, Kind] = {
    "lastUpdated": Kind.DATE,
    "updatedBy": Kind.TEXT,
    "dateEntered": Kind.DATE,
    "enteredBy": Kind.TEXT,
}
"""Usable in conditions on any record although bodies carry them only inside `_info`."""
