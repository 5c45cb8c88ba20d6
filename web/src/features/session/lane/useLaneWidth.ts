import { useState } from "react";
import { safeStorage } from "@/shared/lib/safeStorage";

export const laneWidths = { min: 300, usual: 380, max: 560, step: 20 };

const storageKey = "resolutionflow.laneWidth";

/** How wide the lane stands, remembered on this computer. */
export function useLaneWidth(): [number, (width: number) => void] {
  const [width, setWidth] = useState(() => clampWidth(Number(safeStorage.get(storageKey) ?? NaN)));
  return [
    width,
    (next) => {
      const clamped = clampWidth(next);
      setWidth(clamped);
      safeStorage.set(storageKey, String(clamped));
    },
  ];
}

/** A width the lane can have; what is no number is the usual one. */
export function clampWidth(width: number): number {
  if (Number.isNaN(width)) return laneWidths.usual;
  return Math.round(Math.min(laneWidths.max, Math.max(laneWidths.min, width)));
}
