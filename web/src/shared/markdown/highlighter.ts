import bash from "highlight.js/lib/languages/bash";
import dos from "highlight.js/lib/languages/dos";
import json from "highlight.js/lib/languages/json";
import powershell from "highlight.js/lib/languages/powershell";
import python from "highlight.js/lib/languages/python";
import xml from "highlight.js/lib/languages/xml";
import { createLowlight } from "lowlight";

// Loaded on its own when the first code block needs it: what engineers of managed networks run and read.
const lowlight = createLowlight({ bash, dos, json, powershell, python, xml });
lowlight.registerAlias({
  bash: ["shell", "console", "ksh"],
  dos: ["batch"],
  json: ["jsonl"],
  powershell: ["posh"],
});

export type Highlighted = ReturnType<typeof lowlight.highlight>;

/** The code as a tree of coloured pieces; null when the language is not one of the known ones. */
export function highlight(code: string, language: string): Highlighted | null {
  return lowlight.registered(language) ? lowlight.highlight(language, code) : null;
}
