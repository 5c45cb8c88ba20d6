import { appendFile } from "node:fs/promises";

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run \`python -m tests.bench --only web\`.`);
  return value;
}

/** What was prepared for the measurements: sessions of the engineer who logs in. */
export const prepared = {
  /** Forty turns, a lane, facts and a fix. */
  get workedSession() {
    return required("BENCH_WORKED_SESSION");
  },
  /** A thousand messages. */
  get longSession() {
    return required("BENCH_LONG_SESSION");
  },
};

/** A figure that must stay at or below its goal. */
export function recordFigure(name: string, value: number, goal: number, unit: string): Promise<void> {
  return record({ name, value, goal, unit });
}

/** Milliseconds of something that was done again and again. */
export function recordTimes(name: string, milliseconds: number[]): Promise<void> {
  return record({ name, milliseconds });
}

function record(line: unknown): Promise<void> {
  return appendFile(required("BENCH_WEB_RECORD"), `${JSON.stringify(line)}\n`);
}

export function median(values: number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
