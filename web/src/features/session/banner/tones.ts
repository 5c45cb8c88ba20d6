/** The colours of a state: amber waits for a try or a word, cyan is parked, blue is the pilot's reading, green worked. */
export const tones = {
  warning: {
    box: "border-warning/30 bg-warning/10",
    bar: "bg-warning",
    icon: "border-warning/30 bg-warning/16 text-warning",
    text: "text-warning",
    chip: "bg-warning/16 text-warning",
    note: "border-warning/30 bg-warning/10",
  },
  info: {
    box: "border-info/30 bg-info/10",
    bar: "bg-info",
    icon: "border-info/30 bg-info/16 text-info",
    text: "text-info",
    chip: "bg-info/16 text-info",
    note: "border-info/30 bg-info/10",
  },
  accent: {
    box: "border-accent/30 bg-accent/10",
    bar: "bg-accent",
    icon: "border-accent/30 bg-accent/16 text-accent-text",
    text: "text-accent-text",
    chip: "bg-accent/16 text-accent-text",
    note: "border-accent/30 bg-accent/10",
  },
  success: {
    box: "border-success/30 bg-success/10",
    bar: "bg-success",
    icon: "border-success/30 bg-success/16 text-success",
    text: "text-success",
    chip: "bg-success/16 text-success",
    note: "border-success/30 bg-success/10",
  },
};

export type Tone = keyof typeof tones;
