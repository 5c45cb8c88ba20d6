import { environment } from "./environment";

export interface Note {
  ticketId: number;
  text: string;
  resolutionFlag: boolean | null;
  internalAnalysisFlag: boolean | null;
  detailDescriptionFlag: boolean | null;
}

interface Ticket {
  id: number;
  summary: string;
  status: { id: number; name: string };
}

async function state<T>(collection: string): Promise<T[]> {
  const response = await fetch(`${environment.simulatorUrl}/_simulator/state/${collection}`);
  if (!response.ok) throw new Error(`The simulator answered ${response.status} for ${collection}.`);
  return (await response.json()) as T[];
}

/** The ticket as the ticketing system has it, read past the product. */
export async function readTicket(id: string): Promise<Ticket> {
  const ticket = (await state<Ticket>("tickets")).find((one) => String(one.id) === id);
  if (!ticket) throw new Error(`The simulator has no ticket ${id}.`);
  return ticket;
}

export async function readNotes(ticketId: string): Promise<Note[]> {
  return (await state<Note>("notes")).filter((note) => String(note.ticketId) === ticketId);
}

/** Lets the simulator misbehave: see the faults it documents under `/_simulator/faults`. */
export async function addFault(fault: Record<string, unknown>): Promise<void> {
  const response = await fetch(`${environment.simulatorUrl}/_simulator/faults`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(fault),
  });
  if (response.status !== 201) throw new Error(`The simulator refused the fault: ${await response.text()}`);
}

export async function clearFaults(): Promise<void> {
  await fetch(`${environment.simulatorUrl}/_simulator/faults`, {
    method: "DELETE",
  });
}
