import { ArrowUpRight, Pencil, Trash2 } from "lucide-react";
import { memo, useMemo, useRef, useState } from "react";
import type { FactResource, LaneItemResource } from "@/api/generated";
import { classes } from "@/shared/lib/classes";
import { clockTime } from "@/shared/lib/time";
import { IconButton } from "@/shared/ui/Button";
import { ProblemNotice } from "@/shared/ui/ProblemNotice";
import { Spinner } from "@/shared/ui/Spinner";
import { useDeleteFact } from "../commands/facts";
import { useDraft } from "../composer/useDraft";
import { factChange, parseFactDraft, toFact, type FactDraft, type FactView } from "../model/laneFacts";
import { useSurfaces } from "../surfaces";
import { FactEditor } from "./FactEditor";
import { markable } from "./ItemFrame";

interface Props {
  sessionId: string;
  fact: FactResource;
  source: LaneItemResource | null;
  readerId: string;
  author: string | null;
  readOnly: boolean;
  onDeleted: (fact: FactResource) => void;
}

export const FactCard = memo(function FactCard(props: Props) {
  const { sessionId, fact, source, readerId, author, readOnly, onDeleted } = props;
  const view = useMemo(() => toFact(fact, { source, readerId, author }), [fact, source, readerId, author]);
  const [stored, store] = useDraft(sessionId, `fact-${fact.id}`);
  const draft = useMemo(() => parseFactDraft(stored), [stored]);
  const [editing, setEditing] = useState(false);
  const card = useRef<HTMLLIElement>(null);
  const remove = useDeleteFact(sessionId, onDeleted);
  const unsaved = draft !== null && factChange(fact, draft) !== null;

  function leave() {
    setEditing(false);
    card.current?.focus({ preventScroll: true });
  }

  return (
    <li
      ref={card}
      data-fact={fact.id}
      tabIndex={-1}
      className={classes(
        "flex min-w-0 animate-fade flex-col gap-1 rounded-card border border-line border-l-[3px] border-l-accent bg-card px-3 py-2",
        markable,
      )}
    >
      {editing && !readOnly ? (
        <FactEditor
          sessionId={sessionId}
          fact={fact}
          draft={draft ?? { text: fact.text, summary: fact.source_summary ?? "" }}
          onDraft={(next: FactDraft | null) => store(next ? JSON.stringify(next) : "")}
          onLeave={leave}
        />
      ) : (
        <div className="min-w-0">
          {!readOnly && (
            <span className="float-right -mt-0.5 -mr-1.5 ml-1 flex">
              {view.editable && (
                <IconButton
                  label={`${unsaved ? "Go on editing" : "Edit"}: ${view.text}`}
                  className={classes("size-6", unsaved && "text-warning")}
                  onClick={() => setEditing(true)}
                >
                  <Pencil aria-hidden className="size-3.5" />
                </IconButton>
              )}
              <IconButton
                label={`Delete: ${view.text}`}
                className="size-6"
                onClick={() => !remove.isPending && remove.mutate(fact)}
              >
                {remove.isPending ? (
                  <Spinner className="size-3.5" />
                ) : (
                  <Trash2 aria-hidden className="size-3.5" />
                )}
              </IconButton>
            </span>
          )}
          <p className="wrap-anywhere whitespace-pre-line text-heading">{view.text}</p>
          {view.summary && <p className="text-[12.5px] wrap-anywhere text-success">{view.summary}</p>}
        </div>
      )}
      <Provenance view={view} />
      {unsaved && !editing && (
        <p className="text-[12.5px] text-warning">A change of this fact is not saved yet.</p>
      )}
      {remove.isError && <ProblemNotice error={remove.error} />}
    </li>
  );
});

/** When and where it came from; one click shows the place. */
function Provenance({ view }: { view: FactView }) {
  const reveal = useSurfaces((surfaces) => surfaces.reveal);
  const { origin } = view;
  return (
    <p className="font-mono text-[11px] wrap-anywhere text-muted-fg">
      {view.verb} {clockTime(view.at)} ·{" "}
      {origin ? (
        <button
          type="button"
          onClick={() => reveal(origin.kind, origin.id)}
          className="rounded-control text-left underline decoration-line-hover underline-offset-2 hover:text-heading"
        >
          {view.provenance}
          <ArrowUpRight aria-hidden className="ml-0.5 inline size-3" />
        </button>
      ) : (
        view.provenance
      )}
      {view.editedAt && ` · edited ${clockTime(view.editedAt)}`}
      {view.disputed && (
        <span
          title="An engineer changed what the pilot had put here"
          className="ml-1.5 rounded-full bg-warning/16 px-1.5 font-sans text-warning"
        >
          disputed
        </span>
      )}
    </p>
  );
}
