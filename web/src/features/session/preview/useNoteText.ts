import { useEffect, useRef } from "react";
import type { ArtifactKind, PreviewAnswer } from "@/api/generated";
import { useDraft } from "../composer/useDraft";

/**
 * The text that will be posted: the draft as it was written, or the engineer's own. With the engineer's own stands the draft it was
 * made from, so that a newer draft never overwrites it unasked, and an emptied text is not taken for an untouched one.
 */
export function useNoteText(sessionId: string, kind: ArtifactKind, preview: PreviewAnswer | undefined) {
  const place = kind.replaceAll("_", "-");
  const [own, setOwn] = useDraft(sessionId, place);
  const [basis, setBasis] = useDraft(sessionId, `${place}-basis`);
  const [confirmed, setConfirmed] = useDraft(sessionId, `${place}-confirmed`);

  const edited = basis !== "";
  const posted = preview?.confirmed ? preview.markdown : null;
  const text = posted ?? (edited ? own : (preview?.markdown ?? ""));
  const isPosted = posted !== null && own.trim() === posted.trim();

  function discard() {
    setOwn("");
    setBasis("");
    setConfirmed("");
  }

  useEffect(() => {
    if (edited && isPosted) discard();
  });

  // A panel that is closed before it has read the posted text must not leave it behind as if it were still to be posted.
  const hasEnded = useRef(false);
  const isShown = useRef(true);
  const latestDiscard = useRef(discard);
  useEffect(() => {
    latestDiscard.current = discard;
  });
  useEffect(() => {
    isShown.current = true;
    return () => {
      isShown.current = false;
      if (hasEnded.current) latestDiscard.current();
    };
  }, []);

  function edit(next: string) {
    if (!edited && preview) setBasis(preview.markdown);
    setOwn(next);
  }

  return {
    text,
    edited,
    /** A draft that is newer than what the engineer's text was made from. */
    newer: edited && posted === null && preview !== undefined && basis !== preview.markdown,
    /** What the engineer had written when somebody else's text was posted. */
    leftOver: edited && posted !== null && !isPosted && own.trim() !== "" ? own : null,
    /** This very text was confirmed before: what is left of its posting can be retried. */
    wasConfirmed: edited && own === confirmed,
    edit,
    keep: () => preview && setBasis(preview.markdown),
    discard,
    /** It is posted: nothing of it is needed any more once the panel is closed. */
    ended: () => {
      hasEnded.current = true;
      if (!isShown.current) latestDiscard.current();
    },
    /** What is confirmed is the engineer's own from then on: a newer draft must not take its place before it is posted. */
    confirm: () => {
      edit(text);
      setConfirmed(text);
    },
  };
}

export type NoteText = ReturnType<typeof useNoteText>;
