import { environment } from "./environment";
import { expect, logIn, test } from "./fixtures";
import { expectAccessible, expectNoSideScroll } from "./screen";
import { SessionView } from "./session";

test("whoever has a link reads the session without signing in, until the link is revoked", async ({
  page,
  browser,
  request,
}) => {
  await logIn(page);
  await SessionView.fromText(page, "Printer at reception prints nothing");
  const links = `${environment.baseUrl}/api/v1/ai-sessions/${page.url().split("/").at(-1)}/share-links`;
  const login = await request.post(`${environment.baseUrl}/api/v1/auth/login`, {
    data: { email: environment.email, password: environment.password },
  });
  const headers = { Authorization: `Bearer ${(await login.json()).access_token}` };
  const link = await (await request.post(links, { headers, data: {} })).json();

  const stranger = await (await browser.newContext({ baseURL: environment.baseUrl })).newPage();
  await stranger.goto(`/shared/sessions/${link.token}`);
  await expect(stranger.getByRole("heading", { level: 1, name: /Printer at reception/ })).toBeVisible();
  const conversation = stranger.getByRole("region", { name: "Conversation" });
  await expect(conversation).toContainText("Printer at reception prints nothing");
  await expect(conversation).toContainText("Pilot");
  await expect(stranger.getByRole("textbox")).toHaveCount(0);
  await expectAccessible(stranger);
  await expectNoSideScroll(stranger);

  expect((await request.delete(`${links}/${link.id}`, { headers })).status()).toBe(204);
  await stranger.reload();
  await expect(stranger.getByRole("alert")).toContainText("share_link_gone");
  await stranger.context().close();
});
