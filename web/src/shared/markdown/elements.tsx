import { decodeNamedCharacterReference } from "decode-named-character-reference";
import { Lexer, type MarkedToken, type Token, type Tokens } from "marked";
import { Fragment, type ReactNode } from "react";
import { splitProse } from "@/shared/text/hiddenCharacters";
import { Revealed } from "@/shared/text/Revealed";
import { CodeBlock } from "./CodeBlock";
import { isFenceOpen } from "./blocks";
import { isIntricate } from "./intricate";
import { Link, Picture } from "./Link";

/**
 * Markdown as elements. HTML in it is text: what stands there is shown, never done. Hidden characters of its sentences are named;
 * code is left to what shows code. Behind the last word of a text that still grows stands a caret. What is too intricate to be read is
 * shown as it is written.
 */
export function elementsOf(markdown: string, growing: boolean): ReactNode[] {
  if (isIntricate(markdown)) return [<CodeBlock key={0} text={markdown} language={null} />];
  return blocks(Lexer.lex(markdown, { gfm: true }), {
    caret: growing,
    codeGrows: growing && isFenceOpen(markdown),
  });
}

interface Place {
  /** The caret belongs to the last line from here. */
  caret: boolean;
  /** The last code block still waits for its closing fence. */
  codeGrows: boolean;
}

const inside: Place = { caret: false, codeGrows: false };

// Every element bears its key itself and text stands for itself: a wrapper for each would make twice as much to draw.

function blocks(tokens: Token[], place: Place): ReactNode[] {
  const shown = tokens.filter(({ type }) => type !== "space" && type !== "def");
  return shown.map((token, index) =>
    block(token as MarkedToken, index === shown.length - 1 ? place : inside, index),
  );
}

const headings = ["h1", "h2", "h3", "h4", "h5", "h6"] as const;

function block(token: MarkedToken, place: Place, key: number): ReactNode {
  switch (token.type) {
    case "paragraph":
      return <p key={key}>{line(token.tokens, place)}</p>;
    case "heading": {
      const Heading = headings[token.depth - 1] ?? "h6";
      return <Heading key={key}>{line(token.tokens, place)}</Heading>;
    }
    case "code":
      return (
        <CodeBlock
          key={key}
          text={token.text}
          language={/^[\w+#-]+/.exec(token.lang ?? "")?.[0] ?? null}
          growing={place.codeGrows}
        />
      );
    case "list":
      return list(token, place, key);
    case "table":
      return table(token, place, key);
    case "blockquote":
      return <blockquote key={key}>{blocks(token.tokens, place)}</blockquote>;
    case "hr":
      return <hr key={key} />;
    case "html":
      return <p key={key}>{prose(token.text.trimEnd())}</p>;
    default:
      // What stands in an item of a tight list is a line without a paragraph around it.
      return <Fragment key={key}>{line([token], place)}</Fragment>;
  }
}

function list({ ordered, start, items }: Tokens.List, place: Place, key: number): ReactNode {
  const entries = items.map(({ task, tokens }, index) => {
    const here = index === items.length - 1 ? place : inside;
    return (
      <li key={index} className={task ? "task" : undefined}>
        {item(tokens, here)}
      </li>
    );
  });
  if (!ordered) return <ul key={key}>{entries}</ul>;
  return (
    <ol key={key} start={start === "" ? undefined : start}>
      {entries}
    </ol>
  );
}

function item(tokens: Token[], place: Place): ReactNode {
  const [only] = tokens;
  return tokens.length === 0 || (tokens.length === 1 && only?.type === "text")
    ? line(tokens, place)
    : blocks(tokens, place);
}

function table({ header, rows }: Tokens.Table, place: Place, key: number): ReactNode {
  const cells = (row: Tokens.TableCell[], here: Place) =>
    row.map(({ header: isHeader, align, tokens }, index) => {
      const Cell = isHeader ? "th" : "td";
      return (
        <Cell key={index} style={align ? { textAlign: align } : undefined}>
          {line(tokens, index === row.length - 1 ? here : inside)}
        </Cell>
      );
    });
  return (
    <table key={key}>
      <thead>
        <tr>{cells(header, rows.length === 0 ? place : inside)}</tr>
      </thead>
      {rows.length > 0 && (
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>{cells(row, index === rows.length - 1 ? place : inside)}</tr>
          ))}
        </tbody>
      )}
    </table>
  );
}

/**
 * The caret is an element of its own, no style of the last one: a rule for `:last-child` makes the browser look at the whole
 * conversation for each piece of a reply.
 */
function line(tokens: Token[], { caret }: Place): ReactNode {
  if (!caret) return inline(tokens);
  return (
    <>
      {inline(tokens)}
      <span className="caret" />
    </>
  );
}

function inline(tokens: Token[]): ReactNode {
  const [first, ...others] = tokens as MarkedToken[];
  if (!first) return null;
  return others.length === 0 ? phrase(first, 0) : (tokens as MarkedToken[]).map(phrase);
}

function phrase(token: MarkedToken, key: number): ReactNode {
  switch (token.type) {
    case "strong":
      return <strong key={key}>{inline(token.tokens)}</strong>;
    case "em":
      return <em key={key}>{inline(token.tokens)}</em>;
    case "del":
      return <del key={key}>{inline(token.tokens)}</del>;
    case "codespan":
      return (
        <code key={key}>
          <Revealed code={token.text} />
        </code>
      );
    case "br":
      return <br key={key} />;
    case "link":
      return (
        <Link
          key={key}
          href={token.autolink ? token.href : resolved(token.href)}
          words={wordsOf(token.tokens)}
        >
          {inline(token.tokens)}
        </Link>
      );
    case "image":
      return <Picture key={key} src={resolved(token.href)} alt={wordsOf(token.tokens)} />;
    case "checkbox":
      return (
        <input
          key={key}
          type="checkbox"
          checked={token.checked}
          disabled
          aria-label={token.checked ? "Done" : "To do"}
        />
      );
    case "text":
      return token.tokens ? (
        <Fragment key={key}>{inline(token.tokens)}</Fragment>
      ) : (
        prose(resolved(token.text), key)
      );
    case "html":
    case "escape":
      return prose(token.text, key);
    default:
      return prose(token.raw, key);
  }
}

/** The words of a phrase as they are read. */
function wordsOf(tokens: Token[]): string {
  return (tokens as MarkedToken[])
    .map((token) => {
      if ("tokens" in token && token.tokens) return wordsOf(token.tokens);
      if (!("text" in token)) return "";
      return token.type === "text" ? resolved(token.text) : token.text;
    })
    .join("");
}

function prose(text: string, key = 0): ReactNode {
  const pieces = splitProse(text);
  if (pieces.every(({ kind }) => kind === undefined)) return text;
  return (
    <Fragment key={key}>
      {pieces.map((piece, index) =>
        piece.kind ? (
          <mark key={index} className="hidden-character">
            {piece.name}
          </mark>
        ) : (
          piece.text
        ),
      )}
    </Fragment>
  );
}

const reference = /&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-zA-Z][\da-zA-Z]{1,31}));/g;

/** Text with its character references resolved; what is none stays as it is. */
function resolved(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(reference, (whole, decimal?: string, hexadecimal?: string, name?: string) => {
    if (name !== undefined) return decodeNamedCharacterReference(name) || whole;
    const point = decimal === undefined ? parseInt(hexadecimal ?? "", 16) : Number(decimal);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : "\ufffd";
  });
}
