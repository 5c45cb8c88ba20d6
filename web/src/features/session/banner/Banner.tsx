import { useId, useState } from "react";
import type { FixCommands } from "../commands/fixes";
import { useDraft } from "../composer/useDraft";
import type { BannerView } from "../model/banner";
import { initialNote, isNotedOutcome, preselected, takesNote, type NotedOutcome } from "../model/bannerNote";
import { BannerShell } from "./BannerShell";
import { DetectedState } from "./DetectedState";
import { NudgeState } from "./NudgeState";
import { OutcomeNote } from "./OutcomeNote";
import { PartialState } from "./PartialState";
import { ProposedState } from "./ProposedState";
import { sending, type StateActions } from "./state";
import type { Tone } from "./tones";
import { VerifyingState } from "./VerifyingState";
import { WorkedState } from "./WorkedState";

interface Props {
  sessionId: string;
  view: BannerView;
  replaces: boolean;
  commands: FixCommands;
  onResolve: () => void;
}

const toneOf: Record<BannerView["kind"], Tone> = {
  proposed: "warning",
  verifying: "warning",
  nudge: "warning",
  partial: "info",
  detected: "accent",
  worked: "success",
};

/**
 * One fix, docked above the composer, from its proposal to its outcome. Mount it with the fix's id as key. The note being typed stands
 * outside of the states: a state that changes meanwhile leaves the words and the focus where they are.
 */
export function Banner({ sessionId, view, replaces, commands, onResolve }: Props) {
  const [opened, setOpened] = useDraft(sessionId, `outcome-note.${view.fixId}`);
  // A field that was asked for takes the focus; one that opens by itself must not take it from the composer.
  const [focus, setFocus] = useState(false);
  const noteFormId = useId();
  const fix = { id: view.fixId, title: view.title };
  const { running } = commands;
  const chosen = isNotedOutcome(opened) && takesNote(view) ? opened : null;
  const noteFor = chosen ?? preselected(view);

  const actions: StateActions = {
    run: (command, onDone) => commands.run(fix, command, onDone),
    running,
    openNote: (outcome) => {
      setFocus(true);
      setOpened(outcome);
    },
    resolve: onResolve,
    noteFormId,
  };

  function closeNote() {
    setFocus(false);
    setOpened("");
  }

  function record(outcome: NotedOutcome, notes: string, forget: () => void) {
    commands.run(fix, { kind: "outcome", outcome, notes }, () => {
      forget();
      closeNote();
    });
  }

  return (
    <BannerShell tone={toneOf[view.kind]}>
      <State
        sessionId={sessionId}
        view={view}
        replaces={replaces}
        editing={noteFor === "applied_partial"}
        actions={actions}
      />
      {noteFor && (
        <div className="pb-3 pl-[60px] pr-5 max-sm:px-4">
          <OutcomeNote
            key={noteFor}
            sessionId={sessionId}
            fixId={view.fixId}
            outcome={noteFor}
            initial={initialNote(view, noteFor)}
            focus={focus && chosen !== null}
            formId={noteFormId}
            submitLabel={noteFor === preselected(view) ? null : "Record"}
            onSave={(notes, forget) => record(noteFor, notes, forget)}
            onCancel={chosen ? closeNote : undefined}
            {...sending(running, "outcome", noteFor)}
          />
        </div>
      )}
    </BannerShell>
  );
}

interface StateProps {
  sessionId: string;
  view: BannerView;
  replaces: boolean;
  editing: boolean;
  actions: StateActions;
}

function State({ sessionId, view, replaces, editing, actions }: StateProps) {
  switch (view.kind) {
    case "proposed":
      return <ProposedState view={view} replaces={replaces} {...actions} />;
    case "verifying":
      return <VerifyingState view={view} {...actions} />;
    case "nudge":
      return <NudgeState view={view} {...actions} />;
    case "partial":
      return <PartialState view={view} editing={editing} {...actions} />;
    case "detected":
      return <DetectedState sessionId={sessionId} view={view} {...actions} />;
    case "worked":
      return <WorkedState view={view} {...actions} />;
    default:
      return null;
  }
}
