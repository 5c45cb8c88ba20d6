export interface LinkTarget {
  href: string;
  /** The host, in the form that cannot look like another one; of a mail address the address. */
  where: string;
}

/**
 * Where a link of untrusted text goes: a site or a mail address, by its full address. Null for everything else: an address that
 * runs something, and one of this page, which a stranger has no reason to link to.
 */
export function linkTarget(href: string | undefined): LinkTarget | null {
  let url: URL;
  try {
    url = new URL(href ?? "");
  } catch {
    return null;
  }
  if (url.protocol === "mailto:") return { href: url.href, where: decoded(url.pathname) };
  if ((url.protocol === "https:" || url.protocol === "http:") && url.host !== "")
    return { href: url.href, where: url.host };
  return null;
}

/** Whether the words of a link say where it goes already. */
export function tells(words: string, target: LinkTarget): boolean {
  const said = words.trim();
  if (said === target.where) return true;
  const other = linkTarget(/^[a-z][a-z0-9+.-]*:/i.test(said) ? said : `https://${said}`);
  // Before an @ anything can stand, another host too.
  return other !== null && other.where === target.where && !said.includes("@");
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
