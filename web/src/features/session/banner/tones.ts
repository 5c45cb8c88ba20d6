/** The colours of a state: amber waits for a try or a word, cyan is parked, blue is the pilot's reading, green worked. */
export const tones = {
  // The tints of the button that goes with it: the text colour of the light theme is brown, and a wash of it no amber.
  warning: {
    box: "border-proposal/30 bg-proposal/10",
    bar: "bg-proposal",
    icon: "border-proposal/30 bg-proposal/16 text-warning",
    text: "text-warning",
    chip: "bg-proposal/16 text-warning",
  },
  info: {
    box: "border-info/30 bg-info/10",
    bar: "bg-info",
    icon: "border-info/30 bg-info/16 text-info",
    text: "text-info",
    chip: "bg-info/16 text-info",
  },
  accent: {
    box: "border-accent/30 bg-accent/10",
    bar: "bg-accent",
    icon: "border-accent/30 bg-accent/16 text-accent-text",
    text: "text-accent-text",
    chip: "bg-accent/16 text-accent-text",
  },
  success: {
    box: "border-success/30 bg-success/10",
    bar: "bg-success",
    icon: "border-success/30 bg-success/16 text-success",
    text: "text-success",
    chip: "bg-success/16 text-success",
  },
};

export type Tone = keyof typeof tones;
