/** An error as the engineer sees it. `status` is 0 when no answer arrived at all. */
export interface Problem {
  status: number;
  code: string;
  detail: string;
  fields: { name: string; message: string }[];
  /** Extra members of the problem document, such as `expected` and `observed`. */
  extra: Record<string, unknown>;
}

const known = new Set(["type", "title", "status", "code", "detail", "errors", "instance"]);

/** Reads any thrown value as a problem: a problem document, a failed fetch, or a defect of our own. */
export function asProblem(error: unknown): Problem {
  if (isRecord(error) && typeof error.code === "string" && "status" in error) return fromDocument(error);
  if (isProblemError(error)) return error.problem;
  if (error instanceof TypeError || (error instanceof DOMException && error.name === "TimeoutError")) {
    return {
      status: 0,
      code: "network_unreachable",
      detail: "The server could not be reached. Check the connection; nothing you typed is lost.",
      fields: [],
      extra: {},
    };
  }
  return {
    status: 0,
    code: "client_error",
    detail:
      error instanceof Error && error.message
        ? error.message
        : "The page met an answer it does not understand. Reload it.",
    fields: [],
    extra: {},
  };
}

/** A problem thrown where an Error object is expected. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** Reads the problem out of a failed response, also when a proxy answered with something that is not JSON. */
export async function problemOf(response: Response): Promise<Problem> {
  try {
    return asProblem(await response.clone().json());
  } catch {
    return unreadable(response.status);
  }
}

/** True when sending the same request again can help: no answer, time-out, rate limit, or the server's own trouble. */
export function isRetryable(problem: Problem): boolean {
  return (
    problem.code !== "client_error" &&
    (problem.status === 0 || problem.status === 408 || problem.status === 429 || problem.status >= 500)
  );
}

export function unreadable(status: number): Problem {
  return {
    status,
    code: `http_${status}`,
    detail: `The server answered ${status} without saying why. Try again in a moment.`,
    fields: [],
    extra: {},
  };
}

function fromDocument(document: Record<string, unknown>): Problem {
  const status = typeof document.status === "number" ? document.status : 0;
  return {
    status,
    code: String(document.code),
    detail:
      typeof document.detail === "string"
        ? document.detail
        : String(document.title ?? "The request was refused."),
    fields: Array.isArray(document.errors) ? document.errors.filter(isRecord).map(asField) : [],
    extra: Object.fromEntries(Object.entries(document).filter(([key]) => !known.has(key))),
  };
}

function asField(field: Record<string, unknown>): { name: string; message: string } {
  const where = field.field ?? field.loc ?? field.name ?? "";
  return {
    name: Array.isArray(where) ? where.join(".") : String(where),
    message: String(field.message ?? field.msg ?? field.detail ?? ""),
  };
}

function isProblemError(error: unknown): error is ProblemError {
  return error instanceof ProblemError;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
