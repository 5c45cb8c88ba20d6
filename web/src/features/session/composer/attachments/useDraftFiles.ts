import { useEffect } from "react";
import { waitingFor } from "./attachment";
import { restoreAttachments, useAttachments } from "./attachments";

/** The files of one unsent message, with those an earlier page kept. */
export function useDraftFiles(place: string) {
  const { files, notice } = useAttachments(place);
  useEffect(() => void restoreAttachments(place), [place]);
  return { files, notice, waiting: waitingFor(files) };
}
