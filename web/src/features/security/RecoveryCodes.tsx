import { Button } from "@/shared/ui/Button";
import { CopyButton } from "@/shared/ui/CopyButton";

/** The codes, for the only time they can be seen. */
export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-center justify-between gap-2">
        <h3 className="text-[14px]">Your recovery codes</h3>
        <CopyButton text={codes.join("\n")} label="Copy the recovery codes" />
      </div>
      <p className="text-muted-fg">
        Each lets you in once when the app is not at hand. Keep them where the app is not. They are not shown
        again.
      </p>
      <ul
        aria-label="Recovery codes"
        className="grid grid-cols-2 gap-x-6 gap-y-1 rounded-control bg-page p-3 font-mono text-[13px] max-sm:grid-cols-1"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <Button tone="accent" className="self-start" onClick={onDone}>
        I have kept them
      </Button>
    </div>
  );
}
