import { render, screen, waitFor } from "@testing-library/react";
import { useRef, useState } from "react";
import { expect, test } from "vitest";
import { useFocusRescue } from "./useFocusRescue";

function Cards() {
  const box = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<"asked" | "busy" | "answered" | "replaced">("asked");
  useFocusRescue(box);
  return (
    <div>
      <button onClick={() => setState("busy")}>disable</button>
      <button onClick={() => setState("asked")}>enable</button>
      <button onClick={() => setState("answered")}>answer</button>
      <button onClick={() => setState("replaced")}>replace</button>
      <div ref={box}>
        <button>before</button>
        {state === "replaced" ? (
          <section key="new">
            <button>in its place</button>
          </section>
        ) : (
          <section key="old">
            <p>A question</p>
            {state !== "answered" && <button disabled={state === "busy"}>the card</button>}
          </section>
        )}
        <button>after</button>
      </div>
    </div>
  );
}

/** Clicks without moving the focus, as an answer of the server would change the page. */
function happen(name: string) {
  screen.getByRole("button", { name }).click();
}

test("when what has the focus disappears, the focus goes to what stands next", async () => {
  render(<Cards />);
  screen.getByRole("button", { name: "the card" }).focus();
  happen("answer");
  await waitFor(() => expect(screen.getByRole("button", { name: "after" })).toHaveFocus());
});

test("what stands in its place comes before what stands next", async () => {
  render(<Cards />);
  screen.getByRole("button", { name: "the card" }).focus();
  happen("replace");
  await waitFor(() => expect(screen.getByRole("button", { name: "in its place" })).toHaveFocus());
});

test("whoever left by themselves is left alone", async () => {
  render(<Cards />);
  const card = screen.getByRole("button", { name: "the card" });
  card.focus();
  card.blur();
  await Promise.resolve();
  happen("answer");
  await waitFor(() => expect(screen.queryByRole("button", { name: "the card" })).toBeNull());
  expect(document.body).toHaveFocus();
});

function Dock() {
  const page = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<"proposed" | "sending" | "verifying">("proposed");
  useFocusRescue(page);
  return (
    <div>
      <button onClick={() => setState("sending")}>send</button>
      <button onClick={() => setState("verifying")}>answer</button>
      <div ref={page}>
        <section>
          {state === "proposed" ? (
            <button key="apply">apply</button>
          ) : (
            <button key="worked" disabled={state === "sending"}>
              it worked
            </button>
          )}
        </section>
        <textarea aria-label="message" />
      </div>
    </div>
  );
}

test("what stands in its place is waited for while it is disabled", async () => {
  render(<Dock />);
  screen.getByRole("button", { name: "apply" }).focus();
  happen("send");
  const worked = await screen.findByRole("button", { name: "it worked" });
  expect(screen.getByRole("textbox", { name: "message" })).not.toHaveFocus();
  happen("answer");
  await waitFor(() => expect(worked).toHaveFocus());
});
